/**
 * What has to hold when nothing goes wrong: G5 and G11.
 *
 * @module
 */

import type { Crew } from "./crew.ts";
import { disagreement } from "./oracles.ts";
import type { Villager } from "./village.ts";

const QUIET_MS = 20_000;
/** G5: agreement so long after a leave or a join, and after a crash, beyond the time of grace. */
const AGREED_MS = 2_000;
const CRASH_AGREED_MS = 500;
/** What a frame takes, at most, over the slowest link and a relay. */
const ON_ITS_WAY_MS = 250;
/** A newcomer has a channel to everyone that it can have one to. */
const LINKED_MS = 5_000;

/** A group that nothing goes wrong in. */
export class Calm {
  readonly #crew: Crew;

  constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** Lets nothing happen, and then what every day happens. */
  pass(): void {
    this.#quiet();
    const [first] = this.#peers();
    if (first !== undefined) {
      this.#crew.leave(first);
      this.#agreed(AGREED_MS, "a leave");
    }
    const newcomers = [this.#crew.add(true), this.#crew.add(true)];
    this.#agreed(AGREED_MS, "a join");
    this.#linked(newcomers);
    const last = this.#peers().at(-1);
    if (last === undefined) return;
    this.#crew.crash(last);
    this.#agreed(this.#crew.graceTime + CRASH_AGREED_MS + ON_ITS_WAY_MS, "a crash");
  }

  #peers(): readonly Villager[] {
    return this.#crew.everyone.filter((one) => this.#crew.peers.includes(one));
  }

  /** G11: nobody connects anew, but those that could not yet; nobody sees anything. */
  #quiet(): void {
    const { village: { world, villagers }, canConnect } = this.#crew;
    const dials = new Map(world.dials);
    const seen = villagers.map((one) => one.seen.length);
    this.#crew.pass(QUIET_MS);
    for (const [pair, count] of world.dials) {
      const [a = "", b = ""] = pair.split(" ");
      const tries = count - (dials.get(pair) ?? 0);
      if (tries > (canConnect(a, b) ? 1 : 2)) {
        throw new Error(`G11: ${a} and ${b} try to connect ${tries} times in a quiet group`);
      }
    }
    for (const [index, one] of villagers.entries()) {
      const news = one.seen.slice(seen[index]).filter(([kind]) => kind !== "signaling");
      if (news.length > 0 && this.#crew.isHere(one)) {
        throw new Error(`G11: ${one.name} sees ${news[0]?.join(" ")} in a quiet group`);
      }
    }
  }

  /** G5: all agree in time. */
  #agreed(ms: number, what: string): void {
    this.#crew.pass(ms);
    const why = disagreement(this.#crew.everyone);
    if (why !== undefined) throw new Error(`G5: no agreement ${ms} ms after ${what}: ${why}`);
  }

  #linked(newcomers: readonly Villager[]): void {
    this.#crew.pass(LINKED_MS);
    for (const one of newcomers) {
      for (const other of this.#crew.everyone) {
        if (one === other || !this.#crew.canLink(one, other)) continue;
        if (!one.group.neighbors.includes(other.group.myId)) {
          throw new Error(`G11: ${one.name} has no channel to ${other.name} after ${LINKED_MS} ms`);
        }
      }
    }
  }
}
