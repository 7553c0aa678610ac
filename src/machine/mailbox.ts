/**
 * Handles one event at a time, to completion: the concurrency model of a peer.
 *
 * ```text
 * socket ─┐                                   follow: facts of the parts, handled before
 * timer  ─┼─▶ post ─▶ handle ─▶ effects ─┐    anything else from outside
 * call   ─┘     ▲          ▲             │
 *               └──────────┴─────────────┘    what is posted meanwhile waits its turn
 * ```
 *
 * @sansio
 * @module
 */

export class Mailbox<Event> {
  readonly #handle: (event: Event) => void;
  readonly #report: (error: unknown) => void;
  readonly #idle: () => void;
  #waiting: Event[] = [];
  #following: Event[] = [];
  #busy = false;

  /** Errors that `handle` throws go to `report`; `idle` is called when the mailbox is empty. */
  constructor(
    handle: (event: Event) => void,
    report: (error: unknown) => void,
    idle: () => void = () => {},
  ) {
    this.#handle = handle;
    this.#report = report;
    this.#idle = idle;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  /** The event comes from outside: it is handled after those before it. */
  readonly post = (event: Event): void => {
    this.#waiting.push(event);
    if (!this.#busy) this.#drain();
  };

  /** Handles an event that follows from the one being handled, before any event from outside. */
  readonly follow = (event: Event): void => {
    this.#following.push(event);
    if (!this.#busy) this.#drain();
  };

  #drain(): void {
    this.#busy = true;
    try {
      while (this.#waiting.length + this.#following.length > 0) {
        this.#drainFollowing();
        const batch = this.#waiting;
        this.#waiting = [];
        for (const event of batch) {
          this.#run(event);
          this.#drainFollowing();
        }
      }
    } finally {
      this.#busy = false;
    }
    this.#idle();
  }

  #drainFollowing(): void {
    while (this.#following.length > 0) {
      const batch = this.#following;
      this.#following = [];
      for (const event of batch) this.#run(event);
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

export function runTurn(turn: () => void): void {
  turn();
}
