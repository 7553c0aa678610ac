/**
 * The one real timer of a peer, always set to the earliest deadline of its parts.
 *
 * @module
 */

import type { Clock } from "./platform.ts";

/** A timer that is moved rather than made anew. */
export class Alarm {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #deadline: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Rings at the deadline; never when there is none. */
  set(deadline: number | undefined): void {
    if (deadline === this.#deadline) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#deadline = deadline;
    if (deadline === undefined) return;
    this.#cancel = this.#clock.at(deadline, () => {
      this.#deadline = undefined;
      this.#cancel = undefined;
      this.#wake();
    });
  }
}
