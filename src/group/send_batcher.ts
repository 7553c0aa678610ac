// Delays messages within a task, so that small ones share a frame (Nagle, RFC 896): the first ones
// are sent when the running code ends, and those that follow in the next task go together.
//
//         schedule                   flush, when the running code ends
//   idle ──────────▶ scheduled ─────────────────────────────────────────▶ cooldown, for a task
//     ▲                                                                      │  ▲
//     └─────────────────────── nothing was scheduled meanwhile ──────────────┤  │ else: flush
//                                                                            └──┘

import type { Platform } from "../platform/platform.ts";

export interface BatcherEnvironment {
  readonly platform: Pick<Platform, "enqueueMicrotask" | "enqueueTask">;
  readonly post: (turn: () => void) => void;
}

export class SendBatcher {
  readonly #environment: BatcherEnvironment;
  readonly #send: () => void;
  #isIdle = true;
  #isPending = false;

  constructor(environment: BatcherEnvironment, send: () => void) {
    this.#environment = environment;
    this.#send = send;
  }

  schedule(): void {
    this.#isPending = true;
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#environment.platform.enqueueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isPending = false;
    this.#environment.post(this.#send);
    this.#environment.platform.enqueueTask(() => {
      if (this.#isPending) return this.#flush();
      this.#isIdle = true;
    });
  }
}
