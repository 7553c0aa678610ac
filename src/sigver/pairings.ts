/**
 * Who is paired with whom at the server, and in which directions letters still pass (pure).
 *
 * ```text
 *   newcomer ── content{ recipientId 0 } ──▶ server ── content{ senderId P } ────▶ member
 *   newcomer ◀── content{ recipientId P } ── server ◀── content{ recipientId P } ── member
 * ```
 *
 * The tables are changed in place: a letter must cost the same in a group of two and of thousands.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { asPairingId, type PairingId, type Random } from "../base/ids.ts";
import type { SignalingContent } from "../wire/signaling.ts";

/** One connection to the server: a number that is never used again. */
export type SessionId = number & { readonly __brand: "session" };

/** Takes a number for a connection's identifier; the server counts them. */
export function asSessionId(value: number): SessionId {
  return value as SessionId;
}

/** A letter, and the connection that it goes to. */
export interface Delivery {
  readonly to: SessionId;
  readonly content: SignalingContent;
}

/** A letter as a peer hands it in. What it says of its sender is not believed. */
export type Letter = Pick<SignalingContent, "recipient" | "last" | "data">;

interface Pairing {
  readonly id: PairingId;
  readonly newcomer: SessionId;
  readonly member: SessionId;
  /** The newcomer may still send. */
  readonly toMember: boolean;
  /** The member may still send. */
  readonly toNewcomer: boolean;
}

/** The pairings of one room; a newcomer has one at most. */
export class Pairings {
  readonly #random: Random;
  readonly #pairings = new Map<PairingId, Pairing>();
  readonly #asNewcomer = new Map<SessionId, PairingId>();
  readonly #asMember = new Map<SessionId, Set<PairingId>>();

  /** @param random Where the identifiers of pairings come from. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** How many there are. */
  get size(): number {
    return this.#pairings.size;
  }

  /** Pairs a newcomer with a member. Its last pairing ends; the answer tells the member of that. */
  pair(newcomer: SessionId, member: SessionId): readonly Delivery[] {
    assert(newcomer !== member, "a peer is paired with itself");
    const notices = this.endNewcomer(newcomer);
    const id = this.#drawId();
    this.#pairings.set(id, { id, newcomer, member, toMember: true, toNewcomer: true });
    this.#asNewcomer.set(newcomer, id);
    const hosted = this.#asMember.get(member);
    if (hosted) hosted.add(id);
    else this.#asMember.set(member, new Set([id]));
    return notices;
  }

  /**
   * Where a letter goes; `undefined` when there is no such pairing, or no longer that direction.
   */
  forward(from: SessionId, { recipient, last, data }: Letter): Delivery | undefined {
    return recipient === undefined
      ? this.#toMember(from, last, data)
      : this.#toNewcomer(from, recipient, last, data);
  }

  /** Ends the pairing that a newcomer has, if any; the answer tells the member. */
  endNewcomer(newcomer: SessionId): readonly Delivery[] {
    const pairing = this.#ofNewcomer(newcomer);
    if (pairing === undefined) return [];
    this.#remove(pairing);
    return pairing.toMember ? [noticeToMember(pairing)] : [];
  }

  /** Ends all pairings of a peer that went away; the answer tells the other sides. */
  endAll(session: SessionId): readonly Delivery[] {
    const notices = [...this.endNewcomer(session)];
    for (const id of this.#asMember.get(session) ?? []) {
      const pairing = this.#pairings.get(id);
      assert(pairing, "a member hosts a pairing that is not there");
      this.#remove(pairing);
      if (pairing.toNewcomer) notices.push(noticeToNewcomer(pairing));
    }
    return notices;
  }

  #toMember(from: SessionId, last: boolean, data: Letter["data"]): Delivery | undefined {
    const pairing = this.#ofNewcomer(from);
    if (!pairing?.toMember) return undefined;
    if (last) this.#replace({ ...pairing, toMember: false });
    return {
      to: pairing.member,
      content: { type: "content", sender: pairing.id, recipient: undefined, last, data },
    };
  }

  #toNewcomer(
    from: SessionId,
    id: PairingId,
    last: boolean,
    data: Letter["data"],
  ): Delivery | undefined {
    const pairing = this.#pairings.get(id);
    if (!pairing?.toNewcomer || pairing.member !== from) return undefined;
    if (last) this.#replace({ ...pairing, toNewcomer: false });
    return {
      to: pairing.newcomer,
      content: { type: "content", sender: undefined, recipient: id, last, data },
    };
  }

  #ofNewcomer(newcomer: SessionId): Pairing | undefined {
    const id = this.#asNewcomer.get(newcomer);
    return id === undefined ? undefined : this.#pairings.get(id);
  }

  #replace(pairing: Pairing): void {
    if (pairing.toMember || pairing.toNewcomer) this.#pairings.set(pairing.id, pairing);
    else this.#remove(pairing);
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

function noticeToMember({ id, member }: Pairing): Delivery {
  return {
    to: member,
    content: { type: "content", sender: id, recipient: undefined, last: false, data: undefined },
  };
}

function noticeToNewcomer({ id, newcomer }: Pairing): Delivery {
  return {
    to: newcomer,
    content: { type: "content", sender: undefined, recipient: id, last: false, data: undefined },
  };
}
