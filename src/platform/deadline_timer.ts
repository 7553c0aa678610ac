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
  #firesAt: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  set(deadline: number | undefined): void {
    this.#deadline = deadline;
    if (deadline !== undefined && this.#firesAt !== undefined && this.#firesAt <= deadline) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#firesAt = deadline;
    if (deadline !== undefined) this.#cancel = this.#clock.at(deadline, () => this.#fired());
  }

  #fired(): void {
    this.#firesAt = undefined;
    this.#cancel = undefined;
    if (this.#deadline === undefined) return;
    if (this.#clock.now() < this.#deadline) this.set(this.#deadline);
    else this.#expired();
  }
}
