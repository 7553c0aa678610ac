// A WebSocket that a server has accepted, as a channel.

import { ANSWER_DELAY_MS } from "../base/limits.ts";
import type { Dial, DialSink } from "./channel.ts";
import { whenIdle } from "./closing.ts";
import { SocketChannel, type SocketOptions } from "./socket_channel.ts";

/** Called in the turn of the upgrade. The sink is not called before this function has returned. */
export function acceptSocket(socket: WebSocket, sink: DialSink, options?: SocketOptions): Dial {
  return new AcceptedSocketChannel(socket, sink, options);
}

/** As {@linkcode acceptSocket}. */
export function acceptNagleSocket(socket: WebSocket, sink: DialSink, options: SocketOptions): Dial {
  return new NagleSocketChannel(socket, sink, options);
}

/**
 * It is closed when nothing arrives any more: Deno cuts a connection if a frame arrives after its
 * close, so that the close code and the last frames are lost. On servers this is frequent.
 */
class AcceptedSocketChannel extends SocketChannel {
  /** Since the last `#pollIdle()`. */
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
 * A WebSocket of a client that has Nagle's algorithm on (RFC 896), as those of Deno: a small frame
 * of the client waits until TCP acknowledges the one before it, and a system that has nothing to
 * send delays that by 40 ms (RFC 1122, section 4.2.3.2). So silence is answered by an empty frame.
 */
class NagleSocketChannel extends AcceptedSocketChannel {
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
