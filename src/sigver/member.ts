/**
 * Who is in a room, and whom a caller finds there.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { SessionId } from "./pairings.ts";

/** A member, and the connection on which it was last heard of. */
export interface Member {
  readonly id: MemberId;
  readonly session: SessionId;
  readonly favored: boolean;
  readonly sinceMs: number;
  /** A newcomer that was paired with it became a member that sees it. */
  readonly led: boolean;
  /** Newcomers that were paired with it in vain since it last led one. */
  readonly failures: number;
  /** It belongs to a part of the group that came beside another. */
  readonly apart: boolean;
}

/** A peer that has asked, member or not. */
export interface Guest {
  /** As which it asked last. */
  id: MemberId;
  /** It is a member. */
  isMember: boolean;
  /** Whom it was paired with since it last was a member, or was told that it is connected. */
  tried: ReadonlySet<MemberId>;
  /** How often it was paired since then. */
  attempts: number;
  /** With whom it was paired last, as long as it is not known what came of it. */
  pairedWith: MemberId | undefined;
}

/** Whom a caller finds in the room. */
export interface Found {
  readonly others: readonly Member[];
  /** Those of them that the caller sees. */
  readonly shared: readonly Member[];
  readonly outside: readonly Member[];
  readonly blocker: SessionId | undefined;
}
