// The interface to the platform of a peer, except for the network: clock, tasks, random numbers,
// page events and log.

import type { Random } from "../base/ids.ts";

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

/** The lifecycle of a page (W3C Page Lifecycle); outside pages, only its presence. */
export interface PageEvents {
  /** Called with the present value at the start, too. */
  presenceChanged(presence: Presence): void;
  /** The page is unloaded or cached. Frames can still be sent. */
  pageHidden(how: PageHideKind): void;
  /** The page may have been frozen, so that deadlines are late. */
  pageResumed(): void;
}

/** The names in `LogLevel`. */
export type LogArea =
  | "DEBUG"
  | "WEB_GROUP"
  | "WEBRTC"
  | "CHANNEL"
  | "TOPOLOGY"
  | "SIGNALING"
  | "CHANNEL_BUILDER";

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
  /** Until `signal` aborts. */
  readonly subscribeToPage: (events: PageEvents, signal: AbortSignal) => void;
  readonly log: Log;
}
