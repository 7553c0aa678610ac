// A room: the clients of one group at the server, its members and pairings. It decides on each
// message.
//
// Its tables are changed in place. With a copy for each input, the joins of n peers would take
// O(n²) time.
//
// @sansio

import type { MemberId, Random } from "../base/ids.ts";
import {
  DEPARTED_CLIENT_MS,
  DEPARTED_CLIENTS_MAX,
  SIGVER_SILENCE_MS,
  SPLIT_AFTER_MS,
} from "../base/sigver_limits.ts";
import { decide } from "../machine/rules.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { CloseReason } from "./close_reasons.ts";
import { type Action, CONNECT_RULES } from "./connect_rules.ts";
import type { SigverLimits } from "./limits.ts";
import {
  chooseMember,
  type ConnectionId,
  fallbackServer,
  type MemberHistory,
  newClient,
  NO_MEMBERS,
  Pairings,
  type RoomClient,
  type SendOutput,
  type Signal,
} from "./pairings.ts";

interface ClientInput {
  readonly from: ConnectionId;
  readonly nowMs: number;
}

/** A client is a member: the previous owner of the group has confirmed it. */
export interface AdoptInput extends ClientInput {
  readonly type: "adopt";
  readonly id: MemberId;
  readonly favored: boolean;
  /** The client can join while the group has fewer members than this; no limit by default. */
  readonly membersMax?: number | undefined;
}

export interface ConnectInput extends Omit<AdoptInput, "type"> {
  readonly type: "connect";
  readonly members: readonly number[];
}

type JoinInput = ConnectInput | AdoptInput;
type ContentInput = ClientInput & Signal & { readonly type: "content" };

/** An input of a room. "gone" means that the connection has ended. */
export type RoomInput = JoinInput | ContentInput | ClientInput & { readonly type: "gone" };

export type RoomOutput =
  | SendOutput
  | { readonly type: "probe"; readonly to: ConnectionId }
  | { readonly type: "close"; readonly to: ConnectionId } & CloseReason;

type Outputs = readonly RoomOutput[];

interface Member extends MemberHistory {
  readonly id: MemberId;
  readonly client: RoomClient;
}

type Found = Readonly<Record<"others" | "shared" | "outside", readonly Member[]>> & {
  readonly dead: RoomClient | undefined;
};

/** A client whose connection ended recently. Over a new connection it continues as before. */
interface Departure extends Pick<RoomClient, "attempted" | "attempts"> {
  readonly member: Member | undefined;
  readonly atMs: number;
}

type LastAliveMs = (connection: ConnectionId, nowMs: number) => number;

export class Room {
  readonly #random: Random;
  readonly #lastAliveMs: LastAliveMs;
  readonly #limits: SigverLimits;
  readonly #pairings: Pairings;
  readonly #members = new Map<MemberId, Member>();
  readonly #clients = new Map<ConnectionId, RoomClient>();
  readonly #departed = new Map<MemberId, Departure>();

  constructor(random: Random, lastAliveMs: LastAliveMs, limits: SigverLimits) {
    this.#random = random;
    this.#lastAliveMs = lastAliveMs;
    this.#limits = limits;
    this.#pairings = new Pairings(random, limits);
  }

  get empty(): boolean {
    return this.#clients.size === 0;
  }

  get members(): readonly MemberId[] {
    return [...this.#members.keys()];
  }

  get pairingCount(): number {
    return this.#pairings.size;
  }

  step(input: RoomInput): Outputs {
    if (input.type === "adopt") return this.#adopt(input);
    if (input.type === "gone") return this.#depart(input.from, input.nowMs);
    const expired = this.#expire(input.nowMs);
    return [...expired, ...input.type === "connect" ? this.#connect(input) : this.#forward(input)];
  }

  #expire(nowMs: number): Outputs {
    for (const [id, { atMs }] of this.#departed) {
      if (nowMs - atMs <= DEPARTED_CLIENT_MS) break;
      this.#departed.delete(id);
    }
    return [...this.#pairings.expire(nowMs)].flatMap(([first, ...more]) =>
      first ? [{ ...first, exceeded: "pairing_time" }, ...more] : []
    );
  }

  #forward(input: ContentInput): Outputs {
    const client = this.#clients.get(input.from);
    const delivery = client && this.#pairings.forward(client, input);
    if (delivery === undefined) return [];
    if ("to" in delivery) return [delivery];
    const reason = "the pairing exceeded its signal limit";
    return [{ type: "close", to: input.from, code: SigverClose.RATE, reason, ...delivery }];
  }

