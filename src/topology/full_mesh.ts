/**
 * The full mesh: acts out the machine over the channels to the neighbors.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { HEARD_LATELY_MS, HEARTBEAT_INTERVAL_MS, SUSPECT_AFTER_MS } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { type MemberPath, Neighbor } from "../link/neighbor.ts";
import { dueTimers, nextDeadline } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { describeStep, type Trace } from "../platform/trace.ts";
import type { ChannelEnd } from "../transport/channel.ts";
import { type Envelope, Service } from "../wire/envelope.ts";
import { decodeFullMesh } from "../wire/full_mesh.ts";
import type { MeshEffect } from "./answer.ts";
import { type MeshEvent, meshStep } from "./machine.ts";
import { Receiver } from "./receiver.ts";
import { nextHop } from "./routes.ts";
import { Sender } from "./sender.ts";
import {
  idleMesh,
  idsOf,
  type MeshState,
  neighborsOf,
  presentOf,
  summarize,
  type TopologyPhase,
} from "./state.ts";
import { Strangers } from "./strangers.ts";
import type { ReadyChannel, Topology, TopologyFact } from "./topology.ts";

/** What the mesh needs. */
export interface FullMeshPorts {
  readonly clock: Clock;
  /** A member that nobody hears is listed for so long. */
  readonly graceMs: number;
  readonly trace: Trace;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  /** A message for this member, of a service that is not the mesh's own. */
  readonly deliver: (sender: MemberId, service: number, content: Uint8Array) => void;
  /** Is told what happens, at once. */
  readonly told: (fact: TopologyFact) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** A full mesh, seen by one of its members. */
export class FullMesh implements Topology {
  readonly #ports: FullMeshPorts;
  readonly #neighbors = new Map<MemberId, Neighbor>();
  readonly #strangers = new Strangers();
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  /** Neighbors that are gone, whose channels are not closed yet; and who waits for that. */
  #closing = 0;
  readonly #whenClosed: (() => void)[] = [];
  #state: MeshState;

