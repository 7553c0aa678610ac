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
  BUFFERED_BYTES_HIGH,
  FLUSHED_BYTES_MAX,
  RELAY_BYTES_MAX,
  RELAY_FRAMES_MAX,
  SOCKET_BYTES_HIGH,
} from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { Channel } from "../transport/channel.ts";
import type { Done, Handover } from "./message.ts";
import { Room } from "./room.ts";

/** A plain message of ours: its frames, sent one after the other. */
export interface Parcel {
  readonly frames: readonly Uint8Array[];
  /** Told once: all frames are with the channel, or the channel is gone. */
  readonly done: Done;
}

/** Gives its next frame when there is room for one; `undefined` when it has none for now. */
export type Source = () => Uint8Array | undefined;

interface Started {
  readonly parcel: Parcel;
  next: number;
}

/** The queue of one channel. */
export class Outbox {
  readonly #channel: Channel;
  readonly #clock: { now(): number };
  readonly #room: Room;
  readonly #control = new Queue<Uint8Array>();
  readonly #urgent = new Queue<Uint8Array>();
  readonly #relayed = new Queue<Uint8Array>();
  readonly #own = new Queue<Started>();
  /** Those that may have a frame: the first of them is next. */
  readonly #turns = new Queue<Source>();
  readonly #waiting = new Set<Source>();
  readonly #takeRelayed = (): Uint8Array | undefined => this.#relay(this.#relayed);
  readonly #takeOwn = (): Uint8Array | undefined => {
    const started = this.#own.peek();
    return started?.parcel.frames[started.next++];
  };
  #relayedBytes = 0;
  /** Bytes that the channel was given. */
  #given = 0;
  #closed = false;
  #sentAt: number;

  constructor(channel: Channel, clock: { now(): number }) {
    this.#channel = channel;
    this.#clock = clock;
    this.#room = new Room(channel.kind === "ws" ? SOCKET_BYTES_HIGH : BUFFERED_BYTES_HIGH);
    this.#channel.drainAt?.(this.#room.lowBytes);
    this.#sentAt = clock.now();
  }

  /** Whether its channel has not ended. */
  get open(): boolean {
    return !this.#closed;
  }

  /** When a frame was last handed to the channel, in ms. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** The bytes of all that the channel was given and holds no more. */
  get bytesTaken(): number {
    return this.#given - this.#channel.bufferedBytes;
  }

  /** Whether something waits. */
  get waiting(): boolean {
    return this.#control.size + this.#urgent.size + this.#turns.size > 0;
  }

  /** A frame of the library itself: small, and never behind data. */
  sendControl(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#control.push(frame);
    this.pump();
  }

  /**
   * A frame of somebody else, ahead of all data if it is urgent; `false` when too much of that
   * waits already, or it is closed.
   */
  sendRelayed(frame: Uint8Array, urgent = false): boolean {
    if (this.#closed || this.#urgent.size + this.#relayed.size >= RELAY_FRAMES_MAX) return false;
    if (this.#relayedBytes + frame.length > RELAY_BYTES_MAX) return false;
    this.#relayedBytes += frame.length;
    if (urgent) {
      this.#urgent.push(frame);
      this.pump();
    } else {
      this.#relayed.push(frame);
      this.pull(this.#takeRelayed);
    }
    return true;
  }

  /** A plain message of ours, behind those before it. */
  sendOwn(parcel: Parcel): void {
    if (this.#closed) return parcel.done("gone");
    this.#own.push({ parcel, next: 0 });
    this.pull(this.#takeOwn);
  }

  /** Asks a source for frames whenever there is room, in its turn, until it has none. */
  pull(source: Source): void {
    if (this.#closed) return;
    if (!this.#waiting.has(source)) {
      this.#waiting.add(source);
      this.#turns.push(source);
    }
    this.pump();
  }

  /** Hands over what the channel can take; to be called when it drained. */
  pump(bufferedBytesMax?: number): void {
    this.#measure();
    const bytesMax = bufferedBytesMax ?? this.#room.bytes;
    while (!this.#closed && this.#channel.bufferedBytes < bytesMax) {
      const frame = this.#control.shift() ?? this.#relay(this.#urgent) ?? this.#take();
      if (frame === undefined) return;
      this.#given += frame.length;
      this.#channel.send(frame);
      this.#sentAt = this.#clock.now();
      this.#finish();
    }
    this.#room.after(this.#channel.bufferedBytes, this.bytesTaken, this.#clock.now());
  }

  /** The last word, behind what waits as far as `flush()` hands that over. */
  sendLast(frame: Uint8Array): void {
    if (this.#closed) return;
    this.flush();
    this.#given += frame.length;
    this.#channel.send(frame);
  }

  /** Hands over more than the channel would be given, because it is about to be closed. */
  flush(): void {
    this.pump(FLUSHED_BYTES_MAX);
  }

  /** Drops everything: the channel is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#control.drain();
    this.#urgent.drain();
    this.#relayed.drain();
    this.#turns.drain();
    this.#waiting.clear();
    for (const { parcel } of this.#own.drain()) parcel.done("gone");
  }

  #measure(): void {
    const before = this.#room.lowBytes;
    this.#room.before(this.#channel.bufferedBytes, this.bytesTaken, this.#clock.now());
    if (this.#room.lowBytes !== before) this.#channel.drainAt?.(this.#room.lowBytes);
  }

  #relay(frames: Queue<Uint8Array>): Uint8Array | undefined {
    const frame = frames.shift();
    this.#relayedBytes -= frame?.length ?? 0;
    return frame;
  }

  #take(): Uint8Array | undefined {
    for (let source = this.#turns.shift(); source !== undefined; source = this.#turns.shift()) {
      this.#waiting.delete(source);
      const frame = source();
      if (frame === undefined) continue;
      if (!this.#waiting.has(source)) {
        this.#waiting.add(source);
        this.#turns.push(source);
      }
      return frame;
    }
    return undefined;
  }

  /** Ends the first message when its last frame is with the channel: `done` may send the next. */
  #finish(): void {
    const started = this.#own.peek();
    if (started === undefined || started.next < started.parcel.frames.length) return;
    this.#own.shift();
    started.parcel.done("sent");
  }
}

/** Calls `done` once, when so many ways are over: with the first thing that went wrong, if any. */
export function tally(ways: number, done: Done): Done {
  if (ways === 0) done("sent");
  let left = ways;
  let all: Handover = "sent";
  return (handover) => {
    if (all === "sent") all = handover;
    if (--left === 0) done(all);
  };
}
