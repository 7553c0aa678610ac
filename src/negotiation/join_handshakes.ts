// The join handshake: the first frames on the channel through which a newcomer joins. The host
// learns the id of the joiner, and the joiner learns the members of the group.
//
//   host    initPing ─▶ joiner   topology, group, members, key
//           ◀─ initPong          its id; the channel is ready on both sides
//
// To invite a bot, the host first dials its WebSocket.
//
// @sansio

import { ConnectionError, ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import {
  FULL_MESH_MEMBERS_MAX,
  HANDSHAKE_TIMEOUT_MS,
  PROTOCOL_VERSION,
  SOCKET_TIMEOUT_MS,
} from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import { type DialParameters, encodeDialQuery } from "../wire/dial_query.ts";
import {
  decodeJoinHandshake,
  encodeJoinHandshake,
  type InitPing,
  type InitPong,
  type JoinHandshakeMessage,
} from "../wire/join_handshake.ts";

export interface HandshakeEnvironment {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  readonly post: (turn: () => void) => void;
}

export interface Host {
  readonly ping: Omit<InitPing, "type" | "version">;
  isIdFree(pong: InitPong): boolean;
}

export interface Joiner {
  readonly me: MemberId;
  /** Whether the host invited this peer, and waits for its pong. */
  readonly isInvited: boolean;
  epochFor(member: MemberId): number | undefined;
  decide(ping: InitPing): "join" | "idTaken" | "alreadyConnected" | "full";
}

/** How a handshake ended. The channel is closed unless it was `accepted` or `joined`. */
export type JoinOutcome =
  | {
    readonly type: "accepted";
    readonly joiner: MemberId;
    readonly protocol: PeerProtocol;
  }
  | { readonly type: "joined"; readonly ping: InitPing }
  /** A member has the id of the joiner: it is that member, or has to draw another id. */
  | { readonly type: "idTaken"; readonly joiner: MemberId }
  | { readonly type: "alreadyConnected" }
  | { readonly type: "failed"; readonly error: ConnectionError };

export class PendingHandshakes {
  readonly #environment: HandshakeEnvironment;
  readonly #pending = new Set<Pending>();

  constructor(environment: HandshakeEnvironment) {
    this.#environment = environment;
  }

  get deadline(): number | undefined {
    return earliest([...this.#pending].map(({ deadline }) => deadline));
  }

  /** `done` is called once, unless `close` is called first. Later frames wait for a new sink. */
  host(channel: Channel, host: Host, done: (outcome: JoinOutcome) => void): void {
    this.#add(channel, (message) => {
      if (message.type !== "initPong") return undefined;
      const { newcomer: joiner, version } = message;
      if (!host.isIdFree(message)) return { type: "idTaken", joiner };
      const protocol = version === undefined ? "v4" : "v5";
      return { type: "accepted", joiner, protocol };
    }, done);
    channel.send(
      encodeJoinHandshake({ type: "initPing", ...host.ping, version: PROTOCOL_VERSION }),
    );
  }

  /** `done` is called once, unless `close` is called first. Later frames wait for a new sink. */
  join(channel: Channel, joiner: Joiner, done: (outcome: JoinOutcome) => void): void {
    const { isInvited, me } = joiner;
    this.#add(channel, (message) => {
      if (message.type !== "initPing") return undefined;
      const { member, topology } = message;
      if (topology !== 0) return failure("REFUSED", `its topology is ${topology}, 0 expected`);
      const decision = joiner.decide(message);
      if (decision === "full") {
        return failure("REFUSED", `the group would exceed ${FULL_MESH_MEMBERS_MAX} members`);
      }
      if (decision === "idTaken") return { type: decision, joiner: me };
      if (decision === "join" || isInvited) {
        const epoch = joiner.epochFor(member);
        const version = PROTOCOL_VERSION;
        channel.send(encodeJoinHandshake({ type: "initPong", newcomer: me, epoch, version }));
      }
      if (decision === "alreadyConnected") return { type: decision };
      return { type: "joined", ping: message };
    }, done);
  }

  /**
   * Dials a bot that is invited. `opened` or `failed` is called once, in a turn of its own, unless
   * `close` is called first.
   */
  dial(
    url: string,
    query: DialParameters,
    opened: (channel: Channel) => void,
    failed: (error: ConnectionError) => void,
  ): void {
    const { clock, post, transport } = this.#environment;
    const fail = (code: FailureCode, reason: string) => {
      if (!this.#pending.delete(pending)) return;
      failed(new ConnectionError(code, `Cannot invite ${url}: ${reason}`));
    };
    const pending: Pending = {
      deadline: clock.now() + SOCKET_TIMEOUT_MS,
      expire: () => {
        dial.cancel();
        fail("TIMEOUT", `no connection within ${SOCKET_TIMEOUT_MS} ms`);
      },
      abort: () => dial.cancel(),
    };
    this.#pending.add(pending);
    const dial = transport.dialSocket(encodeDialQuery(url, query), {
      opened: (channel) =>
        post(() => this.#pending.delete(pending) ? opened(channel) : channel.close()),
      failed: (reason) => post(() => fail("UNREACHABLE", reason)),
    });
  }

  close(): void {
    for (const { abort } of this.#pending) abort();
    this.#pending.clear();
  }

  tick(now: number): void {
    for (const { deadline, expire } of [...this.#pending]) if (now >= deadline) expire();
  }

  #add(channel: Channel, handle: FrameHandler, done: (outcome: JoinOutcome) => void): void {
    const { clock, post } = this.#environment;
    const end = (outcome: JoinOutcome) => {
      if (!this.#pending.delete(handshake)) return;
      if (outcome.type !== "accepted" && outcome.type !== "joined") channel.close();
      done(outcome);
    };
    const fail = (code: FailureCode, reason: string) => end(failure(code, reason));
    const received = (frame: Uint8Array) => {
      if (this.#pending.has(handshake)) end(outcomeOf(frame, handle));
    };
    const abort = () => channel.close();
    const expire = () => fail("TIMEOUT", `no first frame in ${HANDSHAKE_TIMEOUT_MS} ms`);
    const handshake = { deadline: clock.now() + HANDSHAKE_TIMEOUT_MS, expire, abort };
    this.#pending.add(handshake);
    channel.listen({
      received: (frame) => {
        channel.listen();
        post(() => received(frame));
      },
      bufferedAmountLow: () => {},
      closed: ({ reason }) => post(() => fail("UNREACHABLE", `the channel ended: ${reason}`)),
    });
  }
}

/** Returns `undefined` if the frame is not the expected one. */
type FrameHandler = (message: JoinHandshakeMessage) => JoinOutcome | undefined;

interface Pending {
  readonly deadline: number;
  readonly expire: () => void;
  readonly abort: () => void;
}

function outcomeOf(frame: Uint8Array, handle: FrameHandler): JoinOutcome {
  try {
    const outcome = handle(decodeJoinHandshake(frame));
    return outcome ?? failure("REFUSED", "the first frame is not the one expected");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return failure("REFUSED", error.message);
  }
}

type FailureCode = "TIMEOUT" | "REFUSED" | "UNREACHABLE";

function failure(code: FailureCode, reason: string): JoinOutcome {
  return { type: "failed", error: new ConnectionError(code, `Cannot join: ${reason}`) };
}
