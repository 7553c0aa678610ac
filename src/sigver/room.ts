/**
 * One group at the server: its members, its pairings, and the messages to each peer. The outcome of
 * a `connect` is a table in rules.ts.
 *
 * The tables are changed in place: a copy a step would make the joining of n peers cost n².
 *
 * @sansio
 * @module
 */

import type { MemberId, Random } from "../base/ids.ts";
import { SIGVER_SILENCE_MS, SPLIT_AFTER_MS } from "../base/sigver_limits.ts";
import { decide } from "../machine/rules.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { anchorOf, choose } from "./choice.ts";
import { Departed } from "./departed.ts";
import type { SigverLimits } from "./limits.ts";
import type { Found, RoomClient, RoomMember } from "./member.ts";
import { type ConnectionId, Pairings } from "./pairings.ts";
import {
  type Adopt,
  ask,
  type Connect,
  connected,
  full,
  type RoomEffect,
  type RoomEvent,
  send,
} from "./room_event.ts";
import { type Action, type Facts, RULES } from "./rules.ts";

/** One group at the server. */
export class Room {
  readonly #random: Random;
  readonly #aliveMs: (connection: ConnectionId, nowMs: number) => number;
  readonly #members = new Map<MemberId, RoomMember>();
  readonly #clients = new Map<ConnectionId, RoomClient>();
  readonly #departed = new Departed();
  readonly #limits: SigverLimits;
  readonly #pairings: Pairings;

  /**
   * @param random Where the choice among members and the identifiers of pairings come from.
   * @param aliveMs When a connection was last known to be there.
   */
  constructor(
    random: Random,
    aliveMs: (connection: ConnectionId, nowMs: number) => number,
    limits: SigverLimits,
  ) {
    this.#random = random;
    this.#aliveMs = aliveMs;
    this.#limits = limits;
    this.#pairings = new Pairings(random, limits);
  }

