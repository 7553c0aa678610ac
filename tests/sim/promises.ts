// Checks that each call of `join`, `leave` and `send` settles, and that failures have true reasons.

import { DeliveryError, SignalingError } from "../../src/base/errors.ts";
import type { SimPeer } from "./sim_network.ts";

/** A call of a program, and its outcome. */
interface Call {
  readonly by: SimPeer;
  readonly what: string;
  /** For `send` and `sendTo`: earlier leaves of the recipients that the program had seen. */
  readonly seen: ReadonlyMap<number, number> | undefined;
  readonly promise: Promise<unknown>;
  error: unknown;
  isSettled: boolean;
}

/** A run is synchronous, so outcomes show only after it. */
export class Promises {
  readonly #isExcused: (id: number) => boolean;
  readonly #calls: Call[] = [];
  readonly #leaves = new Map<SimPeer, Map<number, number>>();
  readonly #mustFail = new Set<Promise<unknown>>();

  /** @param isExcused Whether a member with this id is untrusted. */
  constructor(isExcused: (id: number) => boolean) {
    this.#isExcused = isExcused;
  }

  called(by: SimPeer, what: string, promise: Promise<unknown>): void {
    this.#calls.push({ by, what, seen: undefined, promise, error: undefined, isSettled: false });
  }

  sent(by: SimPeer, what: string, toIds: readonly number[], promise: Promise<unknown>): void {
    const seen = new Map(toIds.map((id) => [id, this.#leavesOf(by, id)]));
    this.#calls.push({ by, what, seen, promise, error: undefined, isSettled: false });
  }

  left(peer: SimPeer, id: number): void {
    const leaves = this.#leaves.get(peer) ?? new Map<number, number>();
    this.#leaves.set(peer, leaves.set(id, (leaves.get(id) ?? 0) + 1));
  }

  /** The promise has to reject, since the recipient is gone. */
  hasToFail(promise: Promise<unknown>): void {
    this.#mustFail.add(promise);
  }

  /** Throws if a promise did not settle, unless its process is gone. */
  async check(isHere: (peer: SimPeer) => boolean): Promise<void> {
    for (const query of this.#calls) {
      query.promise.then(
        () => query.isSettled = true,
        (error) => [query.isSettled, query.error] = [true, error],
      );
    }
    // All promises settle before the next task.
    await new Promise<void>((resolve) => setTimeout(resolve));
    for (const query of this.#calls) if (isHere(query.by)) this.#judge(query);
  }

  #judge({ by, what, seen, promise, error, isSettled }: Call): void {
    const name = `${what} of ${by.name}`;
    if (!isSettled) throw new Error(`Promises: ${name} does not settle`);
    if (error === undefined) {
      if (!this.#mustFail.has(promise)) return;
      throw new Error(`Promises: ${name} resolves although the member left`);
    }
    if (seen === undefined) {
      // A cancelled join: the group was left, or the server refused it.
      if (error instanceof SignalingError) return;
      if (error instanceof DOMException && error.name === "AbortError") return;
      throw new Error(`Promises: ${name} rejects: ${error}`);
    }
    if ([...seen.keys()].some((id) => this.#isExcused(id))) return;
    const isGone = [...seen].some(([id, before]) => this.#leavesOf(by, id) > before);
    const isTold = error instanceof DeliveryError && error.code === "MEMBER_LEFT";
    if (!isTold || !isGone) throw new Error(`Promises: ${name} rejects: ${error}`);
  }

  #leavesOf(peer: SimPeer, id: number): number {
    return this.#leaves.get(peer)?.get(id) ?? 0;
  }
}
