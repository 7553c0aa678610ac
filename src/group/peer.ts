// One peer of one group: its components, wired together, with one mailbox for all of them.
//
//                       ┌─▶ lifecycle ──▶ signaling ──▶ the server
//   WebGroup ─▶ mailbox ┤      ▲ events      │ signals
//      ▲                │      │             ▼
//      │ events         ├─▶ overlay ◀── negotiator ◀─▶ ICE servers
//      └────────────────┤   (mesh, messaging)  │ channels
//                       └─▶ entry ◀────────────┘
//
// Calls go to the right. Events return to the left, each in its own turn.

import type { DataType } from "../base/data_type.ts";
import { type Deferred, Deferreds } from "../base/deferred.ts";
import { type ConnectionError, ProtocolError, type SignalingError } from "../base/errors.ts";
import type { MemberRole } from "../base/member_role.ts";
import {
  asMemberId,
  type GroupId,
  type MemberId,
  newGroupId,
  newKey,
  newMemberId,
} from "../base/ids.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import { IceServerProvider } from "../ice/ice_server_provider.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { earliest } from "../machine/timers.ts";
import { Negotiator } from "../negotiation/negotiator.ts";
import { DeadlineTimer } from "../platform/deadline_timer.ts";
import type { Platform } from "../platform/platform.ts";
import type { Trace } from "../platform/trace.ts";
import { SignalingClient, type SignalingPhase } from "../signaling/client.ts";
import { SignalingServers } from "../signaling/servers.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Departure } from "../topology/mesh_state.ts";
import type { Channel } from "../transport/channel.ts";
import type { SignalRoute } from "../transport/signal_route.ts";
import type { DialQuery } from "../wire/dial_query.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "../wire/envelope.ts";
import { groupUrl } from "../wire/signaling_url.ts";
import type { InitPing } from "../wire/join_handshake.ts";
import { type Environment, type LocalListener, ownRole } from "./environment.ts";
import { GroupEntry, type Identity } from "./group_entry.ts";
import { JoinCalls } from "./join_calls.ts";
import { GroupLifecycle, type LifecycleEnvironment } from "./lifecycle.ts";
import type { AcceptStream, Messaging } from "./messaging.ts";
import type { GroupSettings } from "./options.ts";
import { Overlay } from "./overlay.ts";
import type { GroupPhase } from "./state.ts";
import { slowError, waitError, WaitReporter } from "./wait_reason.ts";

export interface PeerOptions extends GroupSettings {
  readonly listener: LocalListener;
}

export type PeerError = SignalingError | ConnectionError;

export interface PeerEvents {
  idDrawn(id: MemberId, key: string): void;
  memberJoined(member: MemberId): void;
  /** With "reset", the session was lost, and the member joins again at once. */
  memberLeft(member: MemberId, reason: Departure | "reset", unacknowledged: number): void;
  memberChanged(member: MemberId, role: MemberRole | undefined, isAway: boolean): void;
  phaseChanged(phase: GroupPhase): void;
  signalingChanged(phase: SignalingPhase): void;
  messageReceived(sender: MemberId, data: DataType): void;
  channelMessageReceived(sender: MemberId, content: Uint8Array, isLatest: boolean): void;
  bufferedAmountLow(): void;
  streamOpened(sender: MemberId, info: StreamInfo, accept: AcceptStream): void;
  failed(error: PeerError): void;
  /** The program leaves, or the page is being hidden: waiting values must be sent now. */
  leaving(): void;
  /** The program left during another event: no further event of the group is reported. */
  leftDuringEvent(): void;
}

const PAIRED: SignalRoute = { via: "signaling", to: "member" };

/** The environment of all components. */
interface ComponentEnvironment
  extends
    Pick<Environment, "platform" | "transport">,
    Pick<Platform, "clock" | "random">,
    Pick<Mailbox, "follow" | "isPreparing" | "post" | "prepare"> {
  readonly trace: Trace;
}

