// Implements a channel over a WebSocket (RFC 6455; https://websockets.spec.whatwg.org).

import { BUFFERED_POLL_MS } from "../base/limits.ts";
import { cutText } from "../wire/utf8.ts";
import { BufferedEvents, type Fault } from "./buffered_events.ts";
import type { Channel, ChannelSink, Dial, DialSink } from "./channel.ts";
import { closeDeadline } from "./closing.ts";
import { failedDial } from "./failed_dial.ts";

// Literals, since the global `WebSocket` may be undefined on a server.
const CONNECTING = 0;
const OPEN = 1;

/** The close code without a close frame (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;

/** A control frame has up to 125 bytes, 2 of them for the code (RFC 6455, section 5.5). */
const REASON_BYTES_MAX = 123;

export interface SocketOptions {
  /** The close code for a text frame, which is an error in a channel; 1003 by default. */
  readonly textClose?: number;
  /** The longest frame; after a longer one, closes with 1009. `FRAME_BYTES_MAX` by default. */
  readonly frameBytesMax?: number;
}

/** Opens a WebSocket. The sink is not called before this function has returned. */
export function dialSocket(Socket: typeof WebSocket, url: string, sink: DialSink): Dial {
  try {
    return new SocketChannel(new Socket(url), sink);
  } catch (error) {
    // Only the name: the message quotes the URL, which may contain the key of a group.
    return failedDial(sink, failure((error as DOMException).name));
  }
}

/**
 * The object is its own event listener, since servers have many: in Deno, each handler property,
 * such as `onopen`, costs about 450 bytes.
 */
export class SocketChannel implements Channel, Dial, EventListenerObject {
  readonly kind = "ws";
  readonly #socket: WebSocket;
  /** The sink of the dial; `undefined` after its outcome. */
  #sink: DialSink | undefined;
  #failureReason = "no server answers there (does it run, and is the path right?)";
  readonly #options: SocketOptions;
  /** Whether this is npm's ws, which does not copy sent bytes, as the standard requires. */
  readonly #keepsFrames: boolean;
  readonly #events = new BufferedEvents();
  #state: "open" | "closing" | "closed" = "open";
  /** The fault that replaces the code and reason of the WebSocket. */
  #rejection: Fault | undefined;
  #lowThreshold = Infinity;
  #poll: ReturnType<typeof setInterval> | undefined;
  protected stopWaiting: (() => void) | undefined;

  constructor(socket: WebSocket, sink: DialSink, options: SocketOptions = {}) {
    this.#socket = socket;
    this.#sink = sink;
    this.#options = options;
    this.#keepsFrames = "pause" in socket;
    socket.binaryType = "arraybuffer";
    // Also `message`, since Deno's `node:net` can read a frame in the turn of the upgrade.
    for (const name of [...OPENING, "message", "close"]) socket.addEventListener(name, this);
    if (socket.readyState !== CONNECTING) queueMicrotask(() => this.#open());
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  handleEvent(event: Event): void {
    switch (event.type) {
      case "open":
        return this.#open();
      case "error":
        this.#failureReason = (event as ErrorEvent).message || this.#failureReason;
        return;
      case "message":
        return this.#received((event as MessageEvent).data);
      case "close": {
        const { code, wasClean, reason } = event as CloseEvent;
        return this.#sink ? this.#fail(this.#failureReason) : this.#ended(code, wasClean, reason);
      }
    }
  }

  cancel(): void {
    if (this.#sink === undefined) return;
    this.#settle();
    this.#socket.close();
  }

  listen(sink?: ChannelSink): void {
    this.#events.listen(sink);
  }

  send(frame: Uint8Array): void {
    if (this.#state !== "open" || this.#socket.readyState !== OPEN) return;
    // The DOM types exclude shared memory, which frames never use.
    const bytes = frame as Uint8Array<ArrayBuffer>;
    this.#socket.send(this.#keepsFrames ? bytes.slice() : bytes);
    this.#watch();
  }

  setLowThreshold(bytes: number): void {
    this.#lowThreshold = bytes;
    if (this.#state === "open") this.#watch();
  }

  close(code = 1000, reason = ""): void {
    if (this.#state === "open") this.#close(code, reason);
  }

  abort(code = 1000, reason = ""): void {
    // Browsers close the WebSockets of an unloaded page properly.
    if (this.#state === "open") this.#close(code, reason, true);
  }

  #open(): void {
    if (this.#socket.readyState === OPEN) this.#settle()?.opened(this);
    else this.#fail("it was closed before it opened");
  }

  #fail(reason: string): void {
    this.#settle()?.failed(failure(reason));
  }

  /** Returns the sink if the dial had no outcome yet. */
  #settle(): DialSink | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    for (const name of OPENING) this.#socket.removeEventListener(name, this);
    return sink;
  }

  #received(data: string | ArrayBuffer): void {
    if (this.#state !== "open") return;
    const { frameBytesMax, textClose } = this.#options;
    const fault = this.#events.messageReceived(data, frameBytesMax, textClose);
    if (fault !== undefined) {
      // Earlier frames are still delivered.
      this.#rejection = fault;
      this.#close(fault.code, fault.reason);
    }
    // Timers of a hidden page fire once a second; a busy channel does not wait for them.
    if (this.#poll !== undefined) this.#checkLowThreshold();
  }

  #watch(): void {
    if (this.bufferedAmount <= this.#lowThreshold) return;
    this.#poll ??= setInterval(() => this.#checkLowThreshold(), BUFFERED_POLL_MS);
  }

  #checkLowThreshold(): void {
    if (this.bufferedAmount > this.#lowThreshold) return;
    this.#stopPoll();
    this.#events.bufferedAmountLow();
  }

  #close(code: number, reason: string, atOnce = false): void {
    this.#stopPoll();
    if (this.#rejection === undefined) this.#events.dropFrames();
    this.#state = "closing";
    const close = () => this.#closeSocket(code, cutText(reason, REASON_BYTES_MAX));
    if (atOnce) close();
    else this.closeSoon(close);
  }

  /** Closes without a wait, since the page may be unloading. Servers override this. */
  protected closeSoon(close: () => void): void {
    close();
  }

  #closeSocket(code: number, reason: string): void {
    this.stopWaiting = closeDeadline(
      () => this.bufferedAmount,
      () => this.#ended(ABNORMAL, false, "the other side did not reply to the close"),
    );
    try {
      this.#socket.close(code, reason);
    } catch {
      // Browsers accept 1000 and 3000 to 4999: 1009 becomes 4009.
      this.#socket.close(code < 2000 ? code + 3000 : 4000, reason);
    }
  }

  #ended(code: number, clean: boolean, reason: string): void {
    if (this.#state === "closed") return;
    this.#stopPoll();
    this.stopWaiting?.();
    this.#state = "closed";
    // Deno reports 0 instead of 1006.
    this.#events.close({ code: code || ABNORMAL, clean, reason, ...this.#rejection });
  }

  #stopPoll(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}

const OPENING = ["open", "error"];

function failure(reason: string): string {
  return `Cannot open a WebSocket: ${reason}`;
}
