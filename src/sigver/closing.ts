/**
 * How a server ends: at once, or after it has sent its clients away one after the other.
 *
 * ```text
 *   OPEN ── drain ──▶ DRAINING ── all are sent away, or close ──▶ CLOSED
 *     └──────────────────────── close ──────────────────────────────▲
 * ```
 *
 * @module
 */

import type { Clock } from "../platform/platform.ts";
import { spread } from "./spread.ts";

/** The end of one server. */
export class Closing {
  readonly #clock: Clock;
  #phase: "OPEN" | "DRAINING" | "CLOSED" = "OPEN";
  #endDrain = ignore;
  /** Channels that are open, or closing; who waits for the end of the last. */
  #channels = 0;
  #lastClosed = ignore;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How far it is. */
  get phase(): "OPEN" | "DRAINING" | "CLOSED" {
    return this.#phase;
  }

  /** There is one channel more. */
  channelOpened(): void {
    this.#channels++;
  }

  /** One channel is over. */
  channelClosed(): void {
    if (--this.#channels === 0) this.#lastClosed();
  }

  /** From now on it is closed. */
  close(): void {
    this.#phase = "CLOSED";
    this.#endDrain();
  }

  /** Dismisses all within a time; settles when that is done, or `close` was called. */
  async dismiss<Client>(
    all: readonly Client[],
    durationMs: number,
    dismiss: (client: Client) => void,
  ): Promise<void> {
    this.#phase = "DRAINING";
    const { over, callOff } = spread(this.#clock, all, durationMs, dismiss);
    this.#endDrain = callOff;
    await over;
  }

  /** Settles when no channel is left. */
  async empty(): Promise<void> {
    if (this.#channels > 0) await new Promise<void>((resolve) => this.#lastClosed = resolve);
  }
}

function ignore(): void {}
