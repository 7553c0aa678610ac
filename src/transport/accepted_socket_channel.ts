// Implements a channel over a WebSocket that a server has accepted.

import { ANSWER_DELAY_MS } from "../base/limits.ts";
import type { Dial, DialSink } from "./channel.ts";
import { whenIdle } from "./closing.ts";
import { SocketChannel, type SocketOptions } from "./socket_channel.ts";

/** Must be called in the turn of the upgrade. The sink is not called before this has returned. */
export function acceptSocket(socket: WebSocket, sink: DialSink, options?: SocketOptions): Dial {
  return new AcceptedSocketChannel(socket, sink, options);
}

/** Like {@linkcode acceptSocket}, for a client that has Nagle's algorithm enabled. */
export function acceptNagleSocket(socket: WebSocket, sink: DialSink, options: SocketOptions): Dial {
  return new NagleSocketChannel(socket, sink, options);
}

/**
 * Closes the WebSocket only when frames have stopped arriving. If a frame arrives after `close()`,
 * Deno drops the connection, and the close code and the last frames are lost. This is frequent on
 * servers.
 */
class AcceptedSocketChannel extends SocketChannel {
  /** Whether a frame has arrived since the last `#pollIdle()`. */
  #hasReceived = false;

  override handleEvent(event: Event): void {
    if (event.type === "message") this.#hasReceived = true;
    super.handleEvent(event);
  }

  protected override closeSoon(close: () => void): void {
    this.#hasReceived = false;
    this.stopWaiting = whenIdle(() => this.#pollIdle(), close);
  }

  /** Whether nothing is buffered, and nothing has arrived since the last call. */
  #pollIdle(): boolean {
    const isIdle = !this.#hasReceived && this.bufferedAmount === 0;
    this.#hasReceived = false;
    return isIdle;
  }
}

/**
 * The WebSocket of a client with Nagle's algorithm (RFC 896), such as Deno's: a small frame of the
 * client waits for the TCP ACK of the previous one. If this side has no data to send, its system
 * delays the ACK by 40 ms (RFC 1122, section 4.2.3.2). So this channel sends an empty frame if
 * nothing else is sent soon after a received frame.
 */
class NagleSocketChannel extends AcceptedSocketChannel {
  #isAnswered = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override handleEvent(event: Event): void {
    if (event.type === "message") this.#isAnswered = false;
    super.handleEvent(event);
    if (event.type === "close") clearTimeout(this.#timer);
    else if (!this.#isAnswered) this.#answerSoon();
  }

  override send(frame: Uint8Array): void {
    this.#isAnswered = true;
    super.send(frame);
  }

  #answerSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.#isAnswered) this.send(EMPTY);
    }, ANSWER_DELAY_MS);
  }
}

const EMPTY = new Uint8Array(0);
