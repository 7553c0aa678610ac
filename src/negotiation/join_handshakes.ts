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
import { HANDSHAKE_TIMEOUT_MS, SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import { type DialParameters, encodeDialQuery } from "../wire/dial_query.ts";
import { decodeJoinHandshake, type JoinHandshakeMessage } from "../wire/join_handshake.ts";

export interface HandshakeEnvironment {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  readonly post: (turn: () => void) => void;
}

export class PendingHandshakes {
  readonly #environment: HandshakeEnvironment;
  readonly #pending = new Set<Pending>();

  constructor(environment: HandshakeEnvironment) {
    this.#environment = environment;
  }

  get deadline(): number | undefined {
    return earliest([...this.#pending].map(({ deadline }) => deadline));
  }

  /**
   * Waits for the first frame of a channel, which has to be of this type; later ones wait for a new
   * sink. `received` or `failed` is called once, unless `close` is called first.
   */
  start<Type extends JoinHandshakeMessage["type"]>(
    channel: Channel,
    type: Type,
    received: (message: MessageOf<Type>) => void,
    failed: (error: ConnectionError) => void,
  ): void {
    const { clock, post } = this.#environment;
    const fail = (code: FailureCode, reason: string) => {
      const error = new ConnectionError(code, `Cannot join: ${reason}`);
      if (this.#pending.delete(handshake)) failed(error);
    };
    const frameReceived = (frame: Uint8Array) => {
      let message: JoinHandshakeMessage;
      try {
        message = decodeJoinHandshake(frame);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return fail("REFUSED", error.message);
      }
      if (message.type !== type) return fail("REFUSED", "the first frame is not the one expected");
      // The type was compared.
      if (this.#pending.delete(handshake)) received(message as MessageOf<Type>);
    };
    const handshake: Pending = {
      deadline: clock.now() + HANDSHAKE_TIMEOUT_MS,
      expire: () => fail("TIMEOUT", `no first frame within ${HANDSHAKE_TIMEOUT_MS / 1000} s`),
      abort: () => channel.close(),
    };
    this.#pending.add(handshake);
    channel.listen({
      received: (frame) => {
        channel.listen();
        post(() => frameReceived(frame));
      },
      bufferedAmountLow: () => {},
      closed: ({ reason }) => post(() => fail("UNREACHABLE", `the channel ended: ${reason}`)),
    });
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
        fail("TIMEOUT", `no connection within ${SOCKET_TIMEOUT_MS / 1000} s`);
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
}

type MessageOf<Type> = Extract<JoinHandshakeMessage, { readonly type: Type }>;

interface Pending {
  readonly deadline: number;
  readonly expire: () => void;
  readonly abort: () => void;
}

type FailureCode = "TIMEOUT" | "REFUSED" | "UNREACHABLE";
