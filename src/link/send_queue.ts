// The send queue of one channel: strict priority, then round robin.
//
//   control ─┐ first; then urgent frames that       the channel buffers little (ByteQueueLimit),
//   urgent  ─┘ are relayed for others               so a frame of higher priority never waits long
//   relayed ─┐
//   plain   ─┼─▶ round robin, a frame each ─▶ channel
//   sources ─┘
//
// @sansio

import {
  CLOSING_BUFFER_BYTES_MAX,
  CONTROL_FRAMES_MAX,
  RELAY_BYTES_MAX,
  RELAY_FRAMES_MAX,
  RTC_BUFFER_BYTES_MAX,
  SOCKET_BUFFER_BYTES_MAX,
} from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { Channel } from "../transport/channel.ts";
import { ByteQueueLimit } from "./byte_queue_limit.ts";

export interface PlainMessage {
  readonly frames: readonly Uint8Array[];
  /** Called once, when the channel has all frames, or has ended. */
  readonly done: SendCallback;
}

export type FrameSource = () => Uint8Array | undefined;

export class SendQueue {
  readonly #channel: Channel;
  readonly #clock: { now(): number };
  readonly #limit: ByteQueueLimit;
  readonly #control = new Queue<Uint8Array>();
  readonly #urgent = new Queue<Uint8Array>();
  readonly #relayed = new Queue<Uint8Array>();
  readonly #plain = new Queue<PlainMessage>();
  /** Frames of the first plain message that were sent. */
  #plainFramesSent = 0;
  /** Sources that may have a frame, in the order of their turns. */
  readonly #roundRobin = new Set<FrameSource>();
  readonly #nextRelayed: FrameSource = () => this.#shift(this.#relayed);
  readonly #nextPlain: FrameSource = () => this.#plain.peek()?.frames[this.#plainFramesSent++];
  #relayedBytes = 0;
  #bytesToChannel = 0;
  #isClosed = false;
  #sentAt: number;

  constructor(channel: Channel, clock: { now(): number }) {
    this.#channel = channel;
    this.#clock = clock;
    this.#limit = new ByteQueueLimit(
      channel.kind === "ws" ? SOCKET_BUFFER_BYTES_MAX : RTC_BUFFER_BYTES_MAX,
    );
    this.#channel.setLowThreshold?.(this.#limit.refillBytes);
    this.#sentAt = clock.now();
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** When the last frame was passed to the channel, in ms. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** The bytes that the channel has sent: those passed to it, without those that it buffers. */
  get bytesSent(): number {
    return this.#bytesToChannel - this.#channel.bufferedAmount;
  }

  get hasPending(): boolean {
    return this.#control.size + this.#urgent.size + this.#roundRobin.size > 0;
  }

  sendControl(frame: Uint8Array): void {
    if (this.#isClosed || this.#control.size >= CONTROL_FRAMES_MAX) return;
    this.#control.push(frame);
    this.fillChannel();
  }

  /** Returns `false` when closed, or when too much is queued. */
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

  sendPlain(message: PlainMessage): void {
    if (this.#isClosed) return message.done("MEMBER_LEFT");
    this.#plain.push(message);
    this.requestFrames(this.#nextPlain);
  }

  /** Polls `source` in its turns, until it returns no frame. */
  requestFrames(source: FrameSource): void {
    if (this.#isClosed) return;
    this.#roundRobin.add(source);
    this.fillChannel();
  }

  fillChannel(bufferedBytesMax?: number): void {
    this.#updateLimit();
    const bytesMax = bufferedBytesMax ?? this.#limit.limitBytes;
    while (!this.#isClosed && this.#channel.bufferedAmount < bytesMax) {
      const frame = this.#control.shift() ?? this.#shift(this.#urgent) ?? this.#pollSources();
      if (frame === undefined) return;
      this.#bytesToChannel += frame.length;
      this.#channel.send(frame);
      this.#sentAt = this.#clock.now();
      this.#finishPlain();
    }
    this.#limit.onFilled(this.#channel.bufferedAmount, this.bytesSent, this.#clock.now());
  }

  /** Sends the last frame, behind what `flush()` sends of the queue. */
  sendFinal(frame: Uint8Array): void {
    if (this.#isClosed) return;
    this.flush();
    this.#bytesToChannel += frame.length;
    this.#channel.send(frame);
  }

  /** Fills the channel beyond its limit, before it is closed. */
  flush(): void {
    this.fillChannel(CLOSING_BUFFER_BYTES_MAX);
  }

  close(): void {
    this.#isClosed = true;
    this.#control.drain();
    this.#urgent.drain();
    this.#relayed.drain();
    this.#roundRobin.clear();
    for (const { done } of this.#plain.drain()) done("MEMBER_LEFT");
  }

  #updateLimit(): void {
    if (!this.#limit.isReached) return;
    const refillBytes = this.#limit.refillBytes;
    this.#limit.onDrained(this.#channel.bufferedAmount, this.bytesSent, this.#clock.now());
    if (this.#limit.refillBytes !== refillBytes) {
      this.#channel.setLowThreshold?.(this.#limit.refillBytes);
    }
  }

  #shift(frames: Queue<Uint8Array>): Uint8Array | undefined {
    const frame = frames.shift();
    this.#relayedBytes -= frame?.length ?? 0;
    return frame;
  }

  #pollSources(): Uint8Array | undefined {
    for (const source of this.#roundRobin) {
      this.#roundRobin.delete(source);
      const frame = source();
      if (frame === undefined) continue;
      this.#roundRobin.add(source);
      return frame;
    }
    return undefined;
  }

  /** Removes the first message once its last frame is sent, before `done` may enqueue another. */
  #finishPlain(): void {
    const message = this.#plain.peek();
    if (message === undefined || this.#plainFramesSent < message.frames.length) return;
    this.#plain.shift();
    this.#plainFramesSent = 0;
    message.done("sent");
  }
}
