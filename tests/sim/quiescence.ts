// Checks G3 to G5, G7, G8 and G11 to G13 of docs/GUARANTEES.md in a quiet group, and for single
// operations in it.

import { asMemberId } from "../../src/base/ids.ts";
import { ATTEMPT_TIMEOUT_MS, DEAD_AFTER_MS, SEND_STALL_MS } from "../../src/base/limits.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { peerOf } from "../../src/group/web_group.ts";
import { Service } from "../../src/wire/envelope.ts";
import { decodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { decodeSessionFrame } from "../../src/wire/session_frame.ts";
import { seededRandom } from "../../src/testing/random.ts";
import type { Population } from "./population.ts";
import { FrameForger } from "./frame_forger.ts";
import { disagreement, readEnvelope } from "./oracles.ts";
import type { SimPeer } from "./sim_network.ts";

const QUIET_MS = 20_000;
/** G5: agreement after a leave or a join, and after a crash beyond the grace time. */
const AGREED_MS = 2_000;
const CRASH_AGREED_MS = 500;
/** Over the slowest link and a relay. */
const FRAME_DELAY_MAX_MS = 250;
/** A newcomer gets a channel to everyone that it can connect to. */
const LINKED_MS = 5_000;
/** The time to detect that one of two channels is a black hole, and to use the other. */
const REROUTED_MS = 15_000;
const CACHED_MS = 4_000;
/** A newcomer that sent nothing since it joined would be dead then. */
const SILENT_MS = DEAD_AFTER_MS - LINKED_MS;
const EVICTED_MS = SEND_STALL_MS + 5_000;
const LATER_MS = 3_000;
const PEERS_LEAST = 3;
/** A first attempt to connect fails within this time. */
const BLOCKED_MS = ATTEMPT_TIMEOUT_MS + 1_000;
const HUGE_MEMBERS_MAX = 3;
const HUGE_MS = 10_000;
const FORGING_MS = 5_000;
const FORGING_PAUSE_MS = 500;

const TAKEN_AGREED_MS = 5_000;
/** The key of a second group, and the name prefix of its members after the isolated one. */
const BESIDE = "beside";
const PAGES = 2;
/** More long messages than a session sends unacknowledged, also when its window has grown. */
const LONG_MESSAGES = 9;

export class Quiescence {
  readonly #population: Population;

  constructor(population: Population) {
    this.#population = population;
  }

  pass(): void {
    this.#quiet();
    this.#sendHuge();
    this.#leave();
    const newcomers = [this.#population.add(true), this.#population.add(true)] as const;
    this.#agreed(AGREED_MS, "a join");
    this.#linked(newcomers);
    this.#breakChannels(newcomers[0]);
    this.#loseOneOfTwoChannels();
    this.#closePage();
    this.#cachePage();
    this.#leaveCachedPage();
    this.#replenish();
    this.#acknowledgeNothing();
    this.#forge();
    this.#takeId();
    this.#loseRelayed();
    this.#crash();
  }

  #peers(): readonly SimPeer[] {
    return this.#population.everyone.filter((one) => this.#population.peers.includes(one));
  }

  #replenish(): void {
    const newcomers: SimPeer[] = [];
    for (let count = this.#peers().length; count < PEERS_LEAST; count++) {
      newcomers.push(this.#population.add(true));
    }
    this.#agreed(AGREED_MS, "a join");
    this.#linked(newcomers);
  }

  /** G11: only pairs that could not connect yet dial; no program sees an event or a suspicion. */
  #quiet(): void {
    const { network: { world, peers }, canConnect } = this.#population;
    const dials = new Map(world.dials);
    const seen = peers.map((one) => one.seen.length);
    this.#watching((from, frame) => {
      if (!isQuestion(frame)) return;
      throw new Error(`G11: ${from} pings a member in a quiet group`);
    }, () => this.#population.pass(QUIET_MS));
    for (const [pair, count] of world.dials) {
      const [a = "", b = ""] = pair.split(" ");
      const tries = count - (dials.get(pair) ?? 0);
      if (tries > (canConnect(a, b) ? 1 : 2)) {
        throw new Error(`G11: ${a} and ${b} try to connect ${tries} times in a quiet group`);
      }
    }
    for (const [index, one] of peers.entries()) {
      const news = one.seen.slice(seen[index]).filter(([kind]) => kind !== "signaling");
      if (news.length > 0 && this.#population.isHere(one)) {
        throw new Error(`G11: ${one.name} sees ${news[0]?.join(" ")} in a quiet group`);
      }
    }
  }

  /** G4: a message that exceeds the window of a session, in a small group. */
  #sendHuge(): void {
    const { everyone } = this.#population;
    const [from, to] = everyone;
    if (from === undefined || to === undefined || everyone.length > HUGE_MEMBERS_MAX) return;
    this.#population.sendLong("huge");
    const number = this.#population.sendTo(from, to);
    this.#population.pass(HUGE_MS);
    this.#checkReceived(to, [number], "a huge message was sent");
  }

  /** G12: messages sent before a leave arrive, over direct and relayed paths. */
  #leave(): void {
    const [leaver] = this.#peers();
    if (leaver === undefined) return;
    const others = this.#othersThan(leaver);
    const sent = others.map((to) => ({ to, numbers: [this.#population.sendTo(leaver, to)] }));
    for (const { to, numbers } of sent) {
      this.#population.sendLong();
      numbers.push(this.#population.sendTo(leaver, to));
    }
    const toAll = this.#sendLong(leaver);
    this.#population.leave(leaver);
    this.#agreed(AGREED_MS, "a leave");
    for (const { to, numbers } of sent) this.#checkReceived(to, [...numbers, ...toAll], "a leave");
  }

  /** A closed page has left, and its neighbors receive what it sent in the same turn. */
  #closePage(): void {
    const one = this.#peers().find((peer) => peer.group.neighbors.length > 0);
    if (one === undefined) return;
    const neighbors = this.#neighborsOf(one);
    const toAll = this.#sendLong(one);
    this.#population.closePage(one);
    this.#agreed(AGREED_MS, "a page was closed");
    for (const to of neighbors) this.#checkReceived(to, toAll, "a page was closed");
  }

  /** The same for a cached page, which rejoins when it is shown. */
  #cachePage(): void {
    const one = this.#peers().find((peer) => peer.group.neighbors.length > 0);
    if (one === undefined) return;
    const neighbors = this.#neighborsOf(one);
    const toAll = this.#sendLong(one);
    this.#population.cachePage(one, CACHED_MS);
    this.#agreed(AGREED_MS, "a page was hidden");
    for (const to of neighbors) this.#checkReceived(to, toAll, "a page was hidden");
    this.#population.pass(CACHED_MS - AGREED_MS);
    this.#agreed(AGREED_MS, "a page was shown again");
  }

  /** G8: a hidden page whose group was left does not rejoin when it is shown. */
  #leaveCachedPage(): void {
    const one = this.#peers().at(-1);
    if (one === undefined) return;
    this.#population.cachePage(one, CACHED_MS);
    this.#population.leave(one);
    this.#population.pass(CACHED_MS);
    this.#agreed(AGREED_MS, "a page that was left was shown");
  }

  /** G6: the channels of a member break after a silence; no program sees it leave. */
  #breakChannels(one: SimPeer): void {
    this.#population.pass(SILENT_MS);
    const { everyone } = this.#population;
    const seen = lengthsOf(everyone);
    for (const channel of one.machine.open) if (channel.kind === "rtc") channel.cut();
    this.#agreed(LINKED_MS, "channels broke");
    this.#sawNothing(seen, "G6", "the channels of one broke");
    this.#linked([one]);
  }

  /** G3: of two channels of a pair, the one in use becomes a black hole. */
  #loseOneOfTwoChannels(): void {
    const pair = this.#pairWithoutRelayed();
    if (pair === undefined) return;
    const [a, b] = pair;
    const channel = this.#population.connect(a, b);
    this.#population.pass(AGREED_MS);
    channel.die();
    const numbers = [[b, this.#population.sendTo(a, b)], [
      a,
      this.#population.sendTo(b, a),
    ]] as const;
    this.#agreed(REROUTED_MS, "one of two channels died");
    for (const [to, number] of numbers) {
      this.#checkReceived(to, [number], "one of two channels died");
    }
  }

  /**
   * Returns a peer and a neighbor. If members with a dead channel are declared dead at once,
   * neither of them may be the relay of the other to further members.
   */
  #pairWithoutRelayed(): readonly [SimPeer, SimPeer] | undefined {
    const { everyone, graceTime } = this.#population;
    const isRelayed = (one: SimPeer) => this.#neighborsOf(one).length < everyone.length - 1;
    for (const a of this.#peers()) {
      for (const b of this.#neighborsOf(a)) {
        if (graceTime > DEAD_AFTER_MS || !(isRelayed(a) || isRelayed(b))) return [a, b];
      }
    }
    return undefined;
  }

  /**
   * A member receives everything and acknowledges nothing: all senders evict it. A newcomer does
   * the same, until it evicts the others, to which it sends in vain: the messages that it received
   * arrive once. Meanwhile a group begins with an isolated member, and a newcomer retries the peers
   * that it could not connect to at first.
   */
  #acknowledgeNothing(): void {
    const [mute] = this.#peers();
    if (mute === undefined) return;
    const { world } = this.#population.network;
    const { replaceSent } = world;
    const muteId = mute.group.myId;
    const others = this.#othersThan(mute);
    const newcomer = this.#population.add(true);
    const old: OldFrame[] = [];
    world.replaceSent = (from, frame, to) => {
      const session = sessionOf(frame);
      if (session === undefined) return replaceSent(from, frame, to);
      const { sender, recipient, asks } = session;
      if (sender === muteId) {
        old.push({ recipient, frame });
        return undefined;
      }
      const isHeldBack = sender === newcomer.group.myId && !asks &&
        !hasSeenLeave(newcomer, recipient);
      return isHeldBack ? undefined : replaceSent(from, frame, to);
    };
    const judge = this.#beginBesideIsolated();
    this.#agreed(AGREED_MS, "a join");
    const blocked = this.#addBlocked();
    for (const other of others) {
      this.#population.sendTo(other, mute);
      this.#population.sendTo(newcomer, other);
    }
    this.#population.pass(LATER_MS);
    for (const other of others) this.#population.sendTo(other, newcomer);
    this.#population.pass(EVICTED_MS);
    world.replaceSent = replaceSent;
    for (const one of others) {
      if (hasSeenLeave(one, muteId)) continue;
      throw new Error(`G3: ${one.name} keeps ${mute.name}, which acknowledges nothing`);
    }
    this.#agreed(EVICTED_MS, "a member was removed");
    judge();
    this.#linked([blocked]);
    this.#replay(muteId, old);
  }

  /** The peer cannot connect by WebRTC at first. */
  #addBlocked(): SimPeer {
    const { blocked, network: { world: { clock } } } = this.#population;
    const one = this.#population.add(true);
    blocked.add(one.name);
    clock.after(BLOCKED_MS, () => void blocked.delete(one.name));
    return one;
  }

  /** Late relayed frames of an earlier session end nothing, and deliver nothing. */
  #replay(id: number, old: readonly OldFrame[]): void {
    const { everyone } = this.#population;
    const relay = everyone.find(({ name }) => name === "bot");
    const seen = lengthsOf(everyone);
    for (const { recipient, frame } of old) {
      const to = everyone.find(({ group }) => group.myId === recipient);
      if (to === undefined || to.group.neighbors.includes(id)) continue;
      relay?.machine.open.find(({ peer }) => peer === to.name)?.send(frame);
    }
    this.#population.pass(LATER_MS);
    this.#sawNothing(seen, "G13", "an old frame came");
  }

  /** G13: a member sends frames in the name of others to members that have a channel to those. */
  #forge(): void {
    const one = this.#peers().at(-1);
    if (one === undefined) return;
    const others = this.#othersThan(one);
    const seen = lengthsOf(others);
    this.#population.safety.excuse(one);
    const forger = new FrameForger(one, seededRandom(one.group.myId));
    for (let passed = 0; passed < FORGING_MS; passed += FORGING_PAUSE_MS) {
      for (const to of this.#neighborsOf(one)) {
        for (const victim of this.#neighborsOf(to)) {
          if (victim !== one) forger.sendForgedAs(victim, to);
        }
      }
      this.#population.pass(FORGING_PAUSE_MS);
    }
    this.#sawNothing(seen, "G13", "frames were forged");
    this.#talk(others, "frames were forged");
    this.#population.leave(one);
    this.#agreed(AGREED_MS, "a member that forged left");
  }

  /** G8: a peer joins with the id of a member: it gets another id, and the member keeps its own. */
  #takeId(): void {
    const [one] = this.#peers();
    if (one === undefined) return;
    const { myId } = one.group;
    this.#population.add(true, myId);
    this.#agreed(TAKEN_AGREED_MS, "somebody came under an id that is taken");
    if (one.group.myId !== myId) throw new Error(`G8: ${one.name} loses its id to a newcomer`);
  }

  /** G7: a group begins with an isolated member. Returns a function that checks it later. */
  #beginBesideIsolated(): () => void {
    const population = this.#population;
    const isolated = population.addOutsider("isolated", BESIDE, false);
    const pages: SimPeer[] = [];
    for (let count = 1; count <= PAGES; count++) {
      population.network.world.clock.after(count * AGREED_MS, () => {
        pages.push(population.addOutsider("page", BESIDE));
      });
    }
    return () => {
      for (const { name, group } of pages) {
        if (group.state === WebGroupState.JOINED && group.members.length === PAGES) continue;
        throw new Error(`G7: ${name} is kept apart by ${isolated.name}`);
      }
      for (const one of population.outsiders) population.leave(one);
    };
  }

  #sawNothing(before: ReadonlyMap<SimPeer, number>, guarantee: string, what: string): void {
    for (const [{ name, seen }, count] of before) {
      const news = seen.slice(count).find(([kind]) => kind !== "signaling");
      if (news !== undefined) {
        throw new Error(`${guarantee}: ${name} sees ${news.join(" ")} when ${what}`);
      }
    }
  }

  #talk(all: readonly SimPeer[], what: string): void {
    const sent = all.flatMap((from) =>
      all.filter((to) => to !== from).map((to) => ({
        to,
        number: this.#population.sendTo(from, to),
      }))
    );
    this.#population.pass(AGREED_MS);
    for (const { to, number } of sent) this.#checkReceived(to, [number], what);
  }

  /** G3: a relay loses all frames from one member to another one: they use another relay. */
  #loseRelayed(): void {
    const [relay, from, to] = this.#relayed() ?? [];
    if (relay === undefined || from === undefined || to === undefined) return;
    const { world } = this.#population.network;
    const { replaceSent } = world;
    world.replaceSent = (machine, frame, toMachine) => {
      const isLost = machine === relay.name && toMachine === to.name &&
        readEnvelope(frame)?.sender === from.group.myId;
      return isLost ? undefined : replaceSent(machine, frame, toMachine);
    };
    const number = this.#population.sendTo(from, to);
    this.#population.pass(REROUTED_MS);
    world.replaceSent = replaceSent;
    this.#checkReceived(to, [number], "a relay lost frames");
  }

  /**
   * Senders that wait for the crashed member get an error. If it relayed for another one, that one
   * leaves, and all notice.
   */
  #crash(): void {
    const [last, relayed] = this.#relayed() ?? [this.#peers().at(-1)];
    if (last === undefined) return;
    this.#population.crash(last);
    for (const other of this.#othersThan(last)) {
      if (other === relayed || !other.group.members.includes(last.group.myId)) continue;
      for (let count = 0; count < LONG_MESSAGES; count++) {
        this.#population.sendLong();
        this.#population.sendTo(other, last);
      }
      this.#population.promises.hasToFail(this.#population.latestPromise);
    }
    let untilAgreedMs = this.#population.graceTime + CRASH_AGREED_MS + FRAME_DELAY_MAX_MS;
    if (relayed !== undefined) {
      const { myId } = relayed.group;
      this.#population.leave(relayed);
      this.#population.pass(AGREED_MS);
      untilAgreedMs -= AGREED_MS;
      const unaware = this.#othersThan(last).find(({ group }) => group.members.includes(myId));
      if (unaware !== undefined) {
        throw new Error(`G5: ${unaware.name} misses the leave of ${relayed.name} behind a crash`);
      }
    }
    this.#agreed(untilAgreedMs, "a crash");
  }

  /** Returns a peer that relays, and the peer and the member between which it does. */
  #relayed(): readonly [SimPeer, SimPeer, SimPeer] | undefined {
    const peers = this.#peers();
    for (const from of peers) {
      const { mesh } = peerOf(from.group);
      for (const to of this.#othersThan(from)) {
        const hop = mesh.nextHopTo(asMemberId(to.group.myId));
        const relay = peers.find((one) => one !== to && one.group.myId === hop);
        if (relay !== undefined) return [relay, from, to];
      }
    }
    return undefined;
  }

  #sendLong(one: SimPeer): readonly number[] {
    const short = this.#population.broadcast(one);
    this.#population.sendLong();
    return [short, this.#population.broadcast(one)];
  }

  #othersThan(one: SimPeer): readonly SimPeer[] {
    return this.#population.everyone.filter((other) => other !== one);
  }

  #neighborsOf({ group }: SimPeer): readonly SimPeer[] {
    return this.#population.everyone.filter((other) => group.neighbors.includes(other.group.myId));
  }

  #checkReceived(one: SimPeer, numbers: readonly number[], what: string): void {
    const heard = this.#population.receivedBy(one);
    const missed = numbers.filter((number) => !heard.has(number));
    if (missed.length === 0) return;
    throw new Error(`G12: ${one.name} misses messages ${missed.join(", ")} after ${what}`);
  }

  /** Inspects each frame sent during `act`. */
  #watching(look: (from: string, frame: Uint8Array) => void, act: () => void): void {
    const { world } = this.#population.network;
    const { watch } = world;
    world.watch = (from, frame) => {
      look(from, frame);
      watch(from, frame);
    };
    act();
    world.watch = watch;
  }

  #agreed(ms: number, what: string): void {
    this.#population.pass(ms);
    const why = disagreement(this.#population.everyone);
    if (why !== undefined) throw new Error(`G5: no agreement ${ms} ms after ${what}: ${why}`);
  }

  #linked(newcomers: readonly SimPeer[]): void {
    this.#population.pass(LINKED_MS);
    for (const one of newcomers) {
      for (const other of this.#population.everyone) {
        if (one === other || !this.#population.canLink(one, other)) continue;
        if (!one.group.neighbors.includes(other.group.myId)) {
          throw new Error(`G11: ${one.name} has no channel to ${other.name} after ${LINKED_MS} ms`);
        }
      }
    }
  }
}

function isQuestion(frame: Uint8Array): boolean {
  const envelope = readEnvelope(frame);
  if (envelope?.service !== Service.FULL_MESH) return false;
  return decodeMeshMessage(envelope.content).type === "ping";
}

interface OldFrame {
  readonly recipient: number;
  readonly frame: Uint8Array;
}

/** The sender and recipient of a session frame, and whether it only requests a SYN. */
function sessionOf(frame: Uint8Array) {
  const envelope = readEnvelope(frame);
  if (envelope?.service !== Service.SESSION || envelope.recipient === "everyone") return undefined;
  const { sender, recipient, content } = envelope;
  return { sender, recipient, asks: decodeSessionFrame(content).peerEpoch === undefined };
}

function hasSeenLeave({ seen }: SimPeer, member: number): boolean {
  return seen.some(([kind, id]) => kind === "leave" && id === member);
}

function lengthsOf(all: readonly SimPeer[]): ReadonlyMap<SimPeer, number> {
  return new Map(all.map((one) => [one, one.seen.length]));
}
