// A full mesh, seen by one of its members: its state, its router, and its neighbors.
// @sansio

import type { MemberId } from "../base/ids.ts";
import { HEARD_RECENTLY_MS, HEARTBEAT_INTERVAL_MS, SUSPECT_AFTER_MS } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { type MemberPath, Neighbor } from "../link/neighbor.ts";
import type { Clock } from "../platform/platform.ts";
import { StepTrace, type Trace } from "../platform/trace.ts";
import type { Channel, ChannelEnd } from "../transport/channel.ts";
import { dialFailed, redial } from "./direct_connect.ts";
import {
  checkSilence,
  checkSuspects,
  heardElsewhere,
  heartbeat,
  loseNeighbor,
} from "./failure_detector.ts";
import { adjacentOf, announce, gossip, messageReceived, sendAdjacency } from "./gossip.ts";
import { becomeNeighbor, construct, joined, learn, remove, stop } from "./membership.ts";
import {
  MeshState,
  type MeshTimer,
  type TimerContext,
  type TopologyEvents,
  type TopologyPhase,
} from "./mesh_state.ts";
import { Router } from "./router.ts";
import { nextHop } from "./next_hop.ts";

export interface MeshEnvironment {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly trace: Trace;
  /** Without it, all application data is relayed. */
  readonly mayRelay?: ((from: MemberId, bytes: number) => boolean) | undefined;
  readonly post: (turn: () => void) => void;
}

export interface ReadyChannel {
  readonly member: MemberId;
  readonly channel: Channel;
  readonly protocol?: PeerProtocol;
  readonly bufferedFrames: readonly Uint8Array[];
}

export class FullMesh {
  readonly router: Router;
  readonly #environment: MeshEnvironment;
  readonly #events: TopologyEvents;
  readonly #trace: StepTrace;
  readonly #neighbors = new Map<MemberId, Neighbor>();
  readonly #mesh: MeshState;
  /** Former neighbors whose channels are not closed yet; and what waits for that. */
  #closing = 0;
  readonly #whenClosed: (() => void)[] = [];