  /** Nobody is here, and nothing is remembered. */
  get empty(): boolean {
    return this.#clients.size === 0;
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
        return [...this.#expire(event.nowMs), ...this.#connect(event)];
      case "content":
        return [...this.#expire(event.nowMs), ...this.#forward(event)];
      case "adopt":
        return this.#adopt(event);
      case "gone":
        return this.#leave(event.from, event.nowMs);
    }
  }

  #expire(nowMs: number): readonly RoomEffect[] {
    this.#departed.expire(nowMs);
    // Whose directions are both closed is not there any more: of each, somebody is told.
    return [...this.#pairings.expire(nowMs)].flatMap(([first, ...more]) => [
      ...(first ? [{ ...send(first), excess: "pairing_time" } as const] : []),
      ...more.map(send),
    ]);
  }

  #forward(event: RoomEvent & { readonly type: "content" }): readonly RoomEffect[] {
    const delivery = this.#pairings.forward(event.from, event);
    if (delivery === undefined) return [];
    if ("to" in delivery) return [send(delivery)];
    const { excess } = delivery;
    const reason = "more letters than a pairing holds";
    return [{ type: "close", to: event.from, code: SigverClose.RATE, reason, excess }];
  }

  #connect(event: Connect): readonly RoomEffect[] {
    const { from, id, nowMs } = event;
    const client = this.#enter(event);
    const others = this.#others(event);
    // A view is what a peer believes: only who is a member counts.
    const view = new Set<number>(event.members);
    view.delete(id);
    const shared = others.filter((member) => view.has(member.id));
    this.#credit(client, shared);
    const isOutside = (member: RoomMember) =>
      member.id !== id && !view.has(member.id) && nowMs - member.sinceMs > SPLIT_AFTER_MS;
    const outside = shared.length > 0 ? others.filter(isOutside) : [];
    const blocker = this.#blocker(client, others, nowMs);
    const { isMember } = client;
    const facts: Facts = {
      others: others.length > 0,
      shares: shared.length > 0,
      outside: outside.length > 0,
      blocked: blocker !== undefined,
      leads: isMember && others.every((member) => member.apart),
      apart: view.size > 0 ? isMember || client.tried.size > 0 : this.#isPart(client),
      exhausted: view.size === 0 && this.#isExhausted(client, event, others),
    };
    const found = { others, shared, outside, blocker };
    const actions = decide(RULES, facts);
    const joins = actions.includes("join") || actions.includes("begin");
    if (joins && !isMember && this.#isFull(id)) {
      return [full(from, "group_members", CROWDED)];
    }
    const effects = actions.flatMap((action) => this.#act(action, event, client, found));
    // Whether a newcomer gets its place depends on an older connection of its id, too.
    const older = client.isMember ? [] : others.filter((member) => member.id === id);
    return [...effects, ...older.map(({ connection }) => ask(connection))];
  }

  /** Whether a peer that was paired with a member sees it: it led the peer in, or did not. */
  #credit(client: RoomClient, shared: readonly RoomMember[]): void {
    const { pairedWith } = client;
    if (pairedWith === undefined) return;
    client.pairedWith = undefined;
    const host = this.#members.get(pairedWith);
    if (host === undefined) return;
    const led = shared.some(({ id }) => id === pairedWith);
    this.#members.set(
      host.id,
      led ? { ...host, led, failures: 0 } : { ...host, failures: host.failures + 1 },
    );
  }

  /** Whether a peer is a member that came as a part beside the group. */
  #isPart({ id, isMember }: RoomClient): boolean {
    return isMember && this.#members.get(id)?.apart === true;
  }

  /** Whether a newcomer was paired in vain with all, or with enough of them to give the rest up. */
  #isExhausted(client: RoomClient, { id }: Connect, others: readonly RoomMember[]): boolean {
    const { isMember, tried, attempts } = client;
    if (isMember || tried.size === 0) return false;
    // It would take the id over from a member that is heard.
    if (others.some((other) => other.id === id)) return false;
    const untried = others.filter((other) => !tried.has(other.id));
    // A member that others reached may just have been busy: its last neighbor was leaving.
    return attempts < PAIRED_IN_VAIN_MAX
      ? untried.length === 0 && !others.some(({ led }) => led)
      : !untried.some(({ led }) => led);
  }

  #adopt(event: Adopt): readonly RoomEffect[] {
    const { from, id } = event;
    if (this.#isFull(id)) return [full(from, "group_members", CROWDED)];
    const client = this.#enter(event);
    this.#join(event, client, this.#isApart(id, [...this.#members.values()]));
    return [];
  }

  #act(action: Action, event: Connect, client: RoomClient, found: Found): readonly RoomEffect[] {
    const { from } = event;
    switch (action) {
      case "join":
        this.#join(event, client, this.#isApart(event.id, found.shared));
        return [];
      case "begin":
        this.#join(event, client, true);
        return [];
      case "lead":
        this.#join(event, client, false);
        return [];
      case "leave":
        this.#resign(from);
        return [];
      case "accept":
        this.#forgetTried(client);
        return [connected(from, true)];
      case "evict":
        return this.#evict(from, found.blocker);
      case "pairOutside":
        return this.#pair(event, client, found.outside);
      case "pair":
        return this.#pair(event, client, found.others);
    }
  }

  /** Who takes the place of an older connection needs none. */
  #isFull(id: MemberId): boolean {
    return this.#members.size >= this.#limits.groupMembers && !this.#members.has(id);
  }

  /** All members but the caller, whatever connection it was a member by. */
  #others({ from, id, nowMs }: Connect): readonly RoomMember[] {
    const isOther = (member: RoomMember) =>
      member.id !== id || (member.connection !== from && !this.#isSilent(member, nowMs));
    return [...this.#members.values()].filter(isOther);
  }

  /** The only other member, if the newcomer was paired with it before, and it says nothing. */
  #blocker(
    client: RoomClient,
    others: readonly RoomMember[],
    nowMs: number,
  ): ConnectionId | undefined {
    const [other, ...more] = others;
    if (other === undefined || more.length > 0 || client.isMember) return undefined;
    return client.tried.has(other.id) && this.#isSilent(other, nowMs)
      ? other.connection
      : undefined;
  }

  #isSilent({ connection }: RoomMember, nowMs: number): boolean {
    return nowMs - this.#aliveMs(connection, nowMs) > SIGVER_SILENCE_MS;
  }

  /** Who asks: known by its connection, or a member that was here over another one. */
  #enter(event: Connect | Adopt): RoomClient {
    const { from, id } = event;
    const known = this.#clients.get(from);
    if (known && known.id !== id) this.#resign(from);
    const client = known ?? { ...STRANGER, id };
    client.id = id;
    this.#clients.set(from, client);
    if (known === undefined) this.#resume(event, client);
    return client;
  }

  /**
   * A client goes on where it was over a new connection: beside its older one, which has its place
   * until it joins, or after that ended, unless another connection has its place by now.
   */
  #resume({ from, favored, id }: Connect | Adopt, client: RoomClient): void {
    const departure = this.#departed.take(id);
    const older = [...this.#clients.values()].find((one) => one.id === id && one !== client);
    const { tried, attempts } = older ?? departure?.client ?? client;
    Object.assign(client, { tried, attempts });
    const member = departure?.member;
    if (member === undefined || this.#members.has(id) || this.#isFull(id)) return;
    this.#members.set(id, { ...member, connection: from, favored });
    client.isMember = true;
  }

  /** Makes the caller the member of its id; an older connection of that id is one no longer. */
  #join({ from, favored, id, nowMs }: Connect | Adopt, client: RoomClient, apart: boolean): void {
    const before = this.#members.get(id);
    if (before && before.connection !== from) this.#resign(before.connection);
    const { sinceMs = nowMs, led = false, failures = 0 } = before ?? {};
    this.#members.set(id, { id, connection: from, favored, sinceMs, led, failures, apart });
    client.isMember = true;
  }

  /** Whether who joins belongs to a part beside the group: all do that it sees of the others. */
  #isApart(id: MemberId, shared: readonly RoomMember[]): boolean {
    const before = this.#members.get(id);
    return before?.apart ?? (this.#members.size > 0 && shared.every((member) => member.apart));
  }

  #resign(connection: ConnectionId): void {
    const client = this.#clients.get(connection);
    if (!client?.isMember) return;
    this.#members.delete(client.id);
    client.isMember = false;
    this.#forgetTried(client);
  }

  #forgetTried(client: RoomClient): void {
    client.tried = NOBODY;
    client.attempts = 0;
  }

  /**
   * The newcomer asks again, so it has given the pairing with the blocker up: it is told nothing.
   */
  #evict(newcomer: ConnectionId, blocker: ConnectionId | undefined): readonly RoomEffect[] {
    if (blocker === undefined) return [];
    this.#pairings.endNewcomer(newcomer);
    const reason = "a newcomer could not reach this member, and nothing was heard of it";
    return [
      ...this.#remove(blocker),
      { type: "close", to: blocker, code: SigverClose.BLOCKING_MEMBER, reason },
    ];
  }

  /** Pairs with a member that was not tried, and one that is heard if there is any. */
  #pair(
    { from: newcomer, nowMs }: Connect,
    client: RoomClient,
    members: readonly RoomMember[],
  ): readonly RoomEffect[] {
    // Its last pairing is over: the place in it may be the one that it gets again.
    const notices = this.#pairings.endNewcomer(newcomer).map(send);
    const candidates = members.filter(({ connection }) => !this.#pairings.isFull(connection));
    if (candidates.length === 0) {
      return [
        ...notices,
        full(newcomer, "member_pairings", "its members have as many newcomers as they may"),
      ];
    }
    let tried = this.#stillHere(client.tried);
    let untried = candidates.filter((member) => !tried.has(member.id));
    if (untried.length === 0) {
      tried = new Set();
      untried = [...candidates];
    }
    const heard = untried.filter((member) => !this.#isSilent(member, nowMs));
    const anchor = anchorOf(candidates);
    const pool = heard.length > 0 ? heard : untried;
    const chosen = choose(pool, candidates, client.attempts === 0, this.#random);
    const { connection } = chosen;
    // Who met nobody at one member may meet nobody at the others: all are asked, and not in turn.
    const asked = tried.size > 0 ? candidates.map((member) => member.connection) : [connection];
    tried.add(chosen.id);
    // A server is reached by who reaches nobody else: one that failed once has its turn again.
    if (anchor && anchor !== chosen && !chosen.favored) tried.delete(anchor.id);
    client.attempts++;
    client.pairedWith = chosen.id;
    client.tried = tried;
    this.#pairings.pair(newcomer, connection, nowMs);
    return [...notices, ...asked.map(ask), connected(newcomer, false)];
  }

  /** Those of them that are here, or may be back soon. */
  #stillHere(ids: ReadonlySet<MemberId>): Set<MemberId> {
    if (ids.size === 0) return new Set();
    const here = new Set(this.#departed.ids);
    for (const { id } of this.#clients.values()) here.add(id);
    return new Set([...ids].filter((id) => here.has(id)));
  }

  #leave(connection: ConnectionId, nowMs: number): readonly RoomEffect[] {
    const client = this.#clients.get(connection);
    const member = client?.isMember ? this.#members.get(client.id) : undefined;
    if (client) this.#departed.add(member, { ...client }, nowMs);
    const notices = this.#remove(connection);
    if (member) { for (const { to } of notices) this.#forgive(to, member.id); }
    return notices;
  }

  /** A pairing was cut as the member went: it was not in vain, and the member may be back. */
  #forgive(newcomer: ConnectionId, member: MemberId): void {
    const client = this.#clients.get(newcomer);
    if (client?.pairedWith !== member) return;
    client.pairedWith = undefined;
    client.tried = new Set([...client.tried].filter((id) => id !== member));
  }

  #remove(connection: ConnectionId): readonly RoomEffect[] {
    this.#resign(connection);
    this.#clients.delete(connection);
    return this.#pairings.endAll(connection).map(send);
  }
}

/** A newcomer that was paired so often in vain tries only members that led somebody in. */
const PAIRED_IN_VAIN_MAX = 3;

const NOBODY: ReadonlySet<MemberId> = new Set();

/** A client that asks for the first time. */
const STRANGER: Omit<RoomClient, "id"> = {
  isMember: false,
  tried: NOBODY,
  attempts: 0,
  pairedWith: undefined,
};

const CROWDED = "the group has as many members as it may";
