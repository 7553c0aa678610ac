/**
 * The environment of a peer: the machine that it runs on, the network, and how others dial it. It
 * comes in by the constructor.
 *
 * @sansio
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import type { MemberRole } from "../base/member_role.ts";
import type { Platform } from "../platform/platform.ts";
import type { Transport } from "../transport/transport.ts";

/**
 * Everything outside a peer; of no use to programs.
 *
 * @ignore
 */
export interface Environment {
  /** Time, chance, presence and log. */
  readonly platform: Platform;
  /** How channels are opened. */
  readonly transport: Transport;
}

/** How members open WebSockets to this peer. */
export interface LocalListener {
  /** The URL that they dial; `undefined`: this peer accepts none. */
  readonly url: () => string | undefined;
  /** They may as well dial the signaling server, each by the URL that it knows. */
  readonly atSignaling?: boolean;
  /** Whether application data of a member may be relayed; without it, all of it. */
  readonly mayRelay?: (from: MemberId, bytes: number) => boolean;
}

/** The role that a peer states to others. */
export function roleOf(platform: Pick<Platform, "isPage">, listener: LocalListener): MemberRole {
  if (listener.url() !== undefined) return "bot";
  return platform.isPage ? "page" : "process";
}