  #connect(input: ConnectInput): Outputs {
    const { from, id, nowMs } = input;
    const client = this.#enter(input);
    const others = this.#others(input);
    // A view is only a claim, so ids that are not members of the room are ignored.
    const view = new Set<number>(input.members);
    view.delete(id);
    const shared = others.filter((member) => view.has(member.id));
    const isIntroduced = client.pairedWith !== undefined && shared.length > 0;
    this.#recordOutcome(client, shared);
    const isOutside = (member: Member) =>
      member.id !== id && !view.has(member.id) && nowMs - member.sinceMs > SPLIT_AFTER_MS;
    const outside = shared.length > 0 ? others.filter(isOutside) : [];
    const dead = this.#deadMember(client, others, nowMs);
    const { isMember } = client;
    const isParallel = this.#members.get(id)?.parallel === true;
    const actions = decide(CONNECT_RULES, {
      others: others.length > 0,
      shares: shared.length > 0,
      outside: outside.length > 0,
      dead: dead !== undefined,
      original: isMember && others.every(({ parallel }) => parallel),
      parallel: isMember ? view.size > 0 || isParallel : view.size > 0 && client.attempted.size > 0,
      exhausted: view.size === 0 && this.#isExhausted(client, others),
    });
    // Also if it is to be paired: the member would admit it to the group. One that was introduced
    // has kept its place, though by now the group may have more members than its token allows.
    if (!isMember && !isIntroduced && this.#isFull(input, this.#newcomersBeside(client))) {
      return [...this.#pairings.endNewcomer(client), full(from, "group_members")];
    }
    const found = { others, shared, outside, dead };
    const outputs = actions.flatMap((action) => this.#act(action, input, client, found));
    // If an older connection has the newcomer's id, the outcome depends on whether it is alive.
    const older = client.isMember ? [] : others.filter((member) => member.id === id);
    return [...outputs, ...older.map(probe)];
  }

  #recordOutcome(client: RoomClient, shared: readonly Member[]): void {
    const host = client.pairedWith && this.#members.get(client.pairedWith);
    client.pairedWith = undefined;
    if (!host) return;
    const isShared = shared.includes(host);
    const hasAdmittedNewcomer = isShared || host.hasAdmittedNewcomer;
    const failures = isShared ? 0 : host.failures + 1;
    this.#members.set(host.id, { ...host, hasAdmittedNewcomer, failures });
  }

