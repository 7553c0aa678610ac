// The interface of a peer to its platform: clock, tasks, random numbers, page events and log. The
// network is in transport/.

import type { Random } from "../base/ids.ts";

/** A monotonic clock, in milliseconds. */
export interface Clock {
  now(): number;
  /** Calls `wake` at the deadline; returns a function that cancels the call. */
  at(deadlineMs: number, wake: () => void): () => void;
}

export interface PageStatus {
  readonly online: boolean;
  /** Whether the page is visible (Page Visibility API); always `true` outside pages. */
  readonly visible: boolean;
}

/** Whether a hidden page is unloaded, or kept in the back/forward cache and may be shown again. */
export type PageHideKind = "unloaded" | "persisted";

/** Events of the page lifecycle (W3C); outside pages, only `pageStatusChanged`. */
export interface PageEvents {
  /** Also called at the start, with the current value. */
  pageStatusChanged(status: PageStatus): void;
  /** The page is unloaded or cached. Frames can still be sent. */
  pageHidden(how: PageHideKind): void;
  /** The page may have been frozen, so deadlines may have passed. */
  pageResumed(): void;
}

/** The name of a log area in `LogLevel`. */
export type LogArea =
  | "DEBUG"
  | "WEB_GROUP"
  | "WEBRTC"
  | "CHANNEL"
  | "TOPOLOGY"
  | "SIGNALING"
  | "CHANNEL_BUILDER";

export interface Log {
  /** Whether an area is logged: if not, the caller can skip formatting. */
  traces(area: LogArea): boolean;
  note(area: LogArea, text: string): void;
  warn(text: string): void;
  /** Reports an error that a callback of the program has thrown. */
  report(error: unknown): void;
}

export interface Platform {
  readonly clock: Clock;
  readonly enqueueMicrotask: (callback: () => void) => void;
  readonly enqueueTask: (callback: () => void) => void;
  readonly random: Random;
  /** Whether this is a page, or a worker of one. */
  readonly isPage: boolean;
  /** Calls `events` until `signal` aborts. */
  readonly subscribeToPage: (events: PageEvents, signal: AbortSignal) => void;
  readonly log: Log;
}
