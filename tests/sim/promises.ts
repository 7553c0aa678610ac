// Each call of `join`, `leave` and `send` settles, and a failure has a true reason.

import { DeliveryError, SignalingError } from "../../src/base/errors.ts";
import type { SimPeer } from "./sim_network.ts";

/** A call that a program made, and what became of it. */
interface Call {
  readonly by: SimPeer;
  readonly what: string;
  /** Leaves of the addressed members that the program had seen before; of `send` and `sendTo`. */
  readonly seen: ReadonlyMap<number, number> | undefined;
  readonly promise: Promise<unknown>;
  error: unknown;
  isSettled: boolean;
}

/** All calls of a run. A run is synchronous, so what became of them shows when it is over. */
export class Promises {
  readonly #isExcused: (id: number) => boolean;
  readonly #calls: Call[] = [];
  /** How often a program saw a member leave. */
  readonly #leaves = new Map<SimPeer, Map<number, number>>();
  readonly #mustFail = new Set<Promise<unknown>>();

  /** @param isExcused Whether a member with this id is untrusted. */
  constructor(isExcused: (id: number) => boolean) {
    this.#isExcused = isExcused;
  }

  /** A program calls `join` or `leave`. */
  called(by: SimPeer, what: string, promise: Promise<unknown>): void {
    this.#calls.push({ by, what, seen: undefined, promise, error: undefined, isSettled: false });
  }

  /** A program sends to members. */
  sent(by: SimPeer, what: string, toIds: readonly number[], promise: Promise<unknown>): void {
    const seen = new Map(toIds.map((id) => [id, this.#leavesOf(by, id)]));
    this.#calls.push({ by, what, seen, promise, error: undefined, isSettled: false });
  }

  /** A program sees a member leave. */
  left(peer: SimPeer, id: number): void {
    const leaves = this.#leaves.get(peer) ?? new Map<number, number>();
    this.#leaves.set(peer, leaves.set(id, (leaves.get(id) ?? 0) + 1));
  }

  /** A promise has to reject, since the member to which something waits is gone. */
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
    // A task of its own: all that settles has settled by then.
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