  #isExhausted({ id, isMember, attempted, attempts }: RoomClient, others: readonly Member[]) {
    if (isMember || attempted.size === 0) return false;
    // It would take over the id of a live member.
    if (others.some((other) => other.id === id)) return false;
    const untried = others.filter((other) => !attempted.has(other.id));
    // A member that led others may only have been busy, as its last neighbor was leaving.
    return attempts < FAILED_PAIRINGS_MAX
      ? untried.length === 0 && !others.some(({ hasAdmittedNewcomer }) => hasAdmittedNewcomer)
      : !untried.some(({ hasAdmittedNewcomer }) => hasAdmittedNewcomer);
  }

  #adopt(input: AdoptInput): Outputs {
    // Its token has let it join, maybe when the group had fewer members.
    const known = { ...input, membersMax: undefined };
    if (this.#isFull(known)) return [full(input.from, "group_members")];
    const client = this.#enter(known);
    return this.#join(input, client, this.#joinsParallel(input.id, [...this.#members.values()]));
  }

  #act(action: Action, input: ConnectInput, client: RoomClient, found: Found): Outputs {
    switch (action) {
      case "join":
        return this.#join(input, client, this.#joinsParallel(input.id, found.shared));
      case "beginPart":
        return this.#join(input, client, true);
      case "joinAsOriginal":
        return this.#join(input, client, false);
      case "leave":
        return this.#removeMember(client);
      case "accept":
        forgetAttempts(client);
        return [connected(input.from, true)];
      case "evict":
        return found.dead ? this.#evict(client, found.dead) : [];
      case "pairOutside":
        return this.#pair(client, found.outside, input.nowMs);
      case "pair":
        return this.#pair(client, found.others, input.nowMs);
    }
  }

  /** Whether the group is full; a client that replaces its older connection still fits. */
  #isFull({ id, membersMax = Infinity }: JoinInput, newcomers = 0): boolean {
    const max = Math.min(this.#limits.groupMembers, membersMax);
    return this.#members.size + newcomers >= max && !this.#members.has(id);
  }

  /** The number of other newcomers that were paired, and may be members soon. */
  #newcomersBeside({ id }: RoomClient): number {
    const ids = new Set<MemberId>();
    for (const one of this.#clients.values()) {
      if (!this.#members.has(one.id) && one.pairedWith !== undefined) ids.add(one.id);
    }
    // An older connection of a newcomer that has come back takes no place beside it.
    ids.delete(id);
    return ids.size;
  }

  /** The other members. The client's id on another connection counts unless that is silent. */
  #others({ from, id, nowMs }: ConnectInput): readonly Member[] {
    const isOther = ({ id: other, client }: Member) =>
      other !== id || (client.connection !== from && !this.#isSilent(client, nowMs));
    return [...this.#members.values()].filter(isOther);
  }

  #deadMember({ isMember, attempted }: RoomClient, others: readonly Member[], nowMs: number) {
    const [other] = others;
    if (other === undefined || others.length > 1 || isMember) return undefined;
    if (!attempted.has(other.id) || !this.#isSilent(other.client, nowMs)) return undefined;
    return other.client;
  }

  #isSilent({ connection }: RoomClient, nowMs: number): boolean {
    return nowMs - this.#lastAliveMs(connection, nowMs) > SIGVER_SILENCE_MS;
  }

  /** Returns the client of a request, known by its connection or by an earlier one. */
  #enter(input: JoinInput): RoomClient {
    const { from, id } = input;
    const known = this.#clients.get(from);
    if (known && known.id !== id) this.#removeMember(known);
    const client = known ?? newClient(from, id);
    client.id = id;
    this.#clients.set(from, client);
    if (known === undefined) this.#resume(input, client);
    return client;
  }

  /** A returning client keeps its attempts, and its place if no other client has taken it. */
  #resume(input: JoinInput, client: RoomClient): void {
    const { favored, id } = input;
    const departure = this.#departed.get(id);
    this.#departed.delete(id);
    const older = [...this.#clients.values()].find((one) => one.id === id && one !== client);
    const { attempted, attempts } = older ?? departure ?? client;
    Object.assign(client, { attempted, attempts });
    const member = departure?.member;
    if (member === undefined || this.#members.has(id) || this.#isFull(input)) return;
    this.#members.set(id, { ...member, client, favored });
    client.isMember = true;
  }

  #join({ favored, id, nowMs }: JoinInput, client: RoomClient, parallel: boolean): Outputs {
    const before = this.#members.get(id);
    if (before && before.client !== client) this.#removeMember(before.client);
    const { sinceMs = nowMs, hasAdmittedNewcomer = false, failures = 0 } = before ?? {};
    const history = { sinceMs, hasAdmittedNewcomer, failures };
    this.#members.set(id, { id, client, favored, ...history, parallel });
    client.isMember = true;
    return [];
  }

  #joinsParallel(id: MemberId, shared: readonly Member[]): boolean {
    const before = this.#members.get(id);
    return before?.parallel ?? (this.#members.size > 0 && shared.every(({ parallel }) => parallel));
  }

  #removeMember(client: RoomClient): Outputs {
    if (client.isMember) {
      this.#members.delete(client.id);
      client.isMember = false;
      forgetAttempts(client);
    }
    return [];
  }

  /** Removes a dead member. The newcomer gets no notice, since it has given up the pairing. */
  #evict(newcomer: RoomClient, dead: RoomClient): Outputs {
    this.#pairings.endNewcomer(newcomer);
    const reason = "a newcomer could not reach this member, and it was silent";
    const close = { type: "close", code: SigverClose.BLOCKING_MEMBER, reason } as const;
    return [...this.#remove(dead), { ...close, to: dead.connection }];
  }

  /** Pairs a client with a member that it has not tried, preferably one that is not silent. */
  #pair(client: RoomClient, members: readonly Member[], nowMs: number): Outputs {
    // End the last pairing first: it may occupy the only free place.
    const notices = this.#pairings.endNewcomer(client);
    const candidates = members.filter((member) => !this.#pairings.isFull(member.client));
    if (candidates.length === 0) return [...notices, full(client.connection, "member_pairings")];
    let attempted = this.#stillPresent(client.attempted);
    let untried = candidates.filter((member) => !attempted.has(member.id));
    if (untried.length === 0) {
      attempted = new Set();
      untried = candidates;
    }
    const heard = untried.filter((member) => !this.#isSilent(member.client, nowMs));
    const pool = heard.length > 0 ? heard : untried;
    const chosen = chooseMember(pool, candidates, client.attempts === 0, this.#random);
    // A newcomer that failed to reach one member may fail with all, so all are probed now.
    const probed = attempted.size > 0 ? candidates : [chosen];
    attempted.add(chosen.id);
    // Every client can reach a server, so a server that failed once is tried again.
    const fallback = fallbackServer(candidates);
    if (fallback && fallback !== chosen && !chosen.favored) attempted.delete(fallback.id);
    client.attempts++;
    client.pairedWith = chosen.id;
    client.attempted = attempted;
    this.#pairings.pair(client, chosen.client, nowMs);
    return [...notices, ...probed.map(probe), connected(client.connection, false)];
  }

  #stillPresent(ids: ReadonlySet<MemberId>): Set<MemberId> {
    if (ids.size === 0) return new Set();
    const here = new Set(this.#departed.keys());
    for (const { id } of this.#clients.values()) here.add(id);
    return new Set([...ids].filter((id) => here.has(id)));
  }

  #depart(connection: ConnectionId, nowMs: number): Outputs {
    const client = this.#clients.get(connection);
    if (client === undefined) return [];
    const { id, attempted, attempts } = client;
    const member = client.isMember ? this.#members.get(id) : undefined;
    this.#departed.delete(id);
    this.#departed.set(id, { member, attempted, attempts, atMs: nowMs });
    const [earliest = id] = this.#departed.keys();
    if (this.#departed.size > DEPARTED_CLIENTS_MAX) this.#departed.delete(earliest);
    const outputs = this.#remove(client);
    if (member) { for (const { to } of outputs) this.#undoAttempt(to, id); }
    return outputs;
  }

  /** Removes an attempt that was interrupted: the member left, and may return. */
  #undoAttempt(newcomer: ConnectionId, member: MemberId): void {
    const client = this.#clients.get(newcomer);
    if (client?.pairedWith !== member) return;
    client.pairedWith = undefined;
    client.attempted = new Set([...client.attempted].filter((id) => id !== member));
  }

  #remove(client: RoomClient): Outputs {
    this.#removeMember(client);
    this.#clients.delete(client.connection);
    return this.#pairings.endAll(client);
  }
}

/** After this many failed pairings, a newcomer only tries members that led others in. */
const FAILED_PAIRINGS_MAX = 3;

function forgetAttempts(client: RoomClient): void {
  client.attempted = NO_MEMBERS;
  client.attempts = 0;
}

function probe({ client }: Member): RoomOutput {
  return { type: "probe", to: client.connection };
}

function connected(to: ConnectionId, connected: boolean): RoomOutput {
  return { type: "send", to, message: { type: "connected", connected } };
}

function full(to: ConnectionId, exceeded: keyof typeof FULL): RoomOutput {
  return { type: "close", to, code: SigverClose.FULL, reason: FULL[exceeded], exceeded };
}

const FULL = {
  group_members: "the group is full",
  member_pairings: "all members are paired with the maximum of newcomers",
} as const;
