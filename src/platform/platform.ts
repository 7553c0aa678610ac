/**
 * The interface to the platform of a peer, except for the network: clock, tasks, random numbers,
 * page events and log.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";

/** A source of values; compatible with rxjs. */
export interface Source<Value> {
  subscribe(listener: (value: Value) => void): { unsubscribe(): void };
}

/** A monotonic clock, in milliseconds. */
export interface Clock {
  now(): number;
  /** Calls `wake` when the deadline is reached. Returns a function that cancels this. */
  at(deadlineMs: number, wake: () => void): () => void;
}

/** The state of network and page. */
export interface Presence {
  /** Whether there is a network (`navigator.onLine`). */
  readonly online: boolean;
  /** Whether the page is visible (Page Visibility API); always `true` outside pages. */
  readonly visible: boolean;
}

/** Whether a hidden page is unloaded, or kept in the back/forward cache and may be shown again. */
export type PageHideKind = "unloaded" | "persisted";

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
  /** Calls `callback` in a microtask. */
  readonly enqueueMicrotask: (callback: () => void) => void;
  /** Calls `callback` in a macrotask. */
  readonly enqueueTask: (callback: () => void) => void;
  readonly random: Random;
  /** Whether this is a page, or a worker of one. */
  readonly isPage: boolean;
  /** Emits the current value to each subscriber, then each change. */
  readonly presence: Source<Presence>;
  /** Emits when the page is unloaded or cached, while frames can still be sent. */
  readonly pageHide: Source<PageHideKind>;
  /** Emits when a page resumes that may have been frozen, so that deadlines are late. */
  readonly resumed: Source<void>;
  readonly log: Log;
}
