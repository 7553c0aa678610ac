/**
 * One group at the server: who is a member, who is paired with whom, and what each peer is told
 * (pure).
 *
 * | others | shares | outside | blocked | what a `connect` leads to                                    |
 * |--------|--------|---------|---------|--------------------------------------------------------------|
 * | no     |        |         |         | a member; `connected: true`                                  |
 * | yes    | yes    | no      |         | a member; `connected: true`                                  |
 * | yes    | yes    | yes     |         | a member; `connected: false`, paired with one outside        |
 * | yes    | no     |         | yes     | the only member is closed; a member; `connected: true`       |
 * | yes    | no     |         | no      | not a member; `connected: false`, paired with any of the others |
 *
 * *others*: members besides the caller. *shares*: its view holds one of them. *outside*: some of
 * them have been here for long and are not in its view, so the group is split. *blocked*: there is
 * one
 * other, and the caller was paired with it before, in vain.
 *
 * The tables are changed in place: a copy a step would make the joining of n peers cost n².
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { MemberId, PairingId, Random } from "../base/ids.ts";
import { SPLIT_AFTER_MS } from "../base/limits.ts";
import { decide, type Rule } from "../machine/rules.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import { type Delivery, Pairings, type SessionId } from "./pairings.ts";

/** A peer asks whether it is in the group. */
export interface Connect {
  readonly type: "connect";
  readonly from: SessionId;
  /** It is a server, and prefers to be the one that newcomers are paired with. */
  readonly favored: boolean;
  readonly id: MemberId;
  /** The members that it sees. */
  readonly members: readonly number[];
  readonly nowMs: number;
}

/** What happens to a room. */
export type RoomEvent =
  | Connect
  | {
    /** A peer hands in a letter. */
    readonly type: "content";
    readonly from: SessionId;
    /** The newcomer that it is for; `undefined` for the member that the sender is paired with. */
    readonly recipient: PairingId | undefined;
    readonly last: boolean;
    readonly data: Uint8Array | undefined;
  }
  | {
    /** A peer is no longer connected. */
    readonly type: "gone";
    readonly from: SessionId;
  };

/** What the server is to do about it. */
export type RoomEffect =
  | { readonly type: "send"; readonly to: SessionId; readonly message: SignalingMessage }
  | {
    readonly type: "close";
    readonly to: SessionId;
    readonly code: number;
    readonly reason: string;
  };

/** A member, and the connection on which it was last heard of. */
interface Member {
  readonly id: MemberId;
  readonly session: SessionId;
  readonly favored: boolean;
  readonly sinceMs: number;
}

/** A peer that has asked, member or not. */
interface Guest {
  /** As which it is a member, if it is one. */
  member: MemberId | undefined;
  /** Whom it was paired with since it last was a member, or was told that it is connected. */
  readonly tried: Set<SessionId>;
}

/** One group at the server. */
export class Room {
  readonly #random: Random;
  readonly #members = new Map<MemberId, Member>();
  readonly #guests = new Map<SessionId, Guest>();
  readonly #pairings: Pairings;

  /** @param random Where the choice among members and the identifiers of pairings come from. */
  constructor(random: Random) {
    this.#random = random;
    this.#pairings = new Pairings(random);
  }

  /** Nobody is here, and nothing is remembered. */
  get empty(): boolean {
    return this.#guests.size === 0;
  }

  /** The members now. */
  get members(): readonly MemberId[] {
    return [...this.#members.keys()];
  }

  /** How many pairings there are. */
  get pairingCount(): number {
    return this.#pairings.size;
  }

  /** Takes in one event; answers what is to be done, in this order. */
  step(event: RoomEvent): readonly RoomEffect[] {
    switch (event.type) {
      case "connect":
        return this.#connect(event);
      case "content": {
        const delivery = this.#pairings.forward(event.from, event);
        return delivery ? [send(delivery)] : [];
      }
      case "gone":
        return this.#remove(event.from);
    }
  }

  #connect(event: Connect): readonly RoomEffect[] {
    const { from, id } = event;
    const guest = this.#enter(from);
    if (guest.member !== undefined && guest.member !== id) this.#resign(from);
    const shares = event.members.some((member) => this.#isOther(member, id));
    const outside = shares ? this.#outside(event) : [];
    const facts: Facts = {
      others: this.#othersCount(id) > 0,
      shares,
      outside: outside.length > 0,
      blocked: this.#blocker(guest, id) !== undefined,
    };
    return decide(RULES, facts).flatMap((action) => this.#act(action, event, guest, outside));
  }

  #act(
    action: Action,
    event: Connect,
    guest: Guest,
    outside: readonly Member[],
  ): readonly RoomEffect[] {
    const { from, id } = event;
    switch (action) {
      case "join":
        this.#join(event, guest);
        return [];
      case "leave":
        this.#resign(from);
        return [];
      case "accept":
        guest.tried.clear();
        return [connected(from, true)];
      case "evict":
        return this.#evict(from, this.#blocker(guest, id));
      case "pairOutside":
        return this.#pair(from, guest, outside);
      case "pair":
        return this.#pair(from, guest, [...this.#members.values()].filter((it) => it.id !== id));
    }
  }

  /** Those that a caller does not see although they have been members for long. */
  #outside({ id, members, nowMs }: Connect): readonly Member[] {
    const view = new Set<number>(members);
    return [...this.#members.values()].filter((member) =>
      member.id !== id && nowMs - member.sinceMs > SPLIT_AFTER_MS && !view.has(member.id)
    );
  }

