// Pending calls of join(). They settle when the group is joined and all its members list this peer,
// or after a time limit (D16).
//
// @sansio

import { type Deferred, Deferreds } from "../base/deferred.ts";
import type { MemberId } from "../base/ids.ts";
import { JOIN_LISTED_TIMEOUT_MS } from "../base/limits.ts";

export class JoinCalls extends Deferreds {
  /** Members that may not list this peer yet. */
  readonly #unlisted = new Set<MemberId>();
  #isJoined = false;
  #deadline: number | undefined;

  get deadline(): number | undefined {
    return this.#deadline;
  }

  override add(call: Deferred): void {
    super.add(call);
    this.#settle();
  }

  /** Waits until these members list this peer. */
  expect(members: Iterable<MemberId>): void {
    if (this.size === 0) return;
    for (const member of members) this.#unlisted.add(member);
  }

  /** A member lists this peer, or is gone. */
  listed(member: MemberId): void {
    if (this.#unlisted.delete(member)) this.#settle();
  }

  joined(isJoined: boolean, now: number): void {
    this.#isJoined = isJoined;
    if (isJoined && this.#unlisted.size > 0) this.#deadline ??= now + JOIN_LISTED_TIMEOUT_MS;
    this.#settle();
  }

  clear(): void {
    this.#unlisted.clear();
    this.#deadline = undefined;
  }

  tick(now: number): void {
    if (this.#deadline === undefined || this.#deadline > now) return;
    this.#unlisted.clear();
    this.#settle();
  }

  #settle(): void {
    if (this.#unlisted.size > 0) return;
    this.#deadline = undefined;
    if (this.#isJoined) this.resolve();
  }
}
