/**
 * What happens to a room, and what it has the server do about it.
 *
 * @sansio
 * @module
 */

import type { MemberId, PairingId } from "../base/ids.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import type { Excess } from "./limits.ts";
import type { ConnectionId, Delivery } from "./pairings.ts";

/** A peer asks whether it is in the group. */
export interface Connect {
  readonly type: "connect";
  readonly from: ConnectionId;
  /** It is a server, and prefers to be the one that newcomers are paired with. */
  readonly favored: boolean;
  readonly id: MemberId;
  /** The members that it sees. */
  readonly members: readonly number[];
  readonly nowMs: number;
}

/** A peer is a member, as another server has told it that had the group before this one. */
export type Adopt = Omit<Connect, "type" | "members"> & { readonly type: "adopt" };

/** What happens to a room. */
export type RoomEvent =
  | Connect
  | Adopt
  | {
    /** A peer hands in a letter. */
    readonly type: "content";
    readonly from: ConnectionId;
    /** The newcomer that it is for; `undefined` for the member that the sender is paired with. */
    readonly recipient: PairingId | undefined;
    readonly last: boolean;
    readonly data: Uint8Array | undefined;
    readonly nowMs: number;
  }
  | {
    /** A peer is no longer connected. */
    readonly type: "gone";
    readonly from: ConnectionId;
    readonly nowMs: number;
  };

/** What the server is to do about it. */
export type RoomEffect =
  | {
    readonly type: "send";
    readonly to: ConnectionId;
    readonly message: SignalingMessage;
    /** The limit that was exceeded, if that is why; nobody is closed for it. */
    readonly excess?: Excess;
  }
  /** A newcomer depends on whether this one is there. */
  | { readonly type: "ask"; readonly to: ConnectionId }
  | {
    readonly type: "close";
    readonly to: ConnectionId;
    readonly code: number;
    readonly reason: string;
    /** The limit that it exceeded, if that is why. */
    readonly excess?: Excess;
  };

/** Hands over a letter. */
export function send({ to, content }: Delivery): RoomEffect {
  return { type: "send", to, message: content };
}

/** Wants to know whether somebody is there. */
export function ask(to: ConnectionId): RoomEffect {
  return { type: "ask", to };
}

/** Sends somebody away for whom there is no room. */
export function full(to: ConnectionId, excess: Excess, reason: string): RoomEffect {
  return { type: "close", to, code: SigverClose.FULL, reason, excess };
}

/** Answers a `connect`. */
export function connected(to: ConnectionId, connected: boolean): RoomEffect {
  return { type: "send", to, message: { type: "connected", connected } };
}
