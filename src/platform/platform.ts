/**
 * The interface to the platform of a peer, except for the network: clock, tasks, random numbers,
 * page events and log.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";

/** A source of values; an rxjs `Observable` is one. */
export interface Source<Value> {
  /** Calls `listener` with each value, until the subscription ends. */
  subscribe(listener: (value: Value) => void): { unsubscribe(): void };
}

/** A monotonic clock, in milliseconds. */
export interface Clock {
  /** Milliseconds since a moment before this peer was made. */
  now(): number;
  /** Calls `wake` once `now()` has reached the deadline. Returns a function that cancels this. */
  at(deadlineMs: number, wake: () => void): () => void;
}

/** The state of network and page, which decides whether a group may reconnect by itself. */
export interface Presence {
  /** Whether there is a network (`navigator.onLine`). */
  readonly online: boolean;
  /** Whether the page is visible (Page Visibility API); always `true` outside pages. */
  readonly visible: boolean;
}

/** Whether a hidden page is unloaded, or kept in the back/forward cache and may be shown again. */
export type PageHideKind = "unloaded" | "persisted";

/** The areas that can be logged. */
export type LogArea =
  | "debug"
  | "group"
  | "webrtc"
  | "channel"
  | "topology"
  | "signaling"
  | "negotiation";

/** The log of a peer; silent by default. */
export interface Log {
  /** Whether an area is logged; if not, no text needs to be made. */
  traces(area: LogArea): boolean;
  /** Logs a line of one area. */
  note(area: LogArea, text: string): void;
  /** Warns the users of the program of a condition that it does not handle. */
  warn(text: string): void;
  /** Reports an error of the program itself, thrown by one of its callbacks. */
  report(error: unknown): void;
}

/** The platform of a peer. */
export interface Platform {
  readonly clock: Clock;
  /** Calls `callback` when the running code ends (a microtask). */
  readonly enqueueMicrotask: (callback: () => void) => void;
  /** Calls `callback` in a task of its own, behind those that are due (a macrotask). */
  readonly enqueueTask: (callback: () => void) => void;
  readonly random: Random;
  /** Emits the present value to each subscriber, and then each change. */
  readonly presence: Source<Presence>;
  /** Emits when the page is unloaded or cached, while frames can still be sent. */
  readonly pageHide: Source<PageHideKind>;
  /** Emits when the page is resumed after it may have been frozen, so that deadlines are late. */
  readonly resumed: Source<void>;
  readonly log: Log;
}
