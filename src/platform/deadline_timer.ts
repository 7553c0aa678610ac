// The one real timer of a peer, set to the earliest deadline of its components.

import type { Clock } from "./platform.ts";

/**
 * Most inputs move the deadline, usually to a later time. Resetting the timer of the platform each
 * time would cost more than a message, so it fires early, and is then set again.
 */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #deadline: number | undefined;
  #armed: { readonly at: number; readonly stop: () => void } | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  set(deadline: number | undefined): void {
    this.#deadline = deadline;
    if (deadline !== undefined && this.#armed !== undefined && this.#armed.at <= deadline) return;
    this.#armed?.stop();
    this.#armed = deadline === undefined
      ? undefined
      : { at: deadline, stop: this.#clock.at(deadline, () => this.#fired()) };
  }

  #fired(): void {
    this.#armed = undefined;
    // Without a deadline, no timer is set.
    if (this.#clock.now() < this.#deadline!) this.set(this.#deadline);
    else this.#expired();
  }
}
