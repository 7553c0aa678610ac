// The pairings of a room: selects a member for each newcomer, and forwards their signals.
//
//   newcomer ── content{ recipientId 0 } ──▶ server ── content{ senderId P } ────▶ member
//   newcomer ◀── content{ recipientId P } ── server ◀── content{ recipientId P } ── member
//
// @sansio

import { assert } from "../base/assert.ts";
import { asPairingId, type MemberId, type PairingId, type Random } from "../base/ids.ts";
import type { SignalingContent, SignalingMessage } from "../wire/signaling.ts";
import type { LimitName, SigverLimits } from "./limits.ts";

/** The id of a client connection: a number that is never reused. */
export type ConnectionId = number & { readonly __brand: "connection" };

export function asConnectionId(value: number): ConnectionId {
  return value as ConnectionId;
}

export interface RoomClient {
  readonly connection: ConnectionId;
  id: MemberId;
  isMember: boolean;
  /** The members that it was paired with since it was last a member or accepted. */
  attempted: ReadonlySet<MemberId>;
  attempts: number;
  pairedWith: MemberId | undefined;
  asNewcomer: Pairing | undefined;
  asMember: Set<Pairing> | undefined;
}

/** Shared by all clients that were not paired yet, to save memory. */
export const NO_MEMBERS: ReadonlySet<MemberId> = new Set();

export function newClient(connection: ConnectionId, id: MemberId): RoomClient {
  const pairings = { pairedWith: undefined, asNewcomer: undefined, asMember: undefined };
  return { connection, id, isMember: false, attempted: NO_MEMBERS, attempts: 0, ...pairings };
}

/** A message to a client; `exceeded` is the limit that caused it, if any. */
export interface SendOutput {
  readonly type: "send";
  readonly to: ConnectionId;
  readonly message: SignalingMessage;
  readonly exceeded?: LimitName;
}

/** A signal from a client, without its sender, which the client could forge. */
export type Signal = Pick<SignalingContent, "recipient" | "last" | "data">;

interface Direction {
  closed: boolean;
  signals: number;
  bytes: number;
}

interface Pairing {
  readonly id: PairingId;
  readonly newcomer: RoomClient;
  readonly member: RoomClient;
  readonly sinceMs: number;
  readonly toMember: Direction;
  readonly toNewcomer: Direction;
}

export class Pairings {
  readonly #random: Random;
  readonly #limits: SigverLimits;
  readonly #pairings = new Map<PairingId, Pairing>();

