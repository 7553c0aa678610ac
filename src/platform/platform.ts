// The interface to the platform of a peer, except for the network: clock, tasks, random numbers,
// page events and log.

import type { Random } from "../base/ids.ts";

/** Compatible with rxjs. */
export interface Source<Value> {
  subscribe(listener: (value: Value) => void): { unsubscribe(): void };
}

/** A monotonic clock, in milliseconds. */
export interface Clock {
  now(): number;
  /** Returns a function that cancels the call. */
  at(deadlineMs: number, wake: () => void): () => void;
}

export interface Presence {
  readonly online: boolean;
  /** Page Visibility API; always `true` outside pages. */
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

export interface Log {
  /** Whether an area is logged; if not, no text needs to be made. */
  traces(area: LogArea): boolean;
  note(area: LogArea, text: string): void;
  warn(text: string): void;
  /** The error was thrown by a callback of the program. */
  report(error: unknown): void;
}

export interface Platform {
  readonly clock: Clock;
  readonly enqueueMicrotask: (callback: () => void) => void;
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