export class Peer {
  /** When the bytes buffered for a member fall to this, `bufferedAmountLow` is reported. */
  lowThreshold = 0;
  /** Whether a group that was lost is joined again automatically. */
  autoRejoin: boolean;
  readonly #options: PeerOptions;
  readonly #environment: ComponentEnvironment;
  readonly #events: PeerEvents;
  readonly #mailbox: Mailbox;
  readonly #timer: DeadlineTimer;
  /** The subscription to page events, from `join` until the group is left for good. */
  #pageSubscription: AbortController | undefined;
  readonly #lifecycle: GroupLifecycle;
  readonly #signalingServers: SignalingServers;
  readonly #signaling: SignalingClient;
  readonly #ice: IceServerProvider;
  readonly #negotiator: Negotiator;
  readonly #entry: GroupEntry;
  #overlay: Overlay;
  /** Overlays that were left, but whose channels are still closing. */
  readonly #leaving = new Set<Overlay>();
  #identity: Identity;
  readonly #joins = new JoinCalls();
  readonly #leaves = new Deferreds();
  readonly #waitReporter: WaitReporter;
  #signalingError: SignalingError | undefined;
  /** Pending calls of leave() made during an event: until they end, no events are reported. */
  #silenced = 0;
  /** Whether the page is being hidden, so that nothing can wait. */
  #isPageHidden = false;

