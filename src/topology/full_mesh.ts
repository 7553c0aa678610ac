// The full mesh as one member sees it: its state, its router and its neighbors.
// @sansio

import type { MemberId } from "../base/ids.ts";
import {
  HEARD_RECENTLY_MS,
  HEARTBEAT_INTERVAL_MS,
  RECENT_LEAVER_MS,
  SUSPECT_AFTER_MS,
} from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { Neighbor, type NeighborEnvironment } from "../link/neighbor.ts";
import { StepTrace } from "../platform/trace.ts";
import type { Channel, ChannelEnd } from "../transport/channel.ts";
import { dialFailed, redial } from "./direct_connect.ts";
import {
  checkSilence,
  checkSuspects,
  heardElsewhere,
  heartbeat,
  lastHeard,
  loseNeighbor,
} from "./failure_detector.ts";
import { announce, gossip, messageReceived, sendNeighbors } from "./gossip.ts";
import {
  becomeNeighbor,
  construct,
  isFull,
  joined,
  learn,
  type MemberNews,
  remove,
  stop,
} from "./membership.ts";
import {
  type Departure,
  MeshState,
  type MeshTimer,
  type TopologyEvents,
  type TopologyPhase,
} from "./mesh_state.ts";
import { Router } from "./router.ts";
import { nextHop } from "./next_hop.ts";

export interface MeshEnvironment extends NeighborEnvironment {
  readonly graceMs: number;
  /** Without it, all frames are relayed. */
  readonly mayRelay?:
    | ((from: MemberId, bytes: number, urgent: boolean) => boolean)
    | undefined;
}

export class FullMesh {
  readonly router: Router;
  readonly #environment: MeshEnvironment;
  readonly #events: TopologyEvents;
  readonly #trace: StepTrace;
  readonly #neighbors = new Map<MemberId, Neighbor>();
  readonly #mesh: MeshState;
  /** The channels that have not closed yet, also those to former neighbors. */
  #openChannels = 0;
  #allClosed: (() => void) | undefined;

