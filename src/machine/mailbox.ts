// Runs one turn at a time, to completion: the concurrency model of a peer.
//
//   socket ─┐                                      follow: events of components, which run before
//   timer  ─┼─▶ post ─▶ a turn ─▶ a method of ─┐   any input from outside
//   call   ─┘     ▲        ▲      a component  │
//                 └────────┴───────────────────┘   post: inputs that arrive during a turn wait
//
// @sansio

export class Mailbox {
  readonly #report: (error: unknown) => void;
  readonly #idle: () => void;
  #waiting: (() => void)[] = [];
  #following: (() => void)[] = [];
  #busy = false;
  #isPreparing = false;

  /** Errors of turns are passed to `report`. `idle` is called when the mailbox is empty. */
  constructor(report: (error: unknown) => void, idle: () => void = () => {}) {
    this.#report = report;
    this.#idle = idle;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  /** Whether the running turn is one of `prepare`, which found the mailbox empty. */
  readonly isPreparing = (): boolean => this.#isPreparing;

  /** Runs an input from outside, after all earlier inputs and the events that follow from them. */
  readonly post = (turn: () => void): void => {
    if (this.#busy) this.#waiting.push(turn);
    else this.#drain(turn);
  };

  /** Like `post`, for a call that only prepares a later turn: `idle` is not called after it. */
  readonly prepare = (turn: () => void): void => {
    if (this.#busy) return void this.#waiting.push(turn);
    this.#busy = this.#isPreparing = true;
    this.#run(turn);
    this.#busy = this.#isPreparing = false;
    if (this.#waiting.length + this.#following.length > 0) this.#drain();
  };

  /** Runs an event that follows from the running turn, before any input from outside. */
  readonly follow = (turn: () => void): void => {
    if (this.#busy) this.#following.push(turn);
    else this.#drain(turn);
  };

  #drain(first?: () => void): void {
    this.#busy = true;
    try {
      if (first !== undefined) this.#run(first);
      this.#drainFollowing();
      // The loop also runs what is posted meanwhile.
      for (const turn of this.#waiting) {
        this.#run(turn);
        this.#drainFollowing();
      }
    } finally {
      // Also if `report` has thrown: no turn runs twice.
      if (this.#waiting.length > 0) this.#waiting = [];
      if (this.#following.length > 0) this.#following = [];
      this.#busy = false;
    }
    this.#idle();
  }

  #drainFollowing(): void {
    if (this.#following.length === 0) return;
    for (const turn of this.#following) this.#run(turn);
    this.#following = [];
  }

  #run(turn: () => void): void {
    try {
      turn();
    } catch (error) {
      this.#report(error);
    }
  }
}
