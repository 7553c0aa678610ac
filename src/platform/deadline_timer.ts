/**
 * The one real timer of a peer: it is set to the earliest deadline of its parts.
 *
 * @module
 */

import type { Clock } from "./platform.ts";

/** A timer with one deadline, which can be moved. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #deadline: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Sets the deadline, in place of the one before; `undefined` stops the timer. */
  set(deadline: number | undefined): void {
    if (deadline === this.#deadline) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#deadline = deadline;
    if (deadline === undefined) return;
    this.#cancel = this.#clock.at(deadline, () => {
      this.#deadline = undefined;
      this.#cancel = undefined;
      this.#expired();
    });
  }
}
