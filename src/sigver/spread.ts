/**
 * One thing done to many, spread over a time: who is sent away does not come back in one instant.
 *
 * @module
 */

import { DRAIN_TICK_MS } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";

/** What is under way. */
export interface Spread {
  /** Settles when it was done to all, or called off. */
  readonly over: Promise<void>;
  readonly callOff: () => void;
}

/** Does it to the first at once, and to the others by and by, each before the time is over. */
export function spread<Item>(
  clock: Clock,
  items: readonly Item[],
  durationMs: number,
  act: (item: Item) => void,
): Spread {
  const startMs = clock.now();
  let next = 0;
  let callOff = () => {};
  const over = new Promise<void>((resolve) => {
    const look = () => {
      const passed = durationMs === 0 ? 1 : (clock.now() - startMs) / durationMs;
      const due = Math.min(Math.floor(passed * items.length) + 1, items.length);
      while (next < due) act(items[next++]!);
      if (next === items.length) return resolve();
      const stop = clock.at(clock.now() + DRAIN_TICK_MS, look);
      callOff = () => {
        stop();
        resolve();
      };
    };
    look();
  });
  return { over, callOff: () => callOff() };
}