  constructor(me: MemberId, ports: FullMeshPorts) {
    this.#ports = ports;
    this.#state = idleMesh(me, ports.graceMs);
    this.#sender = new Sender({
      clock: ports.clock,
      state: () => this.#state,
      neighbors: this.#neighbors,
      strangers: this.#strangers,
      dropped: ports.dropped,
    });
    this.#receiver = new Receiver({
      state: () => this.#state,
      neighbors: this.#neighbors,
      received: (...message) => this.#received(...message),
      dropped: ports.dropped,
    });
  }

  get phase(): TopologyPhase {
    return this.#state.phase;
  }

  get members(): readonly MemberId[] {
    return idsOf(this.#state);
  }

  get present(): readonly MemberId[] {
    return presentOf(this.#state);
  }

  get neighbors(): readonly MemberId[] {
    return neighborsOf(this.#state);
  }

  get ours(): readonly MemberId[] {
    return this.members.filter((id) => id === this.#state.me || this.kindOf(id) === "v5");
  }

  get deadline(): number | undefined {
    return nextDeadline(this.#state.timers);
  }

  /** How a member is reached, or `undefined` when it is none. */
  pathTo(member: MemberId): MemberPath | undefined {
    const known = this.#state.members.get(member);
    if (known === undefined) return undefined;
    const relay: MemberPath = { kind: "relay", via: nextHop(this.#state, member) };
    const path = this.#neighbors.get(member)?.path ?? relay;
    return { ...path, lost: known.suspicion?.lost === true };
  }

  /** What a member is, as far as it is known. */
  kindOf = (member: MemberId): PeerProtocol | undefined => this.#state.members.get(member)?.kind;

  hears(member: MemberId): boolean {
    const neighbor = this.#neighbors.get(member);
    return neighbor !== undefined && this.#now() - neighbor.heardAt <= HEARD_LATELY_MS;
  }

  isAlive(member: MemberId): boolean {
    const heardAt = this.heardAt(member);
    if (heardAt === undefined || this.#now() - heardAt > SUSPECT_AFTER_MS) return false;
    return this.#state.members.get(member)?.suspicion === undefined;
  }

  heardAt(member: MemberId): number | undefined {
    const known = this.#state.members.get(member);
    return known && Math.max(known.heardAt, this.#neighbors.get(member)?.heardAt ?? 0);
  }

  start(me: MemberId): void {
    this.#state = idleMesh(me, this.#ports.graceMs);
  }

  construct(): void {
    this.#step({ type: "constructed", now: this.#now() });
  }

  enter(ready: ReadyChannel, members: readonly MemberId[], ours: readonly MemberId[]): void {
    this.#take(ready);
    const { member: host, kind = "unknown" } = ready;
    this.#step({ type: "entered", host, members, kind, ours, now: this.#now() });
    this.#readEarly(ready);
  }

  adopt(ready: ReadyChannel): void {
    this.#take(ready);
    const { member, kind = "unknown" } = ready;
    this.#step({ type: "neighborReady", member, kind, now: this.#now() });
    this.#readEarly(ready);
  }

  mayAsk(member: MemberId): boolean {
    if (this.#state.members.has(member) || this.#state.rumors.has(member)) return true;
    const via = this.#strangers.wayTo(member);
    return via === undefined || this.#state.introductions.tryAcquire(via, this.#now());
  }

  asked(member: MemberId, adjacent: readonly MemberId[], kind: PeerProtocol): void {
    const via = this.#strangers.take(member);
    this.#step({ type: "asked", member, adjacent, via, kind, now: this.#now() });
  }

  answered(member: MemberId, kind: PeerProtocol): void {
    this.#step({ type: "answered", member, kind, now: this.#now() });
  }

  unreached(member: MemberId): void {
    this.#step({ type: "unreached", member, now: this.#now() });
  }

  sendTo(...message: Parameters<Topology["sendTo"]>): void {
    this.#sender.sendTo(...message);
  }

  sendControl(...message: Parameters<Topology["sendControl"]>): void {
    this.#sender.sendControl(...message);
  }

  requestFrames(...source: Parameters<Topology["requestFrames"]>): void {
    this.#sender.requestFrames(...source);
  }

  letGo(member: MemberId): void {
    // Who is lost takes nothing, of course: it has the time of grace.
    if (!this.present.includes(member)) return;
    this.#drop(member);
    this.#step({ type: "letGo", member, now: this.#now() });
  }

  forwardLeave(newcomer: MemberId, left: readonly MemberId[]): void {
    for (const member of left) this.#sender.forwardLeave(newcomer, member);
  }

  nextHopTo(member: MemberId): MemberId | undefined {
    return nextHop(this.#state, member);
  }

  dismiss(members: readonly MemberId[]): void {
    this.#sender.sendLeave(members);
    for (const member of members) {
      this.#drop(member);
      this.#step({ type: "dismissed", member, now: this.#now() });
    }
  }

  stop(done: () => void): void {
    this.#sender.sendLeave([...this.#state.members.keys()]);
    this.#sender.clear();
    this.#step({ type: "stopped", now: this.#now() });
    for (const member of [...this.#neighbors.keys()]) this.#drop(member);
    this.#strangers.clear();
    if (this.#closing === 0) done();
    else this.#whenClosed.push(done);
  }

  abandon(): void {
    this.#sender.sendLeave([...this.#state.members.keys()]);
    for (const neighbor of this.#neighbors.values()) neighbor.abandon();
  }

  tick(now: number): void {
    const before = this.#state.timers;
    const { due, timers } = dueTimers(before, now);
    this.#state = { ...this.#state, timers };
    if (due.length === 0) return;
    const heardAt = new Map([...this.#neighbors].map(([id, { heardAt }]) => [id, heardAt]));
    for (const name of due) {
      const lateMs = now - (before.get(name) ?? now);
      if (lateMs > HEARTBEAT_INTERVAL_MS) this.#neighbors.forEach((one) => one.resetStall(now));
      this.#step({ type: "due", name, heardAt, lateMs, now });
    }
    for (const neighbor of [...this.#neighbors.values()]) {
      neighbor.closeDead(now);
      if (neighbor.detectStall(now)) this.letGo(neighbor.member);
    }
  }

  #step(event: MeshEvent): void {
    const before = this.#state;
    const { members, rumors } = before;
    const { state, effects } = meshStep(before, event);
    this.#state = state;
    if (this.#ports.trace.isOn("topology") && (state !== before || effects.length > 0)) {
      const line = describeStep(event, summarize(before), summarize(state), effects);
      this.#ports.trace.note("topology", line);
    }
    effects.forEach((effect) => this.#perform(effect));
    if (state.members !== members || state.rumors !== rumors) this.#reroute();
  }

  /** Who is reached another way than before may miss what went the old one. */
  #reroute(): void {
    for (const member of this.#sender.reroute()) this.#ports.told({ type: "rerouted", member });
  }

  #perform(effect: MeshEffect): void {
    switch (effect.type) {
      case "tellPhase":
        return this.#ports.told({ type: "phase", phase: effect.phase });
      case "tellJoined":
        return this.#ports.told({ ...effect, type: "memberJoined" });
      case "tellKind":
        return this.#ports.told({ ...effect, type: "kindLearned" });
      case "tellLeft":
        this.#sender.forget(effect.member);
        return this.#ports.told({ ...effect, type: "memberLeft" });
      case "tellApart":
        return this.#ports.told({ type: "apart", isolated: effect.isolated });
      case "want":
        return this.#ports.told({ type: "wanted", member: effect.member });
      case "tell":
        return this.#sender.tell(effect.member, effect.message, effect.via);
      case "forwardLeave":
        return this.#sender.forwardLeave(effect.member, effect.left);
      case "beat":
        return this.#sender.beat();
      case "dropNeighbor":
        return this.#drop(effect.member);
      case "warn":
        return this.#ports.told({ type: "warned", text: effect.text });
    }
  }

  #take({ member, channel }: ReadyChannel): void {
    const neighbor = this.#neighbors.get(member) ?? new Neighbor(member, this.#now());
    this.#neighbors.set(member, neighbor);
    const isCurrent = () => this.#neighbors.get(member) === neighbor;
    neighbor.add(channel, {
      received: (frame) => {
        if (isCurrent()) this.#receiver.receive(member, frame);
      },
      switched: () => this.#reroute(),
      lost: (end) => {
        if (isCurrent()) this.#lost(member, end);
      },
    }, this.#ports);
    this.#reroute();
  }

  #readEarly({ member, early }: ReadyChannel): void {
    for (const frame of early) {
      if (this.#neighbors.has(member)) this.#receiver.receive(member, frame);
    }
  }

  #lost(member: MemberId, end: ChannelEnd): void {
    this.#drop(member);
    this.#step({ type: "neighborLost", member, closed: end.clean, now: this.#now() });
  }

  #drop(member: MemberId): void {
    const neighbor = this.#neighbors.get(member);
    if (!this.#neighbors.delete(member)) return;
    this.#closing++;
    neighbor?.close(() => {
      if (--this.#closing === 0) { for (const done of this.#whenClosed.splice(0)) done(); }
    });
  }

  #received(from: MemberId, { sender = from, service, content }: Envelope): void {
    if (sender !== from && this.#isHearsay(sender, from, service, content)) return;
    if (sender !== from) this.#heardThrough(sender, from);
    if (service !== Service.FULL_MESH) return this.#ports.deliver(sender, service, content);
    const message = decodeFullMesh(content);
    this.#step({ type: "told", member: sender, message, via: from, now: this.#now() });
  }

  /**
   * Whether what others relay in the name of a member counts for nothing, as that has a channel of
   * its own (G13). It may think otherwise, and is asked then; its own question is answered.
   */
  #isHearsay(
    sender: MemberId,
    via: MemberId,
    service: number,
    content: Uint8Array,
  ): boolean {
    const member = this.#state.members.get(sender);
    if (member?.link !== "neighbor" || member.kind !== "v5") return false;
    const heardAt = this.#neighbors.get(sender)?.heardAt ?? 0;
    this.#step({ type: "heardElsewhere", member: sender, heardAt, now: this.#now() });
    if (this.#state.members.get(sender)?.link !== "neighbor") return false;
    const isQuestion = service === Service.FULL_MESH && decodeFullMesh(content).type === "ask";
    if (isQuestion) this.#sender.tell(sender, { type: "alive" }, via);
    return true;
  }

  #heardThrough(member: MemberId, via: MemberId): void {
    if (!this.#state.members.has(member)) this.#strangers.heard(member, via);
    else this.#step({ type: "heard", member, via, now: this.#now() });
  }

  #now = (): number => this.#ports.clock.now();
}
