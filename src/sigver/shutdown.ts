/**
 * The end of a server: at once, or after its clients were closed one after the other.
 *
 * ```text
 *   OPEN ── drain ──▶ DRAINING ── all clients are closed ──▶ CLOSED
 *     └────────────────────────── close ──────────────────────▲
 * ```
 *
 * @module
 */

import { DRAIN_TICK_MS } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";

/** The end of one server. */
export class Shutdown {
  readonly #clock: Clock;
  #phase: "OPEN" | "DRAINING" | "CLOSED" = "OPEN";
  #stopDraining = () => {};
  /** Channels that are open or closing. */
  #channels = 0;
  #lastClosed = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get phase(): "OPEN" | "DRAINING" | "CLOSED" {
    return this.#phase;
  }

  channelOpened(): void {
    this.#channels++;
  }

  channelClosed(): void {
    if (--this.#channels === 0) this.#lastClosed();
  }

  close(): void {
    this.#phase = "CLOSED";
    this.#stopDraining();
  }

  /** Closes clients one after the other; settles after the last one, or when `close` is called. */
  async drain<Client>(
    clients: readonly Client[],
    durationMs: number,
    close: (client: Client) => void,
  ): Promise<void> {
    this.#phase = "DRAINING";
    const { done, cancel } = spread(this.#clock, clients, durationMs, close);
    this.#stopDraining = cancel;
    await done;
  }

  /** Settles when no channel is left. */
  async channelsClosed(): Promise<void> {
    if (this.#channels > 0) await new Promise<void>((resolve) => this.#lastClosed = resolve);
  }
}

/** Does something to the first item at once, and to the others spread over the duration. */
export function spread<Item>(
  clock: Clock,
  items: readonly Item[],
  durationMs: number,
  act: (item: Item) => void,
): { readonly done: Promise<void>; readonly cancel: () => void } {
  const startMs = clock.now();
  let next = 0;
  let cancel = () => {};
  const done = new Promise<void>((resolve) => {
    const tick = () => {
      const passed = durationMs === 0 ? 1 : (clock.now() - startMs) / durationMs;
      const due = Math.min(Math.floor(passed * items.length) + 1, items.length);
      while (next < due) act(items[next++]!);
      if (next === items.length) return resolve();
      const stop = clock.at(clock.now() + DRAIN_TICK_MS, tick);
      cancel = () => {
        stop();
        resolve();
      };
    };
    tick();
  });
  return { done, cancel: () => cancel() };
}
