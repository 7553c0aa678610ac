/**
 * What a peer needs of the machine it runs on, apart from the network.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";

/** Something that happens again and again: an rxjs `Observable` is one. */
export interface Source<Value> {
  /** Calls `listener` with each value, until it is unsubscribed. */
  subscribe(listener: (value: Value) => void): { unsubscribe(): void };
}

/** Time, as milliseconds that never run backwards. */
export interface Clock {
  /** Milliseconds since some moment before this peer began. */
  now(): number;
  /** Calls `wake` once when `now()` has reached the deadline; the answer calls it off. */
  at(deadlineMs: number, wake: () => void): () => void;
}

/** What decides whether a group may come back by itself. */
export interface Presence {
  /** There is a network (`navigator.onLine`). */
  readonly online: boolean;
  /** The page can be seen (Page Visibility API); always so outside pages. */
  readonly visible: boolean;
}

/** For good, or for now: a page in the back/forward cache may be shown again as it was. */
export type Farewell = "forGood" | "forNow";

/** The areas that can be logged. */
export type LogArea =
  | "debug"
  | "group"
  | "webrtc"
  | "channel"
  | "topology"
  | "signaling"
  | "negotiation";

/** Where a peer tells what it does; silent unless asked for. */
export interface Log {
  /** Whether an area is asked for: nothing is described for nobody. */
  traces(area: LogArea): boolean;
  /** Notes one fact of one area. */
  note(area: LogArea, text: string): void;
  /** Tells the people who run the program of a condition that it does not handle. */
  warn(text: string): void;
  /** Tells the program of an error that is its own: one that its callback threw. */
  report(error: unknown): void;
}

/** The machine around a peer. */
export interface Platform {
  readonly clock: Clock;
  /** Calls `turn` once what the program does now is done, before anything else happens. */
  readonly soon: (turn: () => void) => void;
  /** Calls `turn` in a task of its own, behind those that are due. */
  readonly next: (turn: () => void) => void;
  readonly random: Random;
  /** The presence now, to each who subscribes, and then every change. */
  readonly presence: Source<Presence>;
  /** Emits when the page goes away, while there is time for a word. */
  readonly farewell: Source<Farewell>;
  /** Emits when the page may have slept, and is awake: what is due is late. */
  readonly woke: Source<void>;
  readonly log: Log;
}
