/**
 * The members and clients of a room, and the members that a request finds there.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { ConnectionId } from "./pairings.ts";

/** A member, with the connection of its last request. */
export interface RoomMember {
  readonly id: MemberId;
  readonly connection: ConnectionId;
  readonly favored: boolean;
  readonly sinceMs: number;
  /** A newcomer that was paired with this member has become a member that sees it. */
  readonly led: boolean;
  /** Pairings that failed since the last that succeeded. */
  readonly failures: number;
  /** It belongs to a part of the group that is separate from another. */
  readonly apart: boolean;
}

/** A client that has sent a request, whether it is a member or not. */
export interface RoomClient {
  /** The member id of its last request. */
  id: MemberId;
  /** It is a member. */
  isMember: boolean;
  /** Members that it was paired with since it last was a member or was told it is connected. */
  tried: ReadonlySet<MemberId>;
  /** The number of pairings since then. */
  attempts: number;
  /** The member of its last pairing, until the outcome is known. */
  pairedWith: MemberId | undefined;
}

/** The members that a request finds in the room. */
export interface Found {
  readonly others: readonly RoomMember[];
  /** The members that the client sees too. */
  readonly shared: readonly RoomMember[];
  readonly outside: readonly RoomMember[];
  readonly blocker: ConnectionId | undefined;
}
