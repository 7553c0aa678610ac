/**
 * Who is paired with whom at the server, and in which directions letters still pass.
 *
 * ```text
 *   newcomer ── content{ recipientId 0 } ──▶ server ── content{ senderId P } ────▶ member
 *   newcomer ◀── content{ recipientId P } ── server ◀── content{ recipientId P } ── member
 * ```
 *
 * The tables are changed in place: a letter must cost the same in a group of two and of thousands.
 *
 * @sansio
 * @module
 */

import { assert } from "../base/assert.ts";
import { asPairingId, type PairingId, type Random } from "../base/ids.ts";
import type { SignalingContent } from "../wire/signaling.ts";
import type { Excess, SigverLimits } from "./limits.ts";

/** The id of a client connection: a number that is never used again. */
export type ConnectionId = number & { readonly __brand: "connection" };

/** Brands a number as the id of a connection; the server counts them. */
export function asConnectionId(value: number): ConnectionId {
  return value as ConnectionId;
}

/** A letter, and the connection that it goes to. */
export interface Delivery {
  readonly to: ConnectionId;
  readonly content: SignalingContent;
}

/** A letter as a peer hands it in. What it says of its sender is not believed. */
export type Letter = Pick<SignalingContent, "recipient" | "last" | "data">;

/** A letter that is one too many, or too long: its sender has to go. */
export interface Flood {
  readonly excess: Excess;
}

/** What went one way in a pairing. */
interface Direction {
  /** Nothing more follows. */
  closed: boolean;
  letters: number;
  bytes: number;
}

interface Pairing {
  readonly id: PairingId;
  readonly newcomer: ConnectionId;
  readonly member: ConnectionId;
  readonly sinceMs: number;
  readonly toMember: Direction;
  readonly toNewcomer: Direction;
}

/** The pairings of one room; a newcomer has one at most. */
export class Pairings {
  readonly #random: Random;
  readonly #limits: SigverLimits;
  /** The oldest first. */
  readonly #pairings = new Map<PairingId, Pairing>();
  readonly #asNewcomer = new Map<ConnectionId, PairingId>();
  readonly #asMember = new Map<ConnectionId, Set<PairingId>>();

  /** @param random Where the identifiers of pairings come from. */
  constructor(random: Random, limits: SigverLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#pairings.size;
  }

  /** Whether a member has as many newcomers as it may. */
  isFull(member: ConnectionId): boolean {
    return (this.#asMember.get(member)?.size ?? 0) >= this.#limits.memberPairings;
  }

  /** Pairs a newcomer, whose last pairing has ended, with a member. */
  pair(newcomer: ConnectionId, member: ConnectionId, nowMs: number): void {
    assert(newcomer !== member, "a peer is paired with itself");
    assert(!this.#asNewcomer.has(newcomer), "a newcomer is paired twice");
    const id = this.#drawId();
    const [toMember, toNewcomer] = [newDirection(), newDirection()];
    this.#pairings.set(id, { id, newcomer, member, sinceMs: nowMs, toMember, toNewcomer });
    this.#asNewcomer.set(newcomer, id);
    const hosted = this.#asMember.get(member);
    if (hosted) hosted.add(id);
    else this.#asMember.set(member, new Set([id]));
  }

  /**
   * Where a letter goes; `undefined` when there is no such pairing, or no longer that direction.
   */
  forward(from: ConnectionId, letter: Letter): Delivery | Flood | undefined {
    const { recipient, last, data } = letter;
    const pairing = recipient === undefined
      ? this.#ofNewcomer(from)
      : this.#pairings.get(recipient);
    if (pairing === undefined) return undefined;
    const isMember = recipient !== undefined;
    // Whose pairing it is not has no direction in it.
    if (isMember && pairing.member !== from) return undefined;
    const direction = isMember ? pairing.toNewcomer : pairing.toMember;
    if (direction.closed) return undefined;
    const excess = this.#excessOf(direction, data);
    if (excess) return { excess };
    direction.closed = last;
    if (pairing.toMember.closed && pairing.toNewcomer.closed) this.#remove(pairing);
    return isMember
      ? { to: pairing.newcomer, content: contentToNewcomer(pairing, last, data) }
      : { to: pairing.member, content: contentToMember(pairing, last, data) };
  }

  /** Ends the pairing that a newcomer has, if any; the answer tells the member. */
  endNewcomer(newcomer: ConnectionId): readonly Delivery[] {
    const pairing = this.#ofNewcomer(newcomer);
    return pairing === undefined ? [] : this.#end(pairing, "member");
  }

  /** Ends all pairings of a peer that went away; the answer tells the other sides. */
  endAll(connection: ConnectionId): readonly Delivery[] {
    const notices = [...this.endNewcomer(connection)];
    for (const id of this.#asMember.get(connection) ?? []) {
      const pairing = this.#pairings.get(id);
      assert(pairing, "a member hosts a pairing that is not there");
      notices.push(...this.#end(pairing, "newcomer"));
    }
    return notices;
  }

  /** Ends the pairings that are too old, one after the other; the answers tell both sides. */
  *expire(nowMs: number): Iterable<readonly Delivery[]> {
    for (const pairing of this.#pairings.values()) {
      if (nowMs - pairing.sinceMs <= this.#limits.pairingMs) return;
      yield this.#end(pairing, "both");
    }
  }

  /** Who can still send to a side is told that the other one is not there any more. */
  #end(pairing: Pairing, told: "member" | "newcomer" | "both"): readonly Delivery[] {
    this.#remove(pairing);
    const { member, newcomer, toMember, toNewcomer } = pairing;
    const notices: Delivery[] = [];
    if (told !== "newcomer" && !toMember.closed) {
      notices.push({ to: member, content: contentToMember(pairing, false, undefined) });
    }
    if (told !== "member" && !toNewcomer.closed) {
      notices.push({ to: newcomer, content: contentToNewcomer(pairing, false, undefined) });
    }
    return notices;
  }

  #excessOf(direction: Direction, data: Letter["data"]): Excess | undefined {
    direction.letters++;
    direction.bytes += data?.length ?? 0;
    if (direction.letters > this.#limits.pairingLetters) return "pairing_letters";
    return direction.bytes > this.#limits.pairingBytes ? "pairing_bytes" : undefined;
  }

  #ofNewcomer(newcomer: ConnectionId): Pairing | undefined {
    const id = this.#asNewcomer.get(newcomer);
    return id === undefined ? undefined : this.#pairings.get(id);
  }

  #remove({ id, newcomer, member }: Pairing): void {
    this.#pairings.delete(id);
    this.#asNewcomer.delete(newcomer);
    const hosted = this.#asMember.get(member);
    hosted?.delete(id);
    if (hosted?.size === 0) this.#asMember.delete(member);
  }

  /** 31 bits, not 0, not in use; counts on from one that is, so that it ends with any chance. */
  #drawId(): PairingId {
    let id = (this.#random.uint32() >>> 1) || 1;
    while (this.#pairings.has(asPairingId(id))) id = id % PAIRING_ID_MAX + 1;
    return asPairingId(id);
  }
}

const PAIRING_ID_MAX = 0x7fff_ffff;

function newDirection(): Direction {
  return { closed: false, letters: 0, bytes: 0 };
}

function contentToMember({ id }: Pairing, last: boolean, data: Letter["data"]): SignalingContent {
  return { type: "content", sender: id, recipient: undefined, last, data };
}

function contentToNewcomer({ id }: Pairing, last: boolean, data: Letter["data"]): SignalingContent {
  return { type: "content", sender: undefined, recipient: id, last, data };
}
