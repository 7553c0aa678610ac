/**
 * Calls to peers that listen on a URL, each with its time limit.
 *
 * @module
 */

import { ConnectionError } from "../base/errors.ts";
import { SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import { type Call, encodeCall } from "../wire/listen_url.ts";

/** What the caller needs. */
export interface CallerPorts {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** Who hears how a call ends: one of the two, once, in a turn of its own. */
export interface CallSink {
  readonly opened: (channel: Channel) => void;
  readonly failed: (error: ConnectionError) => void;
}

interface Calling {
  readonly url: string;
  readonly deadline: number;
  readonly sink: CallSink;
  dial: Dial | undefined;
}

/** All calls of a peer that nobody has answered yet. */
export class Caller {
  readonly #ports: CallerPorts;
  readonly #callings = new Set<Calling>();

  constructor(ports: CallerPorts) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return earliest([...this.#callings].map(({ deadline }) => deadline));
  }

  /** Calls the peer that listens on a URL. */
  call(url: string, call: Call, sink: CallSink): void {
    const { clock, post, transport } = this.#ports;
    const deadline = clock.now() + SOCKET_TIMEOUT_MS;
    const calling: Calling = { url, deadline, sink, dial: undefined };
    this.#callings.add(calling);
    calling.dial = transport.dialSocket(encodeCall(url, call), {
      opened: (channel) =>
        post(() => {
          if (this.#callings.delete(calling)) sink.opened(channel);
          else channel.close();
        }),
      failed: (reason) => post(() => this.#fail(calling, "UNREACHABLE", reason)),
    });
  }

  /** Gives up all calls. */
  close(): void {
    for (const calling of [...this.#callings]) {
      calling.dial?.abort();
      this.#fail(calling, "ABORTED", "the group was left");
    }
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const calling of [...this.#callings]) {
      if (now < calling.deadline) continue;
      calling.dial?.abort();
      this.#fail(calling, "TIMEOUT", `no connection within ${SOCKET_TIMEOUT_MS} ms`);
    }
  }

  #fail(calling: Calling, code: "TIMEOUT" | "UNREACHABLE" | "ABORTED", reason: string): void {
    if (!this.#callings.delete(calling)) return;
    calling.sink.failed(new ConnectionError(code, `Cannot invite ${calling.url}: ${reason}`));
  }
}
