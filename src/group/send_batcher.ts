// Delays messages, so that small ones share a frame (Nagle, RFC 896): those after a pause are sent
// when the running code ends, and those that follow at once in the next task.

import type { Platform } from "../platform/platform.ts";

export interface BatcherEnvironment {
  readonly clock: { now(): number };
  readonly platform: Pick<Platform, "enqueueMicrotask" | "enqueueTask">;
  readonly post: (turn: () => void) => void;
}

/** Clocks of pages are as coarse as this. */
const PAUSE_MS = 1;

export class SendBatcher {
  readonly #environment: BatcherEnvironment;
  readonly #send: () => void;
  #flushedAt = -Infinity;
  #isScheduled = false;

  constructor(environment: BatcherEnvironment, send: () => void) {
    this.#environment = environment;
    this.#send = send;
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const { clock, platform } = this.#environment;
    const follows = clock.now() - this.#flushedAt < PAUSE_MS;
    if (follows) platform.enqueueTask(this.#flush);
    else platform.enqueueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#flushedAt = this.#environment.clock.now();
    this.#environment.post(this.#send);
  };
}