  constructor(me: MemberId, environment: MeshEnvironment, events: TopologyEvents) {
    this.#environment = environment;
    this.#events = events;
    this.#trace = new StepTrace("topology", environment.trace, () => this.#summary);
    const trace = this.#trace;
    this.#mesh = new MeshState(me, environment.graceMs, this.#neighbors, {
      ...events,
      memberJoined: (member, protocol) => {
        trace.output("memberJoined", { member, protocol });
        events.memberJoined(member, protocol);
      },
      memberLeft: (departed) => {
        trace.output("memberLeft", departed);
        this.router.forget(departed.member);
        events.memberLeft(departed);
      },
      awayChanged: (member, isAway) => {
        trace.output("awayChanged", { member, isAway });
        events.awayChanged(member, isAway);
      },
      partitioned: (isolated) => {
        trace.output("partitioned", { isolated });
        events.partitioned(isolated);
      },
      channelWanted: (member) => {
        trace.output("channelWanted", { member });
        events.channelWanted(member);
      },
      send: (member, message, via) => {
        trace.output(`send ${message.type}`, { member, via });
        this.router.send(member, message, via);
      },
      sendHeartbeats: () => this.router.sendHeartbeats(),
      forwardLeave: (newcomer, left) => this.router.forwardLeave(newcomer, left),
      closeNeighbor: (member) => this.#closeNeighbor(member),
    });
    this.router = new Router({
      ...events,
      mesh: this.#mesh,
      neighbors: this.#neighbors,
      now: () => this.#now,
      mayRelay: environment.mayRelay,
      meshMessage: (sender, message, via) =>
        this.#input(
          message.type,
          { sender, via },
          (mesh, now) => messageReceived(mesh, sender, message, via, now),
        ),
      heardElsewhere: (neighbor) =>
        this.#input(
          "heardElsewhere",
          { member: neighbor.id },
          (mesh, now) => heardElsewhere(mesh, neighbor, now),
        ),
      received: (...frame) => {
        // The frame may have come on another route than those before it.
        if (this.#mesh.routesChanged) this.#reroute();
        events.received(...frame);
      },
    });
  }

  get phase(): TopologyPhase {
    return this.#mesh.phase;
  }

  get me(): MemberId {
    return this.#mesh.me;
  }

  get members(): readonly MemberId[] {
    return this.#mesh.ids;
  }

  get reachable(): readonly MemberId[] {
    return this.#mesh.reachable;
  }

  get neighbors(): readonly MemberId[] {
    return this.#mesh.adjacent;
  }

  get v5Members(): readonly MemberId[] {
    return this.members.filter((id) => id === this.#mesh.me || this.protocolOf(id) === "v5");
  }

  get deadline(): number | undefined {
    return this.#mesh.timers.next;
  }

  pathTo(member: MemberId): MemberPath | undefined {
    const known = this.#mesh.members.get(member);
    if (known === undefined) return undefined;
    return this.#neighbors.get(member)?.path ?? { kind: "relay", via: this.nextHopTo(member) };
  }

  has(member: MemberId): boolean {
    return this.#mesh.members.has(member);
  }

  isAway(member: MemberId): boolean {
    return this.#mesh.members.get(member)?.isAway === true;
  }

  protocolOf(member: MemberId): PeerProtocol | undefined {
    return this.#mesh.members.get(member)?.protocol;
  }

  /** The member itself, or a relay. */
  nextHopTo(member: MemberId): MemberId | undefined {
    return nextHop(this.#mesh, member);
  }

  /** Whether a member was heard lately over a channel of its own. */
  hears(member: MemberId): boolean {
    const neighbor = this.#neighbors.get(member);
    return neighbor !== undefined && this.#now - neighbor.heardAt <= HEARD_RECENTLY_MS;
  }

  /** Whether a member was heard lately on any route, and is not suspected. */
  isAlive(member: MemberId): boolean {
    const heardAt = this.heardAt(member);
    if (heardAt === undefined || this.#now - heardAt > SUSPECT_AFTER_MS) return false;
    return this.#mesh.members.get(member)?.suspicion === undefined;
  }

  /** In ms. */
  heardAt(member: MemberId): number | undefined {
    const known = this.#mesh.members.get(member);
    return known && Math.max(known.heardAt, this.#neighbors.get(member)?.heardAt ?? 0);
  }

  // Joining and leaving

  start(me: MemberId): void {
    this.#mesh.clear();
    this.#mesh.me = me;
    this.#mesh.phase = "IDLE";
  }

  construct(): void {
    this.#input("construct", {}, construct);
  }

  joined(ready: ReadyChannel, members: readonly MemberId[], v5: readonly MemberId[]): void {
    this.#addChannel(ready);
    const { member: host, protocol = "unknown" } = ready;
    this.#input(
      "joined",
      { host, members, protocol },
      (mesh, now) => joined(mesh, host, members, protocol, v5, now),
    );
    this.#receiveBuffered(ready);
  }

  addChannel(ready: ReadyChannel): void {
    this.#addChannel(ready);
    const { member, protocol = "unknown" } = ready;
    this.#input("addChannel", { member, protocol }, (mesh, now) => {
      becomeNeighbor(mesh, member, protocol, now);
      construct(mesh, now);
    });
    this.#receiveBuffered(ready);
  }

  evict(member: MemberId): void {
    // An unreachable member takes none, of course: it has its grace time.
    if (!this.reachable.includes(member)) return;
    this.#closeNeighbor(member);
    this.#input("evict", { member }, (mesh, now) => remove(mesh, member, "stalled", now));
  }

  leaveMembers(members: readonly MemberId[]): void {
    this.router.sendLeave(members);
    for (const member of members) {
      this.#closeNeighbor(member);
      // It has not left itself: no other member is told so.
      this.#input("leave", { member }, (mesh, now) => remove(mesh, member, "left", now));
    }
  }

  stop(done: () => void): void {
    this.router.sendLeave([...this.#mesh.members.keys()]);
    this.router.clear();
    this.#input("stop", {}, stop);
    for (const member of [...this.#neighbors.keys()]) this.#closeNeighbor(member);
    if (this.#closing === 0) done();
    else this.#whenClosed.push(done);
  }

  /** Ends all channels at once, as a page that goes away must. */
  abort(): void {
    this.router.sendLeave([...this.#mesh.members.keys()]);
    for (const neighbor of this.#neighbors.values()) neighbor.abort();
  }

  // Dialing

  /** The peer may not be known yet. */
  mayRequest(peer: MemberId): boolean {
    if (this.#mesh.knows(peer)) return true;
    const via = this.router.returnRoutes.get(peer);
    return via === undefined || this.#mesh.introductions.tryAcquire(via, this.#now);
  }

  channelRequested(
    member: MemberId,
    adjacent: readonly MemberId[],
    protocol: PeerProtocol,
  ): void {
    const via = this.router.returnRoutes.get(member);
    this.router.returnRoutes.delete(member);
    this.#input("channelRequested", { member, via, protocol }, (mesh, now) => {
      const news = { adjacent: adjacentOf(adjacent), heardAt: now, protocol };
      learn(mesh, member, via === undefined ? news : { ...news, via }, now);
    });
  }

  dialAnswered(member: MemberId, protocol: PeerProtocol): void {
    this.#input("dialAnswered", { member, protocol }, (mesh, now) => {
      if (mesh.knows(member)) learn(mesh, member, { protocol }, now);
    });
  }

  protocolLearned(member: MemberId, protocol: PeerProtocol): void {
    this.#input("protocolLearned", { member, protocol }, (mesh, now) => {
      if (mesh.members.has(member)) learn(mesh, member, { protocol }, now);
    });
  }

  dialFailed(member: MemberId): void {
    this.#input("dialFailed", { member }, (mesh, now) => dialFailed(mesh, member, now));
  }

  // Time

  tick(now: number): void {
    const { timers } = this.#mesh;
    const due = timers.takeDue(now);
    for (const [name, deadline] of due) {
      const lateMs = now - deadline;
      if (lateMs > HEARTBEAT_INTERVAL_MS) this.#neighbors.forEach((one) => one.resetStall(now));
      this.#input("timeout", { name }, (mesh) => TIMED_OUT.get(name)?.(mesh, { now, lateMs }));
    }
    if (!due.some(([name]) => name === "heartbeat")) return;
    for (const neighbor of [...this.#neighbors.values()]) {
      neighbor.closeDead(now);
      if (neighbor.detectStall(now)) this.evict(neighbor.member);
    }
  }

  get #now(): number {
    return this.#environment.clock.now();
  }

  get #summary(): string {
    const { adjacent, members, phase } = this.#mesh;
    return `${phase} ${members.size + 1} members, ${adjacent.length} neighbors`;
  }

  /** Handles an input, and then reports which members are reached on another route. */
  #input(name: string, values: object, handle: (mesh: MeshState, now: number) => void): void {
    this.#trace.input(name, values, () => handle(this.#mesh, this.#now));
    if (this.#mesh.routesChanged) this.#reroute();
  }

  #reroute(): void {
    this.#mesh.routesChanged = false;
    for (const member of this.router.dropInvalidRoutes()) this.#events.rerouted(member);
  }

  // Channels

  #addChannel({ member, channel }: ReadyChannel): void {
    const neighbor = this.#neighbors.get(member) ?? this.#newNeighbor(member);
    this.#neighbors.set(member, neighbor);
    neighbor.add(channel);
    this.#reroute();
  }

  #newNeighbor(member: MemberId): Neighbor {
    const isCurrent = () => this.#neighbors.get(member) === neighbor;
    const neighbor: Neighbor = new Neighbor(member, this.#environment, {
      received: (frame) => {
        if (isCurrent()) this.router.receive(member, frame);
      },
      switched: () => this.#reroute(),
      lost: (end) => {
        if (isCurrent()) this.#channelLost(member, end);
      },
    });
    return neighbor;
  }

  #receiveBuffered({ member, bufferedFrames }: ReadyChannel): void {
    for (const frame of bufferedFrames) {
      if (this.#neighbors.has(member)) this.router.receive(member, frame);
    }
  }

  #channelLost(member: MemberId, { clean }: ChannelEnd): void {
    this.#closeNeighbor(member);
    this.#input(
      "channelLost",
      { member, clean },
      (mesh, now) => loseNeighbor(mesh, member, clean, now),
    );
  }

  #closeNeighbor(member: MemberId): void {
    const neighbor = this.#neighbors.get(member);
    if (!this.#neighbors.delete(member)) return;
    this.#closing++;
    neighbor?.close(() => {
      if (--this.#closing === 0) { for (const done of this.#whenClosed.splice(0)) done(); }
    });
  }
}

/** @internal */
export const TIMED_OUT: ReadonlyMap<MeshTimer, (mesh: MeshState, at: TimerContext) => void> =
  new Map([
    ["heartbeat", heartbeat],
    ["silence", checkSilence],
    ["suspicion", checkSuspects],
    ["announce", announce],
    ["adjacency", sendAdjacency],
    ["gossip", gossip],
    ["redial", redial],
  ]);
