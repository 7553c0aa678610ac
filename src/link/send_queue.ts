/**
 * What waits to be sent to one neighbor, in the order in which it may leave.
 *
 * ```text
 * control ─┐ first; then what is relayed        little in the channel, as much as its room,
 * urgent  ─┘ of the control of others          so that what comes next never waits for long
 * relayed ─┐
 * plain   ─┼─▶ in turns, a frame each ─▶ channel
 * sources ─┘
 * ```
 *
 * @module
 */

import {
  CLOSING_BUFFER_BYTES_MAX,
  RELAY_BYTES_MAX,
  RELAY_FRAMES_MAX,
  RTC_BUFFER_BYTES_MAX,
  SOCKET_BUFFER_BYTES_MAX,
} from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { Channel } from "../transport/channel.ts";
import { ByteQueueLimit } from "./byte_queue_limit.ts";

/** A plain message of ours: its frames, sent one after the other. */
export interface PlainMessage {
  readonly frames: readonly Uint8Array[];
  /** Told once: all frames are with the channel, or the channel is gone. */
  readonly done: SendCallback;
}

/** Gives its next frame when there is room for one; `undefined` when it has none for now. */
export type FrameSource = () => Uint8Array | undefined;

interface StartedMessage {
  readonly message: PlainMessage;
  nextFrame: number;
}

/** The queue of one channel. */
export class SendQueue {
  readonly #channel: Channel;
  readonly #clock: { now(): number };
  readonly #limit: ByteQueueLimit;
  readonly #control = new Queue<Uint8Array>();
  readonly #urgent = new Queue<Uint8Array>();
  readonly #relayed = new Queue<Uint8Array>();
  readonly #plain = new Queue<StartedMessage>();
  /** Those that may have a frame: the first of them is next. */
  readonly #roundRobin = new Queue<FrameSource>();
  readonly #queued = new Set<FrameSource>();
  readonly #nextRelayed = (): Uint8Array | undefined => this.#shift(this.#relayed);
  readonly #nextPlain = (): Uint8Array | undefined => {
    const started = this.#plain.peek();
    return started?.message.frames[started.nextFrame++];
  };
  #relayedBytes = 0;
  /** Bytes that the channel was given. */
  #bytesGiven = 0;
  #isClosed = false;
  #sentAt: number;

  constructor(channel: Channel, clock: { now(): number }) {
    this.#channel = channel;
    this.#clock = clock;
    this.#limit = new ByteQueueLimit(
      channel.kind === "ws" ? SOCKET_BUFFER_BYTES_MAX : RTC_BUFFER_BYTES_MAX,
    );
    this.#channel.drainAt?.(this.#limit.refillBytes);
    this.#sentAt = clock.now();
  }

  /** Whether its channel has not ended. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** When a frame was last handed to the channel, in ms. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** The bytes of all that the channel was given and holds no more. */
  get bytesSent(): number {
    return this.#bytesGiven - this.#channel.bufferedBytes;
  }

  /** Whether something waits. */
  get hasPending(): boolean {
    return this.#control.size + this.#urgent.size + this.#roundRobin.size > 0;
  }

  /** A frame of the library itself: small, and never behind data. */
  sendControl(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.#control.push(frame);
    this.fillChannel();
  }

  /**
   * A frame of somebody else, ahead of all data if it is urgent; `false` when too much of that
   * waits already, or it is closed.
   */
  sendRelayed(frame: Uint8Array, urgent = false): boolean {
    if (this.#isClosed || this.#urgent.size + this.#relayed.size >= RELAY_FRAMES_MAX) return false;
    if (this.#relayedBytes + frame.length > RELAY_BYTES_MAX) return false;
    this.#relayedBytes += frame.length;
    if (urgent) {
      this.#urgent.push(frame);
      this.fillChannel();
    } else {
      this.#relayed.push(frame);
      this.requestFrames(this.#nextRelayed);
    }
    return true;
  }

  /** A plain message of ours, behind those before it. */
  sendPlain(message: PlainMessage): void {
    if (this.#isClosed) return message.done("gone");
    this.#plain.push({ message, nextFrame: 0 });
    this.requestFrames(this.#nextPlain);
  }

  /** Asks a source for frames whenever there is room, in its turn, until it has none. */
  requestFrames(source: FrameSource): void {
    if (this.#isClosed) return;
    if (!this.#queued.has(source)) {
      this.#queued.add(source);
      this.#roundRobin.push(source);
    }
    this.fillChannel();
  }

  /** Hands over what the channel can take; to be called when it drained. */
  fillChannel(bufferedBytesMax?: number): void {
    this.#updateLimit();
    const bytesMax = bufferedBytesMax ?? this.#limit.limitBytes;
    while (!this.#isClosed && this.#channel.bufferedBytes < bytesMax) {
      const frame = this.#control.shift() ?? this.#shift(this.#urgent) ?? this.#pollSources();
      if (frame === undefined) return;
      this.#bytesGiven += frame.length;
      this.#channel.send(frame);
      this.#sentAt = this.#clock.now();
      this.#finishPlain();
    }
    this.#limit.onFilled(this.#channel.bufferedBytes, this.bytesSent, this.#clock.now());
  }

  /** The last word, behind what waits as far as `flush()` hands that over. */
  sendFinal(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.flush();
    this.#bytesGiven += frame.length;
    this.#channel.send(frame);
  }

  /** Hands over more than the channel would be given, because it is about to be closed. */
  flush(): void {
    this.fillChannel(CLOSING_BUFFER_BYTES_MAX);
  }

  /** Drops everything: the channel is gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#control.drain();
    this.#urgent.drain();
    this.#relayed.drain();
    this.#roundRobin.drain();
    this.#queued.clear();
    for (const { message } of this.#plain.drain()) message.done("gone");
  }

  #updateLimit(): void {
    const refillBytes = this.#limit.refillBytes;
    this.#limit.onDrained(this.#channel.bufferedBytes, this.bytesSent, this.#clock.now());
    if (this.#limit.refillBytes !== refillBytes) this.#channel.drainAt?.(this.#limit.refillBytes);
  }

  #shift(frames: Queue<Uint8Array>): Uint8Array | undefined {
    const frame = frames.shift();
    this.#relayedBytes -= frame?.length ?? 0;
    return frame;
  }

  #pollSources(): Uint8Array | undefined {
    for (
      let source = this.#roundRobin.shift();
      source !== undefined;
      source = this.#roundRobin.shift()
    ) {
      this.#queued.delete(source);
      const frame = source();
      if (frame === undefined) continue;
      if (!this.#queued.has(source)) {
        this.#queued.add(source);
        this.#roundRobin.push(source);
      }
      return frame;
    }
    return undefined;
  }

  /** Ends the first message when its last frame is with the channel: `done` may send the next. */
  #finishPlain(): void {
    const started = this.#plain.peek();
    if (started === undefined || started.nextFrame < started.message.frames.length) return;
    this.#plain.shift();
    started.message.done("sent");
  }
}
