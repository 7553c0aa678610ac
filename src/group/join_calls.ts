// Calls of join() that are not settled. They settle once the group is joined and the members that
// were there list this peer, or have not answered for a while (D16).
//
// @sansio

import { type Deferred, Deferreds } from "../base/deferred.ts";
import type { MemberId } from "../base/ids.ts";
import { JOIN_LISTED_TIMEOUT_MS } from "../base/limits.ts";

export class JoinCalls extends Deferreds {
  /** Members of the group that may not list this peer yet. */
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

  /** These members are to list this peer. */
  expect(members: Iterable<MemberId>): void {
    if (this.size === 0) return;
    for (const member of members) this.#unlisted.add(member);
  }

  /** Also called when the member is gone. */
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
