// Detects and controls the fake timers by which a test has replaced those of the platform.

import { callInMessage, callInTask } from "../platform/web.ts";

export interface FakeTimers {
  /** Identifies these fake timers. */
  readonly id: unknown;
  /** The time in ms since an arbitrary moment. */
  now(): number;
  /** Calls back after a time; returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void;
  advance(ms: number): Promise<void>;
}

/** The part of a clock of `@sinonjs/fake-timers` that is used here. */
interface SinonClock {
  readonly now: number;
  /** Does not change when a test sets the system time. */
  readonly performance?: { now(): number };
  tickAsync(ms: number): Promise<number>;
}

/** Detects the fake timers of Vitest, Jest and sinon; others need `advanceTimers`. */
export function fakeTimers(advanceTimers?: (ms: number) => unknown): FakeTimers | undefined {
  const sinon = (setTimeout as { readonly clock?: SinonClock }).clock;
  if (sinon === undefined && advanceTimers === undefined) return undefined;
  return {
    id: sinon ?? setTimeout,
    now: () => sinon === undefined ? Date.now() : sinon.performance?.now() ?? sinon.now,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    async advance(ms) {
      if (advanceTimers === undefined) await sinon?.tickAsync(ms);
      else {
        await advanceTimers(ms);
        await new Promise<void>(callInMessage);
      }
    },
  };
}

/** Resolves in the next macrotask, after the reactions to all settled promises. */
export function nextTask(): Promise<void> {
  return new Promise(callInTask);
}
