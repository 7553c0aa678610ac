// Delays messages within a task, so that small ones share a frame (Nagle, RFC 896): the first ones
// are sent when the running code ends, and those that follow in the next task go together.
//
//         schedule                   flush, when the running code ends
//   idle ──────────▶ scheduled ─────────────────────────────────────────▶ cooldown, for a task
//     ▲                                                                      │  ▲
//     └─────────────────────── nothing was scheduled meanwhile ──────────────┤  │ else: flush
//                                                                            └──┘

export interface BatcherEnvironment {
  readonly enqueueMicrotask: (callback: () => void) => void;
  /** The task is behind those that are due. */
  readonly enqueueTask: (callback: () => void) => void;
  readonly post: (turn: () => void) => void;
}

export class SendBatcher {
  readonly #environment: BatcherEnvironment;
  readonly #send: () => void;
  #state: "idle" | "scheduled" | "cooldown" = "idle";
  #isPending = false;

  constructor(environment: BatcherEnvironment, send: () => void) {
    this.#environment = environment;
    this.#send = send;
  }

  schedule(): void {
    this.#isPending = true;
    if (this.#state !== "idle") return;
    this.#state = "scheduled";
    this.#environment.enqueueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isPending = false;
    this.#state = "cooldown";
    this.#environment.post(this.#send);
    this.#environment.enqueueTask(() => {
      if (this.#isPending) return this.#flush();
      this.#state = "idle";
    });
  }
}
