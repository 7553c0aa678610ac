// Virtual time: runs events in the order of their times, as fast as the machine can.

import type { Clock } from "../platform/platform.ts";

/** The kind of an event: a deadline of a machine, or a message in transit. */
export type EventKind = "timer" | "traffic";

interface ScheduledEvent {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  readonly kind: EventKind;
  isDone: boolean;
}

/** A virtual clock. Its pending events are in a binary heap, by time and then by insertion. */
export class SimClock implements Clock {
  readonly #heap: ScheduledEvent[] = [];
  #now = 0;
  #msStartedAt = 0;
  #eventsInMs = 0;
  #order = 0;
  #runs = false;

  eventCount = 0;
  eventsMax = Infinity;
  /** The number of pending events of the kind `traffic`. */
  traffic = 0;
  lastTrafficAt = 0;
  /** Returns the time of the clock that this one follows, if any. */
  outerNow: () => number = () => 0;
  /** Called with each event that was not scheduled by another event. */
  scheduled: (kind: EventKind) => void = () => {};

  /** The time up to which all events have run. */
  get reached(): number {
    return this.#now;
  }

  now(): number {
    return this.#runs ? this.#now : Math.max(this.#now, this.outerNow());
  }

  at(deadlineMs: number, wake: () => void, kind: EventKind = "timer"): () => void {
    const at = Math.max(deadlineMs, this.now());
    const event: ScheduledEvent = { at, order: this.#order++, act: wake, kind, isDone: false };
    this.#push(event);
    if (kind === "traffic") this.traffic++;
    if (!this.#runs) this.scheduled(kind);
    return () => this.#markDone(event);
  }

  after(delayMs: number, act: () => void): void {
    this.at(this.now() + delayMs, act, "traffic");
  }

  get nextAt(): number | undefined {
    while (this.#heap[0]?.isDone) this.#pop();
    return this.#heap[0]?.at;
  }

  get pending(): number {
    return this.#heap.filter(({ isDone }) => !isDone).length;
  }

  runUntil(untilMs: number): void {
    this.#runs = true;
    try {
      this.#runEvents(untilMs);
    } finally {
      this.#runs = false;
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  #runEvents(untilMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.isDone) continue;
      this.#now = next.at;
      if (++this.eventCount > this.eventsMax) {
        throw new Error(`G11: more than ${this.eventsMax} events in a run`);
      }
      if (next.at - this.#msStartedAt >= 1) [this.#msStartedAt, this.#eventsInMs] = [next.at, 0];
      if (++this.#eventsInMs > EVENTS_PER_MS_MAX || this.#heap.length > PENDING_MAX) {
        throw new Error("G11: an endless loop of events");
      }
      if (next.kind === "traffic") this.lastTrafficAt = next.at;
      this.#markDone(next);
      next.act();
    }
  }

  #markDone(event: ScheduledEvent): void {
    if (!event.isDone && event.kind === "traffic") this.traffic--;
    event.isDone = true;
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index]!, heap[parent]!)) break;
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let index = 0;;) {
      const left = 2 * index + 1;
      let least = index;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && isBefore(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === index) return;
      [heap[index], heap[least]] = [heap[least]!, heap[index]!];
      index = least;
    }
  }
}

/** Events per millisecond: many times more than any group needs. */
const EVENTS_PER_MS_MAX = 100_000;

/** Pending events: many times more than any group needs. */
const PENDING_MAX = 1_000_000;

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
