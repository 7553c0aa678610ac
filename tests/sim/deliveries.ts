// Checks G1 and G3 of docs/GUARANTEES.md under faults, including the number of lost messages and
// the reason that `memberleave` reports.

import { numberOf } from "./messages.ts";
import type { SeenEvent, SimPeer } from "./sim_network.ts";

export interface Departure {
  readonly member: number;
  readonly reason: "left" | "lost" | "stalled" | "reset" | undefined;
  readonly unacknowledged: number;
}

interface Sequence {
  readonly from: SimPeer;
  readonly toId: number;
  readonly numbers: number[];
  /** The number of messages up to the last reported leave of the receiver. */
  announced: number;
}

export class Deliveries {
  readonly #sequences = new Map<string, Sequence>();
  readonly #senders = new Map<number, { readonly from: SimPeer; readonly id: number }>();
  readonly #received = new Map<SimPeer, Set<number>>();
  /** The position of the receiver in each sequence, since it saw the sender join. */
  readonly #positions = new Map<string, number>();
  /** The leaves of a member that another one saw, and the resets. */
  readonly #leaves = new Map<string, number>();
  readonly #resets = new Map<string, number>();
  /** The peers that have ever had an id. */
  readonly #holders = new Map<number, Set<SimPeer>>();

  /** A member sends to all members that its program sees, or to one of them. */
  sending(from: SimPeer, toIds: readonly number[], number: number): void {
    const { myId } = from.group;
    this.#senders.set(number, { from, id: myId });
    for (const toId of toIds) {
      if (toId !== myId) this.#sequenceOf(from, myId, toId).numbers.push(number);
    }
  }

  /** Throws when a program receives a message too early or too late. */
  judge(peer: SimPeer, [kind, id, data]: SeenEvent): void {
    const { name, group: { myId } } = peer;
    if (kind === "myId") {
      this.#holders.set(id, (this.#holders.get(id) ?? new Set<SimPeer>()).add(peer));
    }
    if (kind === "join") this.#positions.delete(`${name} ${myId} ${id}`);
    if (kind !== "message") return;
    const number = numberOf(data);
    const sender = this.#senders.get(number);
    if (sender === undefined || this.isShared(id) || this.isShared(myId)) return;
    const { numbers } = this.#sequenceOf(sender.from, sender.id, myId);
    const position = numbers.lastIndexOf(number);
    const before = this.#positions.get(`${name} ${myId} ${id}`);
    this.#positions.set(`${name} ${myId} ${id}`, position);
    this.#received.set(peer, (this.#received.get(peer) ?? new Set<number>()).add(number));
    if (before === undefined || position === before + 1) return;
    const [guarantee, what] = position <= before ? ["G1", "out of order"] : ["G3", "after a gap"];
    throw new Error(`${guarantee}: ${name} gets message ${number} of ${id} ${what}`);
  }

  /**
   * Throws when a report counts fewer messages than are missing, or more than were sent, or a reset
   * of a member that did not restart.
   */
  departed(peer: SimPeer, { member, reason, unacknowledged }: Departure): void {
    const { name, group: { myId } } = peer;
    const sequence = this.#sequenceOf(peer, myId, member);
    const sent = sequence.numbers.slice(sequence.announced);
    sequence.announced = sequence.numbers.length;
    if (reason !== "reset") count(this.#leaves, `${myId} ${member}`);
    if (this.isShared(member) || this.isShared(myId)) return;
    const [other] = this.#holders.get(member) ?? [];
    if (other === undefined) return;
    const missing = sent.filter((number) => this.#received.get(other)?.has(number) !== true).length;
    if (unacknowledged < missing || unacknowledged > sent.length) {
      throw new Error(
        `G3: ${name} gets ${unacknowledged} unacknowledged messages of ${other.name}, ` +
          `but ${missing} of ${sent.length} are missing`,
      );
    }
    if (reason !== "reset") return;
    const resets = count(this.#resets, `${myId} ${member}`);
    const leaves = this.#leaves.get(`${member} ${myId}`) ?? 0;
    if (resets > leaves) {
      throw new Error(`G8: ${name} gets a reset of ${other.name}, which did not restart`);
    }
  }

  /** Returns a message that never arrived, without a report of its loss. */
  missing(everyone: readonly SimPeer[], excused: ReadonlySet<SimPeer>): string | undefined {
    const here = new Map(everyone.map((one) => [one.group.myId, one]));
    for (const { from, toId, numbers, announced } of this.#sequences.values()) {
      const to = here.get(toId);
      if (to === undefined || excused.has(from) || excused.has(to)) continue;
      if (this.isShared(toId) || this.isShared(from.group.myId)) continue;
      const late = numbers.slice(announced).find((number) =>
        this.#senders.get(number)?.id === from.group.myId && everyone.includes(from) &&
        !this.#received.get(to)?.has(number)
      );
      if (late !== undefined) {
        return `G3: ${to.name} never got message ${late} of ${from.name}, which got no report`;
      }
    }
    return undefined;
  }

  #sequenceOf(from: SimPeer, id: number, toId: number): Sequence {
    const name = `${from.name} ${id} ${toId}`;
    const known = this.#sequences.get(name) ?? { from, toId, numbers: [], announced: 0 };
    this.#sequences.set(name, known);
    return known;
  }

  /** If two peers ever had the same id, one may have received messages for the other. */
  isShared(id: number): boolean {
    return (this.#holders.get(id)?.size ?? 0) > 1;
  }
}

function count(counts: Map<string, number>, name: string): number {
  const more = (counts.get(name) ?? 0) + 1;
  counts.set(name, more);
  return more;
}
