/**
 * The way that messages to each member take, and their order when it changes.
 *
 * ```text
 *             the way is another         the mark has arrived, or too long passed
 *  on its way ───────────────▶ waiting ──────────────────────────────────────────▶ on its way
 *             a mark goes the old way,   what waited goes the new way
 *             behind all that went there
 * ```
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { MARK_TIMEOUT_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";

/** What the ways need. A hop is the channel of a neighbor, by whatever it is known. */
export interface WayPorts<Hop> {
  /** To what a message for a member is handed now. */
  readonly hopTo: (member: MemberId) => Hop | undefined;
  /** Sends a mark to a member by an old way; `false` when that way or the member cannot do so. */
  readonly mark: (member: MemberId, oldHop: Hop, number: number) => boolean;
}

interface Way<Hop> {
  hop: Hop | undefined;
  /** What waits for the mark of this number to arrive. */
  waiting:
    | { readonly number: number; readonly until: number; readonly sends: (() => void)[] }
    | undefined;
}

/** The ways to all members. */
export class Ways<Hop> {
  readonly #ports: WayPorts<Hop>;
  readonly #ways = new Map<MemberId, Way<Hop>>();
  #lastMark = 0;
  #waiting = 0;

  constructor(ports: WayPorts<Hop>) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    // Asked after each turn, and nearly always nothing waits.
    if (this.#waiting === 0) return undefined;
    return earliest([...this.#ways.values()].map(({ waiting }) => waiting?.until));
  }

  /** Sends a message to a member, now or when those before it have arrived. */
  send(member: MemberId, now: number, send: () => void): void {
    const hop = this.#ports.hopTo(member);
    const way: Way<Hop> = this.#ways.get(member) ?? { hop, waiting: undefined };
    this.#ways.set(member, way);
    if (way.waiting !== undefined) return void way.waiting.sends.push(send);
    const oldHop = way.hop;
    way.hop = hop;
    if (oldHop !== undefined && oldHop !== hop) {
      this.#lastMark = (this.#lastMark + 1) >>> 0;
      if (this.#ports.mark(member, oldHop, this.#lastMark)) {
        const until = now + MARK_TIMEOUT_MS;
        way.waiting = { number: this.#lastMark, until, sends: [send] };
        this.#waiting++;
        return;
      }
    }
    send();
  }

  /** A member has got a mark. */
  arrived(member: MemberId, number: number): void {
    const way = this.#ways.get(member);
    if (way?.waiting?.number === number) this.#release(member, way);
  }

  /** A member is gone: what waited for it is sent nowhere. */
  forget(member: MemberId): void {
    const way = this.#ways.get(member);
    this.#ways.delete(member);
    if (way?.waiting === undefined) return;
    this.#waiting--;
    for (const send of way.waiting.sends) send();
  }

  /** All members are gone. */
  clear(): void {
    for (const member of [...this.#ways.keys()]) this.forget(member);
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const [member, way] of this.#ways) {
      if (way.waiting !== undefined && way.waiting.until <= now) this.#release(member, way);
    }
  }

  #release(member: MemberId, way: Way<Hop>): void {
    const sends = way.waiting?.sends ?? [];
    way.waiting = undefined;
    this.#waiting--;
    way.hop = this.#ports.hopTo(member);
    for (const send of sends) send();
  }
}