  constructor(random: Random, limits: SigverLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  get size(): number {
    return this.#pairings.size;
  }

  isFull(member: RoomClient): boolean {
    return (member.asMember?.size ?? 0) >= this.#limits.memberPairings;
  }

  pair(newcomer: RoomClient, member: RoomClient, nowMs: number): void {
    assert(newcomer !== member, "a peer is paired with itself");
    assert(newcomer.asNewcomer === undefined, "a newcomer is paired twice");
    const id = this.#drawId();
    const toMember = { closed: false, signals: 0, bytes: 0 };
    const pairing = { id, newcomer, member, sinceMs: nowMs, toMember, toNewcomer: { ...toMember } };
    this.#pairings.set(id, pairing);
    newcomer.asNewcomer = pairing;
    (member.asMember ??= new Set()).add(pairing);
  }

  /** Forwards a signal; `undefined` if the pairing does not exist, or the direction is closed. */
  forward(from: RoomClient, signal: Signal): SendOutput | { exceeded: LimitName } | undefined {
    const { recipient, last, data } = signal;
    const byMember = recipient !== undefined;
    const pairing = byMember ? this.#pairings.get(recipient) : from.asNewcomer;
    if (pairing === undefined || (byMember && pairing.member !== from)) return undefined;
    const direction = byMember ? pairing.toNewcomer : pairing.toMember;
    if (direction.closed) return undefined;
    direction.signals++;
    direction.bytes += data?.length ?? 0;
    const { signalsPerPairing, pairingBytes } = this.#limits;
    if (direction.signals > signalsPerPairing) return { exceeded: "signals_per_pairing" };
    if (direction.bytes > pairingBytes) return { exceeded: "pairing_bytes" };
    direction.closed = last;
    if (pairing.toMember.closed && pairing.toNewcomer.closed) this.#remove(pairing);
    return deliver(pairing, byMember, signal);
  }

  endNewcomer({ asNewcomer }: RoomClient): readonly SendOutput[] {
    return asNewcomer === undefined ? [] : this.#end(asNewcomer, "member");
  }

  endAll(client: RoomClient): readonly SendOutput[] {
    const ended = this.endNewcomer(client);
    const hosted = [...client.asMember ?? []];
    return [...ended, ...hosted.flatMap((pairing) => this.#end(pairing, "newcomer"))];
  }

  *expire(nowMs: number): Iterable<readonly SendOutput[]> {
    for (const pairing of this.#pairings.values()) {
      if (nowMs - pairing.sinceMs <= this.#limits.pairingMs) return;
      yield this.#end(pairing, "both");
    }
  }

  #end(pairing: Pairing, notified: "member" | "newcomer" | "both"): readonly SendOutput[] {
    this.#remove(pairing);
    const notices: SendOutput[] = [];
    if (notified !== "newcomer" && !pairing.toMember.closed) {
      notices.push(deliver(pairing, false, GONE));
    }
    if (notified !== "member" && !pairing.toNewcomer.closed) {
      notices.push(deliver(pairing, true, GONE));
    }
    return notices;
  }

  #remove(pairing: Pairing): void {
    this.#pairings.delete(pairing.id);
    pairing.newcomer.asNewcomer = undefined;
    pairing.member.asMember?.delete(pairing);
  }

  /** Draws an unused id of 31 bits that is not 0; if it is in use, returns the next free one. */
  #drawId(): PairingId {
    let id = (this.#random.uint32() >>> 1) || 1;
    while (this.#pairings.has(asPairingId(id))) id = id % 0x7fff_ffff + 1;
    return asPairingId(id);
  }
}

/** The notice that the other side is gone. */
const GONE: Signal = { recipient: undefined, last: false, data: undefined };

function deliver(pairing: Pairing, byMember: boolean, { last, data }: Signal): SendOutput {
  const { id, newcomer, member } = pairing;
  const sender = byMember ? undefined : id;
  const recipient = byMember ? id : undefined;
  const { connection: to } = byMember ? newcomer : member;
  return { type: "send", to, message: { type: "content", sender, recipient, last, data } };
}

export interface MemberHistory {
  readonly favored: boolean;
  readonly sinceMs: number;
  /** Whether a newcomer that was paired with it has become a member that lists it. */
  readonly hasAdmittedNewcomer: boolean;
  readonly failures: number;
  readonly parallel: boolean;
}

/** One of this many newcomers is paired with a server that has not admitted any, as a trial. */
const TRIAL_EVERY = 8;

/**
 * Selects the member that a newcomer is paired with: the first row that matches an untried one. A
 * member _admitted_ a newcomer if one that was paired with it has become a member that lists it.
 *
 * | the newcomer      | is paired with                                                        |
 * |-------------------|-----------------------------------------------------------------------|
 * | asks first        | a random server that admitted a newcomer                              |
 * |                   | the oldest server                                                     |
 * |                   | a random member that admitted a newcomer, or that no newcomer failed  |
 * |                   | to reach, so that the joins are spread; otherwise a random member     |
 * | has failed before | the oldest server that admitted a newcomer; otherwise the oldest one  |
 * |                   | the oldest member of all                                              |
 * |                   | the oldest member that admitted a newcomer                            |
 * |                   | the newest of the members that the fewest newcomers failed to reach   |
 *
 * Any client can claim to be a server (`?favored`). So a server is drawn only if it has admitted a
 * newcomer, or as a trial. After the first failure, age decides, which cannot be forged. False
 * servers and members cost a newcomer one or two attempts.
 */
export function chooseMember<One extends MemberHistory>(
  untried: readonly One[],
  members: readonly One[],
  isFirst: boolean,
  random: Random,
): One {
  const draw = (pool: readonly One[]) =>
    pool.length > 0 ? pool[Math.floor(random.uint32() / 2 ** 32 * pool.length)] : undefined;
  const ifUntried = (one: One | undefined) => one && untried.includes(one) ? one : undefined;
  const fallback = ifUntried(fallbackServer(members));
  const isHopeful = ({ hasAdmittedNewcomer, failures, parallel }: MemberHistory) =>
    hasAdmittedNewcomer || (failures === 0 && !parallel);
  const chosen = isFirst
    ? draw(serversIn(untried, random)) ?? fallback ?? draw(untried.filter(isHopeful)) ??
      draw(untried)
    : fallback ?? ifUntried(oldest(members)) ??
      oldest(untried.filter(({ hasAdmittedNewcomer }) => hasAdmittedNewcomer)) ??
      best(untried, (a, b) => b.failures <= a.failures);
  assert(chosen, "a newcomer has no member to be paired with");
  return chosen;
}

/** The server with which newcomers are paired repeatedly if they reach no other member. */
export function fallbackServer<One extends MemberHistory>(
  members: readonly One[],
): One | undefined {
  const servers = members.filter(({ favored }) => favored);
  return oldest(servers.filter(({ hasAdmittedNewcomer }) => hasAdmittedNewcomer)) ??
    oldest(servers);
}

function serversIn<One extends MemberHistory>(
  members: readonly One[],
  random: Random,
): readonly One[] {
  const proven = members.filter((member) => member.favored && member.hasAdmittedNewcomer);
  const others = members.filter((member) => member.favored && !member.hasAdmittedNewcomer);
  if (proven.length === 0 || others.length === 0) return proven;
  return random.uint32() % TRIAL_EVERY === 0 ? others : proven;
}

function oldest<One extends MemberHistory>(members: readonly One[]): One | undefined {
  return best(members, (a, b) => b.sinceMs < a.sinceMs);
}

function best<One>(members: readonly One[], beats: (a: One, b: One) => boolean): One | undefined {
  let [first] = members;
  for (const one of members) if (first === undefined || beats(first, one)) first = one;
  return first;
}
