/**
 * The timers of the moment: those of the platform, or fake ones that a test has put in their place.
 *
 * @module
 */

import { callInMessage, callInTask } from "../platform/web.ts";

/** Fake timers, which a test advances. */
export interface FakeTimers {
  /** Another one for other timers. */
  readonly id: unknown;
  /** Their time, in ms since whenever. */
  now(): number;
  /** Calls a function after a time. Returns a function that cancels this. */
  after(ms: number, callback: () => void): () => void;
  /** Advances them, and has promises settle in between. */
  advance(ms: number): Promise<void>;
}

/** The part of a clock of `@sinonjs/fake-timers` that is used. */
interface SinonClock {
  readonly now: number;
  /** It does not jump with the system time. */
  readonly performance?: { now(): number };
  tickAsync(ms: number): Promise<number>;
}

/**
 * Returns the fake timers that are in place: those of Vitest, Jest and sinon are recognized, and
 * others are there if the test says how to advance them.
 */
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

/** Settles in a task of its own: promises that have settled are handled before. */
export function nextTask(): Promise<void> {
  return new Promise(callInTask);
}
