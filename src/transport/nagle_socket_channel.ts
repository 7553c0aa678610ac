// A WebSocket of a client that has Nagle's algorithm on (RFC 896), as those of Deno: a small frame
// of the client waits until TCP acknowledges the one before it, and a system that has nothing to
// send delays that by 40 ms (RFC 1122, section 4.2.3.2). So silence is answered by an empty frame.

import { ANSWER_DELAY_MS } from "../base/limits.ts";
import type { Dial, DialSink } from "./channel.ts";
import { SocketChannel, type SocketOptions } from "./socket_channel.ts";

/** As {@linkcode acceptSocket}. */
export function acceptNagleSocket(socket: WebSocket, sink: DialSink, options: SocketOptions): Dial {
  return new NagleSocketChannel(socket, sink, options);
}

class NagleSocketChannel extends SocketChannel {
  #isAnswered = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override handleEvent(event: Event): void {
    if (event.type === "message") this.#expectAnswer();
    else if (event.type === "close") clearTimeout(this.#timer);
    super.handleEvent(event);
  }

  override send(frame: Uint8Array): void {
    this.#isAnswered = true;
    super.send(frame);
  }

  #expectAnswer(): void {
    this.#isAnswered = false;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isAnswered) this.send(EMPTY);
    }, ANSWER_DELAY_MS);
  }
}

const EMPTY = new Uint8Array(0);
