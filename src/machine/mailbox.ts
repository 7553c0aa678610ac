// Runs one turn at a time, to completion: the concurrency model of a peer.
//
//   socket ─┐                                      follow: events of the parts, which run before
//   timer  ─┼─▶ post ─▶ a turn ─▶ a method of ─┐   anything else from outside
//   call   ─┘     ▲        ▲      a part       │
//                 └────────┴───────────────────┘   post: what comes meanwhile waits
//
// @sansio

export class Mailbox {
  readonly #report: (error: unknown) => void;
  readonly #idle: () => void;
  #waiting: (() => void)[] = [];
  #following: (() => void)[] = [];
  #busy = false;

  /** Errors of turns go to `report`; `idle` is called when the mailbox is empty. */
  constructor(report: (error: unknown) => void, idle: () => void = () => {}) {
    this.#report = report;
    this.#idle = idle;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  /** An input from outside: it runs after those before it, and after all that follows from them. */
  readonly post = (turn: () => void): void => {
    this.#waiting.push(turn);
    if (!this.#busy) this.#drain();
  };

  /** An event that follows from the running turn: it runs before any input from outside. */
  readonly follow = (turn: () => void): void => {
    this.#following.push(turn);
    if (!this.#busy) this.#drain();
  };

  #drain(): void {
    this.#busy = true;
    try {
      while (this.#waiting.length + this.#following.length > 0) {
        this.#drainFollowing();
        const batch = this.#waiting;
        this.#waiting = [];
        for (const turn of batch) {
          this.#run(turn);
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
      for (const turn of batch) this.#run(turn);
    }
  }

  #run(turn: () => void): void {
    try {
      turn();
    } catch (error) {
      this.#report(error);
    }
  }
}
