// The timers of the moment: those of the platform, or fake ones that a test has put in their place.

import { callInMessage, callInTask } from "../platform/web.ts";

export interface FakeTimers {
  /** Differs between fake timers. */
  readonly id: unknown;
  /** In ms since an arbitrary moment. */
  now(): number;
  /** Returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void;
  advance(ms: number): Promise<void>;
}

/** The used part of a clock of `@sinonjs/fake-timers`. */
interface SinonClock {
  readonly now: number;
  /** Does not jump with the system time. */
  readonly performance?: { now(): number };
  tickAsync(ms: number): Promise<number>;
}

/** Recognizes those of Vitest, Jest and sinon; others need `advanceTimers`. */
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

/** Settles after all promises that have already settled. */
export function nextTask(): Promise<void> {
  return new Promise(callInTask);
}
