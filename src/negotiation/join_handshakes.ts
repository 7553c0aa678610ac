/**
 * The join handshake: the first frames on a channel through which a newcomer joins a group. The
 * host learns the id of the joiner, and the joiner learns the group.
 *
 * ```text
 * host    initPing ─▶ joiner   topology, group, members, key
 *         ◀─ initPong          its id; the channel is ready on both sides
 * ```
 *
 * @sansio
 * @module
 */

import { ConnectionError, ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { HANDSHAKE_TIMEOUT_MS, PROTOCOL_VERSION } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import {
  decodeJoinHandshake,
  encodeJoinHandshake,
  type InitPing,
  type InitPong,
  type JoinHandshakeMessage,
} from "../wire/join_handshake.ts";

export interface HandshakeEnvironment {
  readonly clock: Clock;
  readonly post: (turn: () => void) => void;
}

export interface Host {
  readonly ping: Omit<InitPing, "type" | "version">;
  isIdFree(pong: InitPong): boolean;
}

export interface Joiner {
  readonly me: MemberId;
  /** The host invited this peer, and wants to know that it is there. */
  readonly isInvited: boolean;
  epochFor(member: MemberId): number | undefined;
  decide(ping: InitPing): "join" | "idTaken" | "alreadyConnected" | "otherTopology";
}

/** The end of a handshake. The channel is closed unless it is `accepted` or `joined`. */
export type JoinOutcome =
  | {
    readonly type: "accepted";
    readonly joiner: MemberId;
    readonly protocol: PeerProtocol;
    readonly bufferedFrames: readonly Uint8Array[];
  }
  | {
    readonly type: "joined";
    readonly ping: InitPing;
    readonly bufferedFrames: readonly Uint8Array[];
  }
  /** A member has the id of the joiner: the joiner is that member, or has to draw another id. */
  | { readonly type: "idTaken"; readonly joiner: MemberId }
  | { readonly type: "alreadyConnected" }
  | { readonly type: "failed"; readonly error: ConnectionError };

export class PendingHandshakes {
  readonly #environment: HandshakeEnvironment;
  readonly #pending = new Set<JoinHandshake>();

  constructor(environment: HandshakeEnvironment) {
    this.#environment = environment;
  }

  get deadline(): number | undefined {
    return earliest([...this.#pending].map(({ deadline }) => deadline));
  }

  /** `done` is called once, in a turn of its own, unless `close` is called first. */
  host(channel: Channel, host: Host, done: (outcome: JoinOutcome) => void): void {
    this.#add(channel, (message, bufferedFrames) => {
      if (message.type !== "initPong") return undefined;
      const { newcomer: joiner, version } = message;
      if (!host.isIdFree(message)) return { type: "idTaken", joiner };
      const protocol = version === undefined ? "v4" : "v5";
      return { type: "accepted", joiner, protocol, bufferedFrames };
    }, done);
    channel.send(
      encodeJoinHandshake({ type: "initPing", ...host.ping, version: PROTOCOL_VERSION }),
    );
  }

  /** `done` is called once, in a turn of its own, unless `close` is called first. */
  join(channel: Channel, joiner: Joiner, done: (outcome: JoinOutcome) => void): void {
    const { isInvited, me } = joiner;
    this.#add(channel, (message, bufferedFrames) => {
      if (message.type !== "initPing") return undefined;
      const decision = joiner.decide(message);
      if (decision === "idTaken") return { type: "idTaken", joiner: me };
      if (decision === "otherTopology") {
        return failure("REFUSED", `its topology is ${message.topology}, 0 expected`);
      }
      if (decision === "join" || isInvited) {
        const epoch = joiner.epochFor(message.member);
        const version = PROTOCOL_VERSION;
        channel.send(encodeJoinHandshake({ type: "initPong", newcomer: me, epoch, version }));
      }
      if (decision === "alreadyConnected") return { type: "alreadyConnected" };
      return { type: "joined", ping: message, bufferedFrames };
    }, done);
  }

  close(): void {
    for (const handshake of this.#pending) handshake.abort();
    this.#pending.clear();
  }

  tick(now: number): void {
    for (const handshake of [...this.#pending]) handshake.tick(now);
  }

  #add(channel: Channel, handle: FrameHandler, done: (outcome: JoinOutcome) => void): void {
    const handshake = new JoinHandshake(channel, this.#environment, handle, (outcome) => {
      if (this.#pending.delete(handshake)) done(outcome);
      else channel.close();
    });
    this.#pending.add(handshake);
  }
}

/**
 * Returns `undefined` if the frame is not the one expected. `bufferedFrames` will be filled with
 * the frames that come before the channel has a new sink.
 */
type FrameHandler = (
  message: JoinHandshakeMessage,
  bufferedFrames: readonly Uint8Array[],
) => JoinOutcome | undefined;

class JoinHandshake {
  readonly deadline: number;
  readonly #channel: Channel;
  readonly #handle: FrameHandler;
  readonly #ended: (outcome: JoinOutcome) => void;
  readonly #bufferedFrames: Uint8Array[] = [];
  #isOpen = true;

  constructor(
    channel: Channel,
    { clock, post }: HandshakeEnvironment,
    handle: FrameHandler,
    ended: (outcome: JoinOutcome) => void,
  ) {
    this.#channel = channel;
    this.#handle = handle;
    this.#ended = (outcome) => post(() => ended(outcome));
    this.deadline = clock.now() + HANDSHAKE_TIMEOUT_MS;
    channel.listen({
      received: (frame) => post(() => this.#received(frame)),
      bufferedAmountLow: () => {},
      closed: ({ reason }) => post(() => this.#fail("UNREACHABLE", `channel closed ${reason}`)),
    });
  }

  abort(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#channel.close();
  }

  tick(now: number): void {
    if (now >= this.deadline) this.#fail("TIMEOUT", `no first frame in ${HANDSHAKE_TIMEOUT_MS} ms`);
  }

  #received(frame: Uint8Array): void {
    if (!this.#isOpen) {
      this.#bufferedFrames.push(frame);
      return;
    }
    try {
      const outcome = this.#handle(decodeJoinHandshake(frame), this.#bufferedFrames);
      if (outcome === undefined) this.#fail("REFUSED", "the first frame is not the one expected");
      else this.#end(outcome);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail("REFUSED", error.message);
    }
  }

  #fail(code: FailureCode, reason: string): void {
    if (this.#isOpen) this.#end(failure(code, reason));
  }

  #end(outcome: JoinOutcome): void {
    this.#isOpen = false;
    if (outcome.type !== "accepted" && outcome.type !== "joined") this.#channel.close();
    this.#ended(outcome);
  }
}

type FailureCode = "TIMEOUT" | "REFUSED" | "UNREACHABLE";

function failure(code: FailureCode, reason: string): JoinOutcome {
  return { type: "failed", error: new ConnectionError(code, `Cannot enter the group: ${reason}`) };
}
