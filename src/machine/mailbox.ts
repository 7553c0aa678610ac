/**
 * One event at a time, to completion: the whole concurrency model.
 *
 * ```text
 * socket ─┐
 * timer  ─┼─▶ post ─▶ handle ─▶ effects ─┐
 * call   ─┘     ▲                        │  what these post waits its turn
 *               └────────────────────────┘
 * ```
 *
 * @module
 */

/** Hands events to one handler in the order posted; an event posted meanwhile waits its turn. */
export class Mailbox<Event> {
  readonly #handle: (event: Event) => void;
  readonly #report: (error: unknown) => void;
  #waiting: Event[] = [];
  #busy = false;

  /**
   * @param handle Handles one event to completion.
   * @param report Is told what `handle` threw; the events behind it go on.
   */
  constructor(handle: (event: Event) => void, report: (error: unknown) => void) {
    this.#handle = handle;
    this.#report = report;
  }

  /** Handles the event now, or after those that are being handled. */
  post(event: Event): void {
    if (this.#busy) {
      this.#waiting.push(event);
      return;
    }
    this.#busy = true;
    try {
      this.#run(event);
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const next of batch) this.#run(next);
      }
    } finally {
      this.#busy = false;
    }
  }

  #run(event: Event): void {
    try {
      this.#handle(event);
    } catch (error) {
      this.#report(error);
    }
  }
}