  #othersCount(id: MemberId): number {
    return this.#members.size - (this.#members.has(id) ? 1 : 0);
  }

  #isOther(member: number, id: MemberId): boolean {
    // A view is what a peer believes: any number may be looked up, only a member's is found.
    return member !== id && this.#members.has(member as MemberId);
  }

  /** The only other member, if the newcomer was paired with it before. */
  #blocker(guest: Guest, id: MemberId): SessionId | undefined {
    if (guest.member !== undefined || this.#othersCount(id) !== 1) return undefined;
    const other = [...this.#members.values()].find((member) => member.id !== id);
    return other && guest.tried.has(other.session) ? other.session : undefined;
  }

  #enter(session: SessionId): Guest {
    const known = this.#guests.get(session);
    if (known) return known;
    const guest: Guest = { member: undefined, tried: new Set() };
    this.#guests.set(session, guest);
    return guest;
  }

  /** Makes the caller the member of its id; an older connection of the same id is one no longer. */
  #join({ from, favored, id, nowMs }: Connect, guest: Guest): void {
    const before = this.#members.get(id);
    if (before && before.session !== from) this.#resign(before.session);
    this.#members.set(id, { id, session: from, favored, sinceMs: before?.sinceMs ?? nowMs });
    guest.member = id;
  }

  #resign(session: SessionId): void {
    const guest = this.#guests.get(session);
    if (guest?.member === undefined) return;
    this.#members.delete(guest.member);
    guest.member = undefined;
    guest.tried.clear();
  }

  /**
   * The newcomer asks again, so it has given the pairing with the blocker up: it is told nothing.
   */
  #evict(newcomer: SessionId, blocker: SessionId | undefined): readonly RoomEffect[] {
    if (blocker === undefined) return [];
    this.#pairings.endNewcomer(newcomer);
    const reason = "a newcomer could not reach this member";
    return [
      ...this.#remove(blocker),
      { type: "close", to: blocker, code: SigverClose.BLOCKING_MEMBER, reason },
    ];
  }

  #pair(
    newcomer: SessionId,
    guest: Guest,
    candidates: readonly Member[],
  ): readonly RoomEffect[] {
    for (const session of guest.tried) if (!this.#guests.has(session)) guest.tried.delete(session);
    let untried = candidates.filter((member) => !guest.tried.has(member.session));
    if (untried.length === 0) {
      guest.tried.clear();
      untried = [...candidates];
    }
    const { session } = choose(untried, this.#random);
    guest.tried.add(session);
    return [...this.#pairings.pair(newcomer, session).map(send), connected(newcomer, false)];
  }

  #remove(session: SessionId): readonly RoomEffect[] {
    this.#resign(session);
    this.#guests.delete(session);
    return this.#pairings.endAll(session).map(send);
  }
}

/** What the table looks at. */
export interface Facts {
  readonly others: boolean;
  readonly shares: boolean;
  readonly outside: boolean;
  readonly blocked: boolean;
}

/** What the table leads to. */
export type Action = "join" | "leave" | "accept" | "evict" | "pair" | "pairOutside";

/** The table above, row for row. */
export const RULES: readonly Rule<Facts, Action>[] = [
  { others: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: true, then: ["join", "pairOutside"] },
  { others: true, shares: false, blocked: true, then: ["evict", "join", "accept"] },
  { others: true, shares: false, blocked: false, then: ["leave", "pair"] },
];

/**
 * A favored one if there is any; among equals each is as likely, so that nobody carries all joins.
 */
function choose(candidates: readonly Member[], random: Random): Member {
  const favored = candidates.filter((member) => member.favored);
  const pool = favored.length > 0 ? favored : candidates;
  const chosen = pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)];
  assert(chosen, "a newcomer has nobody to be paired with");
  return chosen;
}

function send({ to, content }: Delivery): RoomEffect {
  return { type: "send", to, message: content };
}

function connected(to: SessionId, connected: boolean): RoomEffect {
  return { type: "send", to, message: { type: "connected", connected } };
}