  constructor(options: PeerOptions, environment: Environment, events: PeerEvents) {
    const { platform } = environment;
    const { clock, log, random } = platform;
    this.autoRejoin = options.autoRejoin;
    this.#options = options;
    this.#events = events;
    this.#identity = { me: newMemberId(random), group: newGroupId(random), key: "" };
    this.#mailbox = new Mailbox(
      (error) => log.report(error),
      () => {
        this.#waitReporter.set(this.#lifecycle.waitReason);
        this.#timer.set(this.#deadline);
      },
    );
    const trace: Trace = {
      ...log,
      note: (area, line) => log.note(area, `${this.#identity.me}: ${line}`),
    };
    const { transport } = environment;
    this.#environment = { ...this.#mailbox, platform, transport, clock, random, trace };
    this.#waitReporter = new WaitReporter(clock);
    this.#timer = new DeadlineTimer(clock, () => this.#mailbox.post(() => this.#tick()));
    this.#lifecycle = this.#makeLifecycle();
    this.#signalingServers = new SignalingServers(options.signalingServers, options.token, {
      transport,
      key: () => this.#identity.key,
      isFavored: () => options.listener.url() !== undefined,
    });
    this.#signaling = this.#makeSignaling();
    this.#overlay = this.#makeOverlay();
    this.#ice = new IceServerProvider(options.ice, this.#environment, { failed: this.#failed });
    this.#negotiator = this.#makeNegotiator();
    this.#entry = this.#makeEntry();
  }

  get mesh(): FullMesh {
    return this.#overlay.mesh;
  }

  get messaging(): Messaging {
    return this.#overlay.messaging;
  }

  get groupId(): GroupId {
    return this.#identity.group;
  }

  /** The URL of the server in use or being dialed; otherwise of the first one. */
  get signalingServer(): string {
    return this.#signalingServers.urls[this.#signaling.server]!;
  }

  /** Whether the group was lost, and not left by the program. */
  get wasLost(): boolean {
    return this.#lifecycle.wasLost;
  }

  // Calls of the program

  /**
   * Settles when the group is joined and its members list this peer, or when it is left instead.
   * Without a key, joins the current group, or a new one.
   */
  join(key: string | undefined, deferred: Deferred): void {
    // First, since the decision depends on the presence that this reports.
    this.#mailbox.post(() => this.#subscribeToPage());
    this.#mailbox.post(() => {
      if (this.#lifecycle.phase === "LEFT") {
        this.#joins.add(deferred);
        this.#identity = { ...this.#identity, key: key ?? newKey(this.#environment.random) };
        return this.#lifecycle.join();
      }
      if (key === undefined || key === this.#identity.key) return this.#joins.add(deferred);
      const reason = "Cannot join: the group of another key is joined; leave it first";
      deferred.reject(new DOMException(reason, "InvalidStateError"));
    });
  }

  /** Rejects a call of `join`; leaves the group if no other call waits for it. */
  abortJoin(deferred: Deferred, reason: unknown): void {
    this.#mailbox.post(() => {
      if (!this.#joins.delete(deferred)) return;
      deferred.reject(reason);
      if (this.#joins.size > 0) return;
      this.#events.leaving();
      this.#leaveNow();
    });
  }

  /**
   * Settles when sent data is flushed and all channels are closed. If called during an event, the
   * group is left when this returns, and nothing else of the event is reported.
   */
  leave(): Promise<void> {
    const { isBusy } = this.#mailbox;
    this.#events.leaving();
    if (isBusy) this.#silenced++;
    const left = new Promise<void>((resolve, reject) =>
      this.#mailbox.post(() => {
        this.#leaveNow();
        if (this.#leaving.size > 0) this.#leaves.add({ resolve, reject });
        else resolve();
      })
    );
    if (!isBusy) return left;
    this.#mailbox.post(() => this.#silenced--);
    this.#events.leftDuringEvent();
    return left;
  }

  #leaveNow(): void {
    this.#lifecycle.leave();
    this.#unsubscribeFromPage();
  }

  invite(url: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#mailbox.post(() => this.#entry.invite(url, { resolve, reject }))
    );
  }

  // Calls of the bot or the server that this peer belongs to

  recheck(): void {
    this.#mailbox.post(() => this.#lifecycle.recheck());
  }

  /** Accepts an invitation, possibly by another part of this group. */
  acceptInvitation(key: string, group: GroupId, channel: Channel): void {
    this.#mailbox.post(() => {
      if (this.#lifecycle.phase === "LEFT") {
        this.#identity = { ...this.#identity, key };
        this.#subscribeToPage();
        this.#lifecycle.invited();
        this.#identity = { ...this.#identity, group };
      }
      this.#negotiator.cancel(PAIRED);
      this.#entry.joinThrough(channel, true);
    });
  }

  acceptDial(
    { sender, type }: DialQuery & { readonly type: "internal" | "newcomer" },
    channel: Channel,
  ): void {
    this.#mailbox.post(() => {
      if (type === "newcomer") return this.#entry.acceptJoiner(channel);
      const route: SignalRoute = { via: "group", to: sender };
      // A running attempt is no longer needed.
      this.#negotiator.cancel(route);
      if (this.mesh.has(sender)) this.#connected(route, channel);
      else channel.close();
    });
  }

  // Components

  /** Receives events, unless the program has left during one. */
  get #program(): PeerEvents | undefined {
    return this.#silenced === 0 ? this.#events : undefined;
  }

  #subscribeToPage(): void {
    if (this.#pageSubscription !== undefined) return;
    this.#pageSubscription = new AbortController();
    this.#environment.platform.subscribeToPage({
      pageStatusChanged: (now) =>
        this.#mailbox.follow(() => this.#lifecycle.pageStatusChanged(now)),
      // The page may end with this turn, so channels are aborted instead of closed.
      pageHidden: (how) => {
        this.#events.leaving();
        this.#mailbox.follow(() => {
          this.#isPageHidden = true;
          for (const overlay of this.#leaving) overlay.stop(true);
          this.#lifecycle.pageHidden(how);
          this.#isPageHidden = false;
        });
      },
      pageResumed: () =>
        this.#mailbox.post(() => {
          this.#lifecycle.pageResumed();
          this.#tick();
        }),
    }, this.#pageSubscription.signal);
  }

  #unsubscribeFromPage(): void {
    this.#pageSubscription?.abort();
    this.#pageSubscription = undefined;
  }

  #makeLifecycle(): GroupLifecycle {
    const { listener } = this.#options;
    const environment: LifecycleEnvironment = {
      ...this.#environment,
      autoRejoin: () => this.autoRejoin,
      isPartitioned: () => this.mesh.reachable.length < this.mesh.members.length,
      // Not only the member with the lowest id, as it may be unable to connect to the other part.
      checkProbability: () =>
        this.mesh.reachable[0] === this.#identity.me || listener.url() !== undefined
          ? 1
          : 1 / this.mesh.reachable.length,
    };
    return new GroupLifecycle(environment, {
      drawIds: () => this.#drawIds(),
      connectSignaling: () => {
        this.#ice.prepare();
        this.#signaling.connect();
      },
      checkSignaling: () => {
        const { me } = this.#identity;
        const members = [...this.mesh.reachable, ...this.mesh.recentLeavers];
        this.#signaling.check(me, members.filter((id) => id !== me));
      },
      closeSignaling: () => this.#signaling.close(),
      constructTopology: () => this.mesh.construct(),
      joinOverSignaling: () => this.#negotiator.start(PAIRED),
      clean: () => this.#leaveOverlay(),
      phaseChanged: (phase) => this.#mailbox.follow(() => this.#phaseChanged(phase)),
    });
  }

  #makeSignaling(): SignalingClient {
    return new SignalingClient({ ...this.#environment, servers: this.#signalingServers }, {
      phaseChanged: (phase, connected) =>
        this.#mailbox.follow(() => {
          // An attempt that began over another connection cannot continue over this one.
          if (phase === "OPEN") this.#negotiator.cancel(PAIRED);
          if (phase === "CHECKED") this.#signalingError = undefined;
          this.#program?.signalingChanged(phase);
          this.#lifecycle.signalingChanged(phase, connected);
        }),
      signalReceived: (from, envelope) =>
        this.#mailbox.follow(() => {
          if (envelope === undefined) return this.#negotiator.peerGone(from);
          this.#receiveSignal(from, () => decodeEnvelope(envelope));
        }),
      iceServersReceived: (offer) => this.#mailbox.follow(() => this.#ice.serversReceived(offer)),
      failed: (error) =>
        this.#mailbox.follow(() => {
          this.#signalingError = error;
          this.#failed(error);
        }),
    });
  }

  #makeNegotiator(): Negotiator {
    return new Negotiator({
      ...this.#environment,
      dialAtServer: (...dial) => this.#signalingServers.dialMember(...dial),
      dialRtc: (...dial) => this.#ice.dialRtc(...dial),
      sendSignal: (...signal) => this.#sendSignal(...signal),
      // The same type under a name that does not need the DOM library.
      configuration: this.#options.rtcConfiguration as RTCConfiguration,
      localPeer: () => ({
        ...this.#identity,
        listens: this.#options.listener.url(),
        atSignaling: this.#options.listener.atSignaling === true,
        signalingUrl: groupUrl(this.signalingServer, this.#identity.key, false),
        neighbors: this.mesh.neighbors,
      }),
      mayRequest: (member) => this.mesh.mayRequest(member),
    }, {
      requested: (...request) => this.#mailbox.follow(() => this.mesh.channelRequested(...request)),
      accepted: (route, protocol) =>
        this.#mailbox.follow(() => {
          if (route.via !== "group") return;
          this.mesh.dialAnswered(route.to, protocol);
          // A member that accepts also lists this peer.
          this.#joins.listed(route.to);
        }),
      connected: (route, channel) => this.#mailbox.follow(() => this.#connected(route, channel)),
      failed: (route, error, member) =>
        this.#mailbox.follow(() => {
          this.#environment.trace.note("DEBUG", error.message);
          if (route.via === "group") return this.mesh.dialFailed(route.to);
          // In the meantime a channel may have been opened over the group.
          if (!this.mesh.neighbors.some((id) => id === member)) this.#failed(error);
          this.#lifecycle.joinFailed();
        }),
    });
  }

  #makeEntry(): GroupEntry {
    return new GroupEntry({
      ...this.#environment,
      overlay: () => this.#overlay,
      identity: () => this.#identity,
    }, {
      joined: (ping) => this.#joinedThrough(ping),
      joinFailed: (...failure) => this.#lifecycle.joinFailed(...failure),
      idTaken: () => this.#lifecycle.idTaken(),
      failed: this.#failed,
    });
  }

  #makeOverlay(): Overlay {
    const { platform } = this.#environment;
    const { graceTime, listener, maxMessageSize } = this.#options;
    return new Overlay(this.#identity.me, {
      ...this.#environment,
      graceMs: graceTime,
      mayRelay: listener.mayRelay,
      maxMessageSize,
      role: () => ownRole(platform, listener),
      lowThreshold: () => this.lowThreshold,
    }, {
      phaseChanged: (phase) => this.#lifecycle.topologyChanged(phase),
      memberJoined: (member) => this.#program?.memberJoined(member),
      memberChanged: (...change) => this.#program?.memberChanged(...change),
      memberLeft: ({ member, reason, wasNeighbor, othersRemain }, unacknowledged) => {
        this.#negotiator.cancel({ via: "group", to: member });
        this.#joins.listed(member);
        this.#program?.memberLeft(member, reason, unacknowledged);
        this.#lifecycle.memberLeft(wasNeighbor, othersRemain);
      },
      partitioned: (isolated) => this.#lifecycle.partitioned(isolated),
      channelWanted: (member) => this.#negotiator.start({ via: "group", to: member }),
      negotiationReceived: (sender, service, content) =>
        this.#receiveSignal({ via: "group", to: sender }, () => ({ service, content })),
      eventsOf: (member) => ({
        listed: () => this.#joins.listed(member),
        messageReceived: (data) => this.#program?.messageReceived(member, data),
        channelMessageReceived: (...message) =>
          this.#program?.channelMessageReceived(member, ...message),
        streamOpened: (...offer) => this.#program?.streamOpened(member, ...offer),
        slow: () => this.#failed(slowError(member)),
        sessionLost: (unacknowledged) => {
          this.#program?.memberLeft(member, "reset", unacknowledged);
          this.#program?.memberJoined(member);
        },
      }),
      bufferedAmountLow: () => this.#program?.bufferedAmountLow(),
    });
  }

  // Joining and leaving

  #drawIds(): void {
    const { random } = this.#environment;
    const { key } = this.#identity;
    const me = newMemberId(random);
    this.#identity = { me, group: newGroupId(random), key };
    this.mesh.start(me);
    this.#mailbox.follow(() => this.#program?.idDrawn(me, key));
  }

  #connected(route: SignalRoute, channel: Channel): void {
    if (route.via === "group") return this.mesh.addChannel(route.to, channel, "unknown");
    if (route.to === "member") this.#entry.joinThrough(channel, false);
    else this.#entry.acceptJoiner(channel);
  }

  /** Called before the members of the host are reported. */
  #joinedThrough(ping: InitPing): void {
    // A peer that unites two parts of a group keeps the group id of its own part.
    if (this.mesh.members.length === 1) this.#identity = { ...this.#identity, group: ping.group };
    const host = ping.version === undefined ? [] : [ping.member];
    this.#joins.expect([...ping.v5Members, ...host].filter((id) => id !== this.#identity.me));
    // After the members, since the lifecycle reports them to the server.
    this.#mailbox.follow(() => this.#lifecycle.joined());
  }

  #phaseChanged(phase: GroupPhase): void {
    this.#joins.joined(phase === "JOINED", this.#now);
    this.#program?.phaseChanged(phase);
    if (phase !== "LEFT") return;
    if (!this.#lifecycle.wasLost) this.#unsubscribeFromPage();
    const left = new DOMException("Cannot join: the group was left", "AbortError");
    this.#joins.reject(this.#signalingError ?? left);
    this.#signalingError = undefined;
  }

  #leaveOverlay(): void {
    this.#joins.clear();
    this.#negotiator.cancelAll();
    this.#ice.cancel();
    this.#entry.close();
    const overlay = this.#overlay;
    for (const member of overlay.mesh.members) {
      if (member === this.#identity.me) continue;
      const unacknowledged = overlay.messaging.associationWith(member)?.unacknowledged ?? 0;
      this.#mailbox.follow(() => this.#program?.memberLeft(member, "left", unacknowledged));
    }
    this.#overlay = this.#makeOverlay();
    this.#leaving.add(overlay);
    overlay.leave(this.#isPageHidden, () => {
      this.#leaving.delete(overlay);
      this.#mailbox.post(() => {
        if (this.#leaving.size === 0) this.#leaves.resolve();
      });
    });
  }

  // Signals

  #sendSignal(route: SignalRoute, service: number, content: Uint8Array, last: boolean): void {
    if (route.via === "group") return this.mesh.router.sendControl(route.to, service, content);
    // A newcomer does not know the id of the member yet, and is itself known by its pairing id.
    const envelope = encodeEnvelope({
      sender: route.to === "member" ? this.#identity.me : undefined,
      recipient: route.to === "member" ? "everyone" : asMemberId(route.to),
      service,
      content,
      hopLimit: undefined,
    });
    this.#signaling.send(route.to, envelope, last);
  }

  /** Receives a signal, which is untrusted: a malformed one is dropped and logged. */
  #receiveSignal(from: SignalRoute, read: () => Pick<Envelope, "service" | "content">): void {
    try {
      const { service, content } = read();
      this.#negotiator.receive(from, service, content);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const text = `Dropped a signal of ${from.to} over ${from.via}: ${error.message}`;
      this.#environment.trace.note("DEBUG", text);
    }
  }

  // Time and errors

  get #now(): number {
    return this.#environment.clock.now();
  }

  get #deadline(): number | undefined {
    return earliest([
      this.#lifecycle.deadline,
      this.#joins.deadline,
      this.#waitReporter.deadline,
      this.#signaling.deadline,
      this.#ice.deadline,
      this.#negotiator.deadline,
      this.#entry.deadline,
      this.#overlay.deadline,
      ...[...this.#leaving].map(({ deadline }) => deadline),
    ]);
  }

  #tick(): void {
    const now = this.#now;
    this.#lifecycle.tick(now);
    this.#signaling.tick(now);
    this.#ice.tick(now);
    this.#negotiator.tick(now);
    this.#entry.tick(now);
    for (const overlay of [this.#overlay, ...this.#leaving]) overlay.tick(now);
    this.#joins.tick(now);
    const reason = this.#waitReporter.tick(now);
    if (reason) {
      const { isAwaitingToken, server } = this.#signaling;
      this.#failed(waitError(reason, isAwaitingToken, this.#signalingServers.nameOf(server)));
    }
  }

  readonly #failed = (error: PeerError): void => this.#program?.failed(error);
}