  constructor(me: MemberId, environment: MeshEnvironment, events: TopologyEvents) {
    this.#environment = environment;
    this.#events = events;
    const { clock, graceMs, trace } = environment;
    this.#trace = new StepTrace("TOPOLOGY", trace, () => this.#summary);
    this.#mesh = new MeshState(me, graceMs, clock, this.#neighbors, {
      ...events,
      memberJoined: this.#traced("memberJoined", events.memberJoined),
      memberLeft: this.#traced("memberLeft", (departed) => {
        this.router.forget(departed.member);
        events.memberLeft(departed);
      }),
      awayChanged: this.#traced("awayChanged", events.awayChanged),
      partitioned: this.#traced("partitioned", events.partitioned),
      channelWanted: this.#traced("channelWanted", events.channelWanted),
      send: this.#traced("send", (...message) => this.router.send(...message)),
      sendHeartbeats: () => this.router.sendHeartbeats(),
      forwardLeave: (newcomer, left) => this.router.forwardLeave(newcomer, left),
      closeNeighbor: (member) => this.#closeNeighbor(member),
      note: (text) => trace.note("TOPOLOGY", text),
    });
    this.router = new Router({
      ...environment,
      mesh: this.#mesh,
      neighbors: this.#neighbors,
      meshMessage: (sender, message, via) =>
        this.#input(
          message.type,
          { sender, via },
          (mesh) => messageReceived(mesh, sender, message, via),
        ),
      heardElsewhere: (neighbor) =>
        this.#input(
          "heardElsewhere",
          { member: neighbor.id },
          (mesh) => heardElsewhere(mesh, neighbor),
        ),
      received: (...frame) => {
        // The frame may have arrived on another route than earlier ones.
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
    return this.#mesh.neighborIds;
  }

  /**
   * Members that left a moment ago, and that the signaling server may still consider members (D14):
   * their `leave` can arrive here before the server notices that they are gone. If the last member
   * did not list them, the server would treat that member as a newcomer, and the group would have
   * no member through which others can join.
   */
  get recentLeavers(): readonly MemberId[] {
    const earliest = this.#mesh.now - RECENT_LEAVER_MS;
    return [...this.#mesh.tombstones].flatMap(([id, { since }]) => since > earliest ? id : []);
  }

  /** The reachable members that speak v5. */
  get v5Members(): readonly MemberId[] {
    return this.reachable.filter((id) => id === this.#mesh.me || this.protocolOf(id) === "v5");
  }

  get deadline(): number | undefined {
    return this.#mesh.timers.next;
  }

  /** `undefined` for a distant member. */
  channelTo(member: MemberId): Channel | undefined {
    return this.#neighbors.get(member)?.channel;
  }

  /** Whether newcomers are refused. */
  get isFull(): boolean {
    return isFull(this.#mesh);
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

  /** Whether a member was heard recently over a direct channel. */
  hears(member: MemberId): boolean {
    const { heardAt = -Infinity } = this.#neighbors.get(member) ?? {};
    return this.#mesh.now - heardAt <= HEARD_RECENTLY_MS;
  }

  /** Whether a member pings over its channel: it does not hear this peer. */
  isPingedBy(member: MemberId): boolean {
    const { pingedAt = -Infinity } = this.#mesh.members.get(member) ?? {};
    return this.#mesh.now - pingedAt <= HEARD_RECENTLY_MS;
  }

  /** Whether a member was heard recently on any route, and is not suspected. */
  isAlive(member: MemberId): boolean {
    const known = this.#mesh.members.get(member);
    if (known === undefined || known.suspicion !== undefined) return false;
    return this.#mesh.now - lastHeard(this.#mesh, known) <= SUSPECT_AFTER_MS;
  }

  /** In ms. */
  heardAt(member: MemberId): number | undefined {
    const known = this.#mesh.members.get(member);
    return known && lastHeard(this.#mesh, known);
  }

  // Joining and leaving

  /** Sets the id of this member, before the mesh has other members. */
  start(me: MemberId): void {
    this.#mesh.me = me;
  }

  construct(): void {
    this.#input("construct", {}, construct);
  }

  joined(
    member: MemberId,
    channel: Channel,
    protocol: PeerProtocol,
    members: readonly MemberId[],
    v5: readonly MemberId[],
  ): void {
    this.#link(member, channel);
    const handle = (mesh: MeshState) => joined(mesh, member, members, protocol, v5);
    this.#input("joined", { member, protocol }, handle);
  }

  addChannel(member: MemberId, channel: Channel, protocol: PeerProtocol): void {
    this.#link(member, channel);
    this.#input("addChannel", { member, protocol }, (mesh) => {
      becomeNeighbor(mesh, member, protocol);
      construct(mesh);
    });
  }

  evict(member: MemberId): void {
    // An unreachable member cannot receive anything: its grace time decides.
    if (this.reachable.includes(member)) this.#remove(member, "stalled");
  }

  /** The members have received all data. */
  leaveMembers(members: readonly MemberId[]): void {
    this.router.sendLeave(members, () => true);
    // Only removed locally: they have not left the group, so no `leave` is forwarded.
    for (const member of members) this.#remove(member, "lost");
  }

  /**
   * `isDrained` is whether a member has received all data; `atOnce` aborts the channels without
   * waiting, because the page is being unloaded.
   */
  stop(isDrained: (member: MemberId) => boolean, atOnce: boolean, done: () => void): void {
    this.router.sendLeave([...this.#mesh.members.keys()], isDrained);
    this.#input("stop", {}, stop);
    for (const member of this.#neighbors.keys()) this.#closeNeighbor(member, atOnce);
    this.#allClosed = done;
    if (this.#openChannels === 0) done();
  }

  // Dialing

  /** Whether a peer, which may be unknown, may request a channel. */
  mayRequest(peer: MemberId): boolean {
    if (this.has(peer)) return true;
    const via = this.router.returnRoutes.get(peer);
    // A channel to a non-member would be closed, and requested again at once.
    if (isFull(this.#mesh, via)) return false;
    if (this.#mesh.knows(peer)) return true;
    return via === undefined || this.#mesh.tryIntroduce(via);
  }

  channelRequested(
    member: MemberId,
    reportedNeighbors: readonly MemberId[],
    protocol: PeerProtocol,
  ): void {
    const via = this.router.returnRoutes.get(member);
    this.router.returnRoutes.delete(member);
    const news = { reportedNeighbors, heardAt: this.#mesh.now, protocol };
    this.#learn(member, via === undefined ? news : { ...news, via });
  }

  dialAnswered(member: MemberId, protocol: PeerProtocol): void {
    if (this.#mesh.knows(member)) this.#learn(member, { protocol });
  }

  protocolLearned(member: MemberId, protocol: PeerProtocol): void {
    if (this.has(member)) this.#learn(member, { protocol });
  }

  dialFailed(member: MemberId): void {
    this.#input("dialFailed", { member }, (mesh) => dialFailed(mesh, member));
  }

  // Time

  tick(now: number): void {
    const { timers } = this.#mesh;
    const due = timers.takeDue(now);
    for (const [name, deadline] of due) {
      // A timer this late means that this machine slept: the silence proves nothing about others.
      const slept = now - deadline > HEARTBEAT_INTERVAL_MS;
      if (slept) this.#neighbors.forEach((one) => one.resetStall(now));
      this.#input("timeout", { name }, (mesh) => TIMED_OUT.get(name)?.(mesh, slept));
    }
    if (!due.some(([name]) => name === "heartbeat")) return;
    for (const neighbor of this.#neighbors.values()) {
      neighbor.closeDead(now);
      if (neighbor.detectStall(now)) this.evict(neighbor.member);
    }
  }

  get #summary(): string {
    const { neighborIds, members, phase } = this.#mesh;
    return `${phase} ${members.size + 1} members, ${neighborIds.length} neighbors`;
  }

  #learn(member: MemberId, news: MemberNews): void {
    const { protocol } = news;
    this.#input("learn", { member, protocol }, (mesh) => learn(mesh, member, news));
  }

  #remove(member: MemberId, reason: Departure): void {
    this.#closeNeighbor(member);
    this.#input("remove", { member, reason }, (mesh) => remove(mesh, member, reason));
  }

  /** Handles an input, and then reports members whose route changed. */
  #input(name: string, values: object, handle: (mesh: MeshState) => void): void {
    this.#trace.input(name, values, () => handle(this.#mesh));
    if (this.#mesh.routesChanged) this.#reroute();
  }

  /** Returns a function that traces its call as an output. */
  #traced<Values extends readonly unknown[]>(name: string, act: (...values: Values) => void) {
    return (...values: Values): void => {
      this.#trace.output(name, values);
      act(...values);
    };
  }

  #reroute(): void {
    this.#mesh.routesChanged = false;
    for (const member of this.router.dropInvalidRoutes()) this.#events.rerouted(member);
  }

  // Channels

  #link(member: MemberId, channel: Channel): void {
    const neighbor = this.#neighbors.get(member) ?? this.#newNeighbor(member);
    this.#neighbors.set(member, neighbor);
    this.#openChannels++;
    neighbor.add(channel);
    this.#reroute();
  }

  #newNeighbor(member: MemberId): Neighbor {
    return new Neighbor(member, this.#environment, {
      received: (frame) => this.router.receive(member, frame),
      switched: () => this.#reroute(),
      lost: (end) => this.#channelLost(member, end),
      closed: () => {
        if (--this.#openChannels === 0) this.#allClosed?.();
      },
    });
  }

  #channelLost(member: MemberId, { clean }: ChannelEnd): void {
    // Before its channels are forgotten, over which it was heard.
    const heardAt = this.heardAt(member) ?? 0;
    this.#closeNeighbor(member);
    const values = { member, clean };
    this.#input("channelLost", values, (mesh) => loseNeighbor(mesh, member, clean, heardAt));
  }

  #closeNeighbor(member: MemberId, atOnce = false): void {
    const neighbor = this.#neighbors.get(member);
    this.#neighbors.delete(member);
    neighbor?.close(atOnce);
  }
}

/** @internal */
export const TIMED_OUT: ReadonlyMap<MeshTimer, (mesh: MeshState, slept: boolean) => void> = new Map(
  [
    ["heartbeat", heartbeat],
    ["silence", checkSilence],
    ["suspicion", checkSuspects],
    ["announce", announce],
    ["neighbors", sendNeighbors],
    ["gossip", gossip],
    ["redial", redial],
  ],
);
