/**
 * The first frames on a channel through which somebody enters a group: each side learns who the
 * other is, and the guest which group it enters.
 *
 * ```text
 * host    initPing ─▶ guest    topology, group, members, key
 *         ◀─ initPong          its own id; the channel is ready on both sides
 * ```
 *
 * @module
 */

import { ConnectionError, ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { HANDSHAKE_TIMEOUT_MS, PROTOCOL_VERSION } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type HandshakeMessage,
  type InitPing,
  type InitPong,
} from "../wire/handshake.ts";

/** How an entrance ended. */
export type EntranceOutcome =
  /** Somebody entered our group. */
  | {
    readonly type: "admitted";
    readonly newcomer: MemberId;
    readonly ours: boolean;
    readonly channel: Channel;
    readonly early: readonly Uint8Array[];
  }
  /** We entered a group. */
  | {
    readonly type: "entered";
    readonly ping: InitPing;
    readonly channel: Channel;
    readonly early: readonly Uint8Array[];
  }
  /** A member has the guest's id: the guest is that member, or has to draw another. */
  | { readonly type: "idTaken"; readonly newcomer: MemberId }
  /** We were invited to a group that we are in with the host. */
  | { readonly type: "known" }
  | { readonly type: "failed"; readonly error: ConnectionError };

/** What an entrance needs. */
export interface EntrancePorts {
  readonly clock: Clock;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  /** Is told the outcome, once, in a turn of its own. */
  readonly done: (outcome: EntranceOutcome) => void;
}

/** What a guest says who it is, and whether it can be that in the group it is told of. */
export interface Guest {
  readonly me: MemberId;
  /** The epoch of the session that it has with a member, if it knows that one. */
  readonly epochFor: (member: MemberId) => number | undefined;
  readonly accepts: (
    ping: InitPing,
  ) => "yes" | "idTaken" | "known" | "needless" | "otherTopology";
}

/** Whether a guest can have the id that it says in the group of its host. */
export type MayBe = (pong: InitPong) => boolean;

/** One entrance, of either side. */
export class Entrance {
  readonly deadline: number;
  readonly #channel: Channel;
  readonly #ports: EntrancePorts;
  readonly #handle: (message: HandshakeMessage) => EntranceOutcome | undefined;
  readonly #early: Uint8Array[] = [];
  #open = true;

  private constructor(
    channel: Channel,
    ports: EntrancePorts,
    handle: (message: HandshakeMessage) => EntranceOutcome | undefined,
  ) {
    this.#channel = channel;
    this.#ports = ports;
    this.#handle = handle;
    this.deadline = ports.clock.now() + HANDSHAKE_TIMEOUT_MS;
    channel.listen({
      received: (frame) => ports.post(() => this.#received(frame)),
      drained: () => {},
      closed: ({ reason }) =>
        ports.post(() => this.#fail("UNREACHABLE", `channel closed ${reason}`)),
    });
  }

  /** Lets somebody in, who may have the id that it says: tells which group this is. */
  static host(
    channel: Channel,
    ping: Omit<InitPing, "type" | "version">,
    mayBe: MayBe,
    ports: EntrancePorts,
  ): Entrance {
    const entrance: Entrance = new Entrance(channel, ports, (message) => {
      if (message.type !== "initPong") return undefined;
      const { newcomer, version } = message;
      const ours = version !== undefined;
      if (!mayBe(message)) return { type: "idTaken", newcomer };
      return { type: "admitted", newcomer, ours, channel, early: entrance.#early };
    });
    channel.send(encodeHandshake({ type: "initPing", ...ping, version: PROTOCOL_VERSION }));
    return entrance;
  }

  /** Enters: waits to be told of the group, and says who we are. */
  static guest(channel: Channel, guest: Guest, ports: EntrancePorts): Entrance {
    const entrance: Entrance = new Entrance(channel, ports, (message) => {
      if (message.type !== "initPing") return undefined;
      const verdict = guest.accepts(message);
      const newcomer = guest.me;
      if (verdict === "idTaken") return { type: "idTaken", newcomer };
      if (verdict === "needless") return failure("REFUSED", "we are in it");
      if (verdict === "otherTopology") {
        return failure("REFUSED", `its topology is ${message.topology}, 0 expected`);
      }
      const epoch = guest.epochFor(message.member);
      const version = PROTOCOL_VERSION;
      channel.send(encodeHandshake({ type: "initPong", newcomer, epoch, version }));
      // The host knows us by that id, and that we are there.
      if (verdict === "known") return { type: "known" };
      return { type: "entered", ping: message, channel, early: entrance.#early };
    });
    return entrance;
  }

  /** Gives up, without a word. */
  abort(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#channel.close();
  }

  /** Handles what is due. */
  tick(now: number): void {
    if (now >= this.deadline) this.#fail("TIMEOUT", `no first frame in ${HANDSHAKE_TIMEOUT_MS} ms`);
  }

  #received(frame: Uint8Array): void {
    if (!this.#open) {
      // The new owner of the channel takes these when it takes the channel.
      this.#early.push(frame);
      return;
    }
    try {
      const outcome = this.#handle(decodeHandshake(frame));
      if (outcome === undefined) this.#fail("REFUSED", "the first frame is not the one expected");
      else this.#end(outcome);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail("REFUSED", error.message);
    }
  }

  #fail(code: "TIMEOUT" | "REFUSED" | "UNREACHABLE", reason: string): void {
    if (this.#open) this.#end(failure(code, reason));
  }

  #end(outcome: EntranceOutcome): void {
    this.#open = false;
    if (outcome.type !== "admitted" && outcome.type !== "entered") this.#channel.close();
    this.#ports.post(() => this.#ports.done(outcome));
  }
}

function failure(code: "TIMEOUT" | "REFUSED" | "UNREACHABLE", reason: string): EntranceOutcome {
  return { type: "failed", error: new ConnectionError(code, `Cannot enter the group: ${reason}`) };
}
