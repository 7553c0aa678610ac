// A simulated channel. Frames arrive in order, after the time of the link, and none is lost while
// the channel lives. Unreliable frames can be reordered and lost.

import type { Random } from "../base/ids.ts";
import { CLOSE_TIMEOUT_MS } from "../base/limits.ts";
import { BufferedEvents } from "../transport/buffered_events.ts";
import type { Channel, ChannelEnd, ChannelKind, ChannelSink } from "../transport/channel.ts";
import type { EventKind, SimClock } from "./clock.ts";
import type { Netem } from "./netem.ts";

/** The speed of a link. */
export interface Link {
  /** The delay from one end to the other. */
  readonly delayMs: number;
  readonly bytesPerMs: number;
}

/** The network to which both ends belong. */
export interface Wire {
  readonly clock: SimClock;
  readonly netem: Netem;
  readonly random: Random;
  /** Whether a frame counts as traffic, and is more than a heartbeat. */
  isTraffic(from: string, to: string, frame: Uint8Array): boolean;
  /** Called with each sent frame; returns the same, a corrupted one, or `undefined` for none. */
  frameSent(from: string, to: string, frame: Uint8Array): Uint8Array | undefined;
  /** Called with each frame that arrives. */
  frameArrived(from: string, to: string, frame: Uint8Array): void;
}

