// The shutdown of a server: at once, or after its clients were disconnected one after the other.
//
//   OPEN ── drain ──▶ DRAINING ── all clients are closed ──▶ CLOSED
//     └────────────────────────── close ──────────────────────▲

import { Deferreds } from "../base/deferred.ts";
import { unusable } from "../base/describe_value.ts";
import { DRAIN_TICK_MS } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";

export class Shutdown {
  phase: "OPEN" | "DRAINING" | "CLOSED" = "OPEN";
  readonly #clock: Clock;
  #stopDraining = () => {};
  #channels = 0;
  readonly #allClosed = new Deferreds();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  channelOpened(): void {
    this.#channels++;
  }

  channelClosed(): void {
    if (--this.#channels === 0) this.#allClosed.resolve();
  }

  close(): void {
    this.phase = "CLOSED";
    this.#stopDraining();
  }

  /** Closes clients gradually; resolves after the last one, or when `close` is called. */
  drain<Client>(
    clients: readonly Client[],
    durationMs: number,
    close: (client: Client) => void,
  ): Promise<void> {
    this.phase = "DRAINING";
    const startMs = this.#clock.now();
    let next = 0;
    return new Promise((resolve) => {
      const tick = () => {
        const now = this.#clock.now();
        const passed = durationMs === 0 ? 1 : (now - startMs) / durationMs;
        const due = Math.min(Math.floor(passed * clients.length) + 1, clients.length);
        while (next < due) close(clients[next++]!);
        if (next === clients.length) return resolve();
        const stop = this.#clock.at(now + DRAIN_TICK_MS, tick);
        this.#stopDraining = () => {
          stop();
          resolve();
        };
      };
      tick();
    });
  }

  get channelsClosed(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#channels === 0) resolve();
      else this.#allClosed.add({ resolve, reject });
    });
  }
}

/** @throws {TypeError} With such a duration, a drain would never end. */
export function checkDrainDuration(durationMs: unknown): void {
  if (Number.isFinite(durationMs) && Number(durationMs) >= 0) return;
  throw unusable(durationMs, "durationMs", "a number of milliseconds");
}