/** One end of a simulated channel. */
export class SimChannel implements Channel {
  readonly kind: ChannelKind;
  readonly owner: string;
  readonly #wire: Wire;
  readonly #link: Link;
  readonly #facts = new BufferedEvents();
  /** The other end, set by `pair`. */
  #other: SimChannel = this;
  #bytesLow = Infinity;
  #high = false;
  #buffered = 0;
  /** The frames and events that wait to be sent, in order. */
  readonly #queue: {
    readonly bytes: number;
    readonly kind: EventKind;
    readonly act: () => void;
  }[] = [];
  #stalled = false;
  /** The frames in transit to this end, in order, each with its earliest arrival. */
  readonly #inTransit: { readonly at: number; readonly act: () => void }[] = [];
  #state: "open" | "closing" | "closed" = "open";
  /** The time at which unreliable frames can be sent; `undefined` before the first one. */
  #unreliableFrom: number | undefined;
  /** Whether all frames are lost. */
  #dead = false;
  #giveUp = () => {};
  /** Called when this end has ended. */
  whenOver = () => {};

  private constructor(kind: ChannelKind, owner: string, wire: Wire, link: Link) {
    this.kind = kind;
    this.owner = owner;
    this.#wire = wire;
    this.#link = link;
  }

  /** Returns both ends of a new channel. */
  static pair(
    kind: ChannelKind,
    a: string,
    b: string,
    wire: Wire,
    link: Link,
  ): [SimChannel, SimChannel] {
    const ends: [SimChannel, SimChannel] = [
      new SimChannel(kind, a, wire, link),
      new SimChannel(kind, b, wire, link),
    ];
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  setLowThreshold(bytes: number): void {
    this.#bytesLow = bytes;
    this.#high ||= this.#buffered > bytes;
  }

  listen(sink?: ChannelSink): void {
    this.#facts.listen(sink);
  }

  send(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    const wasLow = this.#buffered <= this.#bytesLow;
    this.#buffered += frame.length;
    const sent = this.#wire.frameSent(this.owner, this.peer, frame.slice());
    const kind = this.#wire.isTraffic(this.owner, this.peer, frame) ? "traffic" : "timer";
    this.#enqueue(frame.length, kind, () => {
      this.#bytesSent(frame.length);
      if (sent !== undefined) this.#other.#deliverLater(kind, () => this.#other.#arrive(sent));
    });
    if (wasLow && this.#buffered > this.#bytesLow) this.#high = true;
  }

  sendUnreliable(frame: Uint8Array): boolean {
    if (this.kind !== "rtc" || this.#state !== "open" || this.#stalled) return false;
    const { clock, netem, random } = this.#wire;
    const now = clock.now();
    const delayMs = netem.delayOf(this.owner, this.peer, this.#link.delayMs);
    this.#unreliableFrom ??= now + 2 * delayMs;
    if (now < this.#unreliableFrom) return false;
    const sent = this.#wire.frameSent(this.owner, this.peer, frame.slice());
    const [isLost, jitter] = [fraction(random) < netem.loss, fraction(random) / 2];
    if (sent === undefined || isLost) return true;
    clock.after(delayMs * (1 + jitter), () => this.#other.#arriveUnreliably(sent));
    return true;
  }

  close(code?: number, reason = ""): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#facts.dropFrames();
    const end = { code: this.kind === "ws" ? code ?? 1000 : undefined, clean: true, reason };
    this.#enqueue(0, "traffic", () => {
      this.#other.#deliverLater("traffic", () => {
        this.#other.#end(end);
        this.#deliverLater("traffic", () => this.#end(end));
      });
      this.#giveUpLater(end);
    });
    if (this.#stalled) this.#giveUpLater(end);
  }

  abort(): void {
    this.close();
  }

  /** Breaks the channel: at this end now, at the other end after the delay. */
  cut(): void {
    this.#end(this.#cutEnd);
    this.#other.#deliverLater("traffic", () => this.#other.#end(this.#cutEnd));
  }

  /** Resets the channel, as a machine does when the process at this end dies. */
  reset(): void {
    this.dropSilently();
    this.#other.#deliverLater("traffic", () => this.#other.#end(this.#cutEnd));
  }

  /** Simulates that the other end stops reading: sent frames stay buffered. */
  stall(): void {
    this.#stalled = true;
  }

  /** Turns the channel into a black hole: frames are lost, and neither end notices. */
  die(): void {
    this.#dead = this.#other.#dead = true;
  }

  /** Whether this end is open. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** The name of the machine at the other end. */
  get peer(): string {
    return this.#other.owner;
  }

  /** Ends this end without a message, as if its process died: the other end notices nothing. */
  dropSilently(): void {
    this.#state = "closed";
    this.#queue.splice(0);
    this.#giveUp();
    this.whenOver();
  }

  /** Queues a frame or an event for sending. */
  #enqueue(bytes: number, kind: EventKind, act: () => void): void {
    this.#queue.push({ bytes, kind, act });
    if (this.#queue.length === 1) this.#pump();
  }

  /** Sends the first frame, as fast as the link and the reader permit. */
  #pump(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#stalled) return;
    const { clock, netem } = this.#wire;
    const { bytesPerMs } = this.#link;
    const rate = netem.rateTo(this.peer, bytesPerMs);
    const gone = () => {
      if (this.#queue[0] !== first) return;
      first.act();
      this.#queue.shift();
      this.#pump();
    };
    const at = clock.now() + first.bytes / rate;
    if (rate < bytesPerMs) netem.hold(at, gone, first.kind);
    else clock.at(at, gone, first.kind);
  }

  /** Closes this end after a time limit, as the other end may not reply. */
  #giveUpLater(end: ChannelEnd): void {
    const { clock } = this.#wire;
    const gaveUp = { ...end, clean: false, reason: "the other side did not reply" };
    this.#giveUp();
    this.#giveUp = clock.at(clock.now() + CLOSE_TIMEOUT_MS, () => this.#end(gaveUp));
  }

  /** Puts a frame or an event in transit to this end, behind earlier ones. */
  #deliverLater(kind: EventKind, act: () => void): void {
    const { netem, clock } = this.#wire;
    const at = clock.now() + netem.delayOf(this.peer, this.owner, this.#link.delayMs);
    this.#inTransit.push({ at, act });
    clock.at(at, () => this.#deliver(), kind);
  }

  /** Delivers arrived frames, as far as the network and the machine permit. */
  #deliver(): void {
    const { clock, netem } = this.#wire;
    if (this.#dead) return void this.#inTransit.splice(0);
    for (let next = this.#inTransit[0]; next !== undefined; next = this.#inTransit[0]) {
      const ready = Math.max(
        next.at,
        netem.partitionedUntil(this.peer, this.owner),
        netem.asleepUntil(this.owner),
      );
      if (ready > clock.now()) {
        // A frame that is still in transit calls this again when it arrives.
        if (ready > next.at) netem.hold(ready, () => this.#deliver());
        return;
      }
      this.#inTransit.shift();
      next.act();
    }
  }

  get #cutEnd(): ChannelEnd {
    return { code: this.kind === "ws" ? 1006 : undefined, clean: false, reason: "cut" };
  }

  #bytesSent(bytes: number): void {
    this.#buffered -= bytes;
    if (!this.#high || this.#buffered > this.#bytesLow) return;
    this.#high = false;
    if (this.#state === "open") this.#facts.bufferedAmountLow();
  }

  #arrive(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#wire.frameArrived(this.peer, this.owner, frame);
    if (!this.#facts.received(frame)) this.cut();
  }

  #arriveUnreliably(frame: Uint8Array): void {
    const { clock, netem } = this.#wire;
    const now = clock.now();
    if (this.#dead || netem.partitionedUntil(this.peer, this.owner) > now) return;
    const awakeAt = netem.asleepUntil(this.owner);
    if (awakeAt > now) netem.hold(awakeAt, () => this.#arrive(frame));
    else this.#arrive(frame);
  }

  #end(end: ChannelEnd): void {
    if (this.#state === "closed") return;
    this.dropSilently();
    this.#facts.close(end);
  }
}

/** Returns a random number from 0, inclusive, to 1, exclusive. */
function fraction(random: Random): number {
  return random.uint32() / 2 ** 32;
}
