// The public class `WebGroup`: one member's view of a group.

import type { DataType } from "../base/data_type.ts";
import { asMemberId } from "../base/ids.ts";
import { checkOptionNames } from "../base/check_options.ts";
import { consoleLog } from "../platform/log.ts";
import { baseUrl, webPlatform } from "../platform/web.ts";
import { webTransport } from "../transport/web.ts";
import { checkKey } from "../wire/signaling_url.ts";
import {
  type BinaryData,
  checkChannel,
  checkData,
  checkId,
  checkInvitation,
  checkSignal,
  checkStream,
  type SendableData,
} from "./check_arguments.ts";
import { ChannelHub } from "./channel_hub.ts";
import { type Environment, environmentOr, type LocalListener } from "./environment.ts";
import { WAS_LISTENED_TO, WebGroupEventTarget } from "./event_target.ts";
import {
  GroupErrorEvent,
  GroupMessageEvent,
  GroupStreamEvent,
  MemberChangeEvent,
  MemberEvent,
  StateChangeEvent,
} from "./events.ts";
import { type ChannelOptions, GroupChannel } from "./group_channel.ts";
import { GroupPresence } from "./presence.ts";
import type { GroupSettings, JoinOptions, StreamOptions, WebGroupOptions } from "./options.ts";
import { checkRange, groupSettingsOf } from "./options.ts";
import { Peer, type PeerEvents } from "./peer.ts";
import { type MemberStats, statsOf } from "./stats.ts";
import { defineAccessors, type GroupSnapshot, LEFT, makeInspectable } from "./snapshot.ts";
import { checkAbsolute } from "./signaling_servers.ts";
import { SignalingState, Topology, WebGroupState } from "./state.ts";
import { abortable, noSuchMember, settled } from "./promises.ts";
import { CALL_COUNT, CALL_HANDLER } from "./typed_event_target.ts";

/** Distinct warnings that are printed until the group is joined or left. */
const WARNINGS_MAX = 16;

/**
 * The peer of a group, for Bot; see the class.
 *
 * @internal
 */
export let peerOf: (group: WebGroup) => Peer;

/**
 * A peer-to-peer group. All programs that join with the same key are its members. Each member sees
 * the others, and sends messages to all of them or to one, over RTCDataChannels and WebSockets.
 *
 * Events are reported to handlers such as `onMessage`, and to listeners added with
 * `addEventListener` ({@linkcode WebGroupEventMap} lists the types). You do not have to await the
 * promises that the methods return: a rejection never becomes an unhandled rejection.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", autoRejoin: false });
 * group.onMemberJoin = (id) => group.sendTo(id, "hello");
 * group.onMessage = (id, data) => console.log(id, data);
 * group.join("a key that we share").catch((error) => console.log(error.name));
 * await group.leave();
 * ```
 */
export class WebGroup extends WebGroupEventTarget {
  static {
    peerOf = (group) => group.#peer;
    makeInspectable(this.prototype);
  }

  readonly #settings: GroupSettings;
  readonly #peer: Peer;
  readonly #hub: ChannelHub;
  #snapshot: GroupSnapshot = LEFT;
  /** The members that are away, as of the last `memberchange` event of each. */
  readonly #away = new Set<number>();
  /** The warnings since the group was last joined or left. */
  readonly #warned = new Set<string>();

  /**
   * Creates a group. It opens no connection before {@linkcode WebGroup.join}.
   *
   * @param options Options that replace the defaults.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  constructor(options?: WebGroupOptions);
  /**
   * Creates a group in a given environment: for tests, and for entry points that add a transport.
   *
   * @param environment The platform and the network.
   * @param listener How members open WebSockets to this peer; by default they cannot.
   * @ignore
   * @internal
   */
  constructor(
    options: WebGroupOptions | undefined,
    environment: Environment,
    listener?: LocalListener,
  );
  constructor(
    options: WebGroupOptions = {},
    environment: Environment = environmentOr(webEnvironment),
    listener: LocalListener = { url: () => undefined },
  ) {
    super(environment.platform.log);
    this.#settings = groupSettingsOf(options, baseUrl());
    this.#peer = new Peer({ ...this.#settings, listener }, environment, this.#events);
    this.#hub = new ChannelHub({
      myId: () => this.myId,
      others: () => this.#snapshot.members.filter((id) => id !== this.myId).map(asMemberId),
      send: (content, member) =>
        member === undefined
          ? this.#peer.messaging.send(content, member, "channel")
          : this.#sendTo(member, content, "channel"),
      messaging: () => this.#peer.messaging,
      warnUnlessJoined: () => this.#warnUnlessJoined(),
      platform: environment.platform,
    });
    defineAccessors(this, WebGroup.prototype);
    environment.groupCreated?.(this);
  }

  /**
   * The 32-bit id of the group, which a newcomer adopts from the member through which it joins; 0
   * in the state LEFT. When two parts of a split group meet, each keeps its id.
   */
  get id(): number {
    return this.#snapshot.myId === 0 ? 0 : this.#peer.groupId;
  }

  /**
   * The id of this member, a random number from 2³¹ to 2³² − 1 that `join()` draws; 0 in the state
   * LEFT.
   */
  get myId(): number {
    return this.#snapshot.myId;
  }

  /** The key of the group; empty in the state LEFT. */
  get key(): string {
    return this.#snapshot.key;
  }

  /**
   * The ids of all members, including this one; empty in the state LEFT. The array is frozen: a
   * join or leave replaces it with a new one.
   */
  get members(): readonly number[] {
    return this.#snapshot.members;
  }

  /**
   * The ids of the members to which this member has a connection: a data channel or a WebSocket.
   * Messages to the others are relayed.
   */
  get neighbors(): readonly number[] {
    return this.#snapshot.phase === "LEFT" ? [] : this.#peer.mesh.neighbors;
  }

  /** How the members are connected: always {@linkcode Topology}`.FULL_MESH`. */
  get topology(): Topology {
    return Topology.FULL_MESH;
  }

  /** The state of the group, one of {@linkcode WebGroupState}; initially LEFT. */
  get state(): WebGroupState {
    return WebGroupState[this.#snapshot.phase];
  }

  /**
   * The state of the connection to the signaling server, one of {@linkcode SignalingState};
   * initially CLOSED. A joined group works without the server.
   */
  get signalingState(): SignalingState {
    return this.#snapshot.signaling;
  }

  /**
   * The WebSocket URL of the signaling server. Of several, it is the one that is connected or being
   * tried; the first one in the list while neither is the case.
   */
  get signalingServer(): string {
    return this.#peer.signalingServer;
  }

  /**
   * Whether to rejoin automatically when the group was lost rather than left: 1 to 30 s later, once
   * the machine is online and the page is visible. Can be changed at any time.
   */
  get autoRejoin(): boolean {
    return this.#peer.autoRejoin;
  }

  set autoRejoin(autoRejoin: boolean) {
    this.#peer.autoRejoin = Boolean(autoRejoin);
  }

  /**
   * The bytes passed to `send()` and `sendTo()` that are still queued, counted for the member with
   * the longest queue.
   */
  get bufferedAmount(): number {
    return this.#peer.messaging.bufferedBytes;
  }

  /**
   * A `bufferedamountlow` event is dispatched when `bufferedAmount` falls to this number of bytes;
   * initially 0.
   */
  get bufferedAmountLowThreshold(): number {
    return this.#peer.lowThreshold;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    const name = "bufferedAmountLowThreshold";
    this.#peer.lowThreshold = checkRange(name, bytes, "bytes", 0, Infinity);
  }

  /**
   * Joins the group with the given key. If the group has no members yet, this one is its first. If
   * this group is already joining or has joined with that key, the call only waits for the join.
   *
   * @param key 1 to 512 characters, as encoded in a URL. By default it is the key of the group that
   * is already joined, or else a random one of 42 letters and digits. Any program that knows the
   * key can join.
   * @param options An abort signal. Aborting gives up this call, and leaves the group unless
   * another call of `join()` is waiting.
   * @returns Resolves when the group is joined and every member lists this one, so that it receives
   * all that they send from then on. A member that does not answer is waited for up to 2 s, one
   * that runs Netflux 4 not at all. With `autoRejoin`, an unreachable signaling server is retried
   * for as long as it takes. Rejects if the group is left first: with an `AbortError`, with the
   * reason of `signal`, or with the {@linkcode SignalingError} that ended the attempt. Rejects with
   * an `InvalidStateError` if this group is joining, or has joined, with another key: leave it
   * first.
   * @throws {TypeError} The key is not a string, or cannot be part of a URL (such as `..`); or an
   * option is invalid. Also if the only argument is `undefined`, as when a program has no key yet.
   * @throws {RangeError} The key is empty or too long.
   */
  join(key?: string, options: JoinOptions = {}): Promise<void> {
    // An explicit `undefined` is a key that the program does not have.
    if (key !== undefined || arguments.length === 1) checkKey(key);
    checkOptionNames(options, ["signal"]);
    checkAbsolute(this.#settings.signalingServers);
    return abortable(
      (waiter) => this.#peer.join(key, waiter),
      checkSignal(options.signal),
      (waiter, reason) => this.#peer.abortJoin(waiter, reason),
    );
  }

  /**
   * Leaves the group; does nothing if it is already left.
   *
   * When this returns, the group is left as far as the program can see: events have reported that
   * every member left, that the signaling connection is CLOSED and that the group is LEFT, and no
   * further event follows. In the background, messages that were sent before are delivered: the
   * group waits up to 1.5 s for acknowledgements, and then hands each channel up to 4 MiB of the
   * rest.
   *
   * A page leaves automatically when it is closed. A page in the back/forward cache has lost the
   * group; when it is shown again, it rejoins if `autoRejoin` is set.
   *
   * @returns Resolves when that delivery is over and every channel is closed. You can join again
   * without waiting for it.
   */
  leave(): Promise<void> {
    return this.#peer.leave();
  }

  /**
   * Sends a message to every other member. The messages of one sender arrive in the order in which
   * they were sent. Without other members this does nothing; before the group is joined, the
   * console also shows a warning.
   *
   * @param data A string or bytes, up to the `maxMessageSize` of each member (default: 256 MiB).
   * The data is copied, so you can change it afterwards.
   * @returns Resolves at once while less than 64 KiB are queued for each member, and otherwise once
   * the data has left the queues. A loop that awaits it therefore sends no faster than the slowest
   * member receives. Accepted data arrives, or a `memberleave` event reports that it may be lost.
   * Rejects with a {@linkcode DeliveryError} if, before the data was accepted, a member left or was
   * removed because it had received nothing for 30 s; if the data is longer than a member accepts;
   * or if 256 MiB are already queued for a member.
   * @throws {TypeError} The data is neither a string nor bytes, or has a lone surrogate.
   * @throws {RangeError} The data is too large.
   */
  send(data: SendableData): Promise<void> {
    this.#warnUnlessJoined();
    return this.#peer.messaging.send(checkData(data));
  }

  #warnUnlessJoined(): void {
    const { members, phase } = this.#snapshot;
    if (members.length > 1 || phase === "JOINED") return;
    this.#warnOnce("send() before the group is joined has no recipients: await join() first");
  }

  /**
   * Sends a message to one member. With the id of this member it does nothing.
   *
   * @param id The id of the member.
   * @param data A string or bytes, as for {@linkcode WebGroup.send}.
   * @returns Resolves as for {@linkcode WebGroup.send}. Rejects with the code `MEMBER_LEFT` if the
   * group has no such member, or is not joined.
   * @throws {TypeError} The id is not a number, or the data cannot be sent.
   * @throws {RangeError} The data is too large.
   */
  sendTo(id: number, data: SendableData): Promise<void> {
    return this.#sendTo(checkId(id), checkData(data));
  }

  #sendTo(id: number, data: DataType, ofChannel?: "channel"): Promise<void> {
    const { members, myId } = this.#snapshot;
    if (id === myId) return Promise.resolve();
    if (!members.includes(id)) return settled(Promise.reject(noSuchMember(id)));
    return this.#peer.messaging.send(data, asMemberId(id), ofChannel);
  }

  /**
   * Opens a stream to one member, for files and other data of any length. The group of that member
   * dispatches a `stream` event. Writing waits while the other side does not read, so neither side
   * buffers much.
   *
   * The stream fails with a {@linkcode DeliveryError} if the id is not that of another member, or
   * if the member accepts no streams, cancels this one, or leaves. Aborting it makes both sides
   * fail. `close()` resolves when the member has received all bytes. A stream is not ordered with
   * respect to messages and other streams.
   *
   * @param id The id of the member.
   * @param options A description for the reader, and a signal that aborts the stream.
   * @returns A stream of {@linkcode BinaryData}. You can change a chunk once its `write()`
   * resolves.
   * @throws {TypeError} The id is not a number, or an option is invalid.
   * @throws {RangeError} The name or the type is too long, or the size is invalid.
   */
  openStream(id: number, options: StreamOptions = {}): WritableStream<BinaryData> {
    const member = asMemberId(checkId(id));
    return this.#peer.messaging.openStream(member, checkStream(options));
  }

  /**
   * Invites a bot to this group. Does nothing if this member has invited it before and still has a
   * channel to it.
   *
   * @param url A `ws://` or `wss://` URL with a host (IPv6 in brackets), optionally a port and a
   * path.
   * @returns Resolves when the bot is a member, also if another member has invited it. Rejects with
   * a {@linkcode ConnectionError} if the bot is unreachable or refuses (a bot of Netflux 4 refuses
   * if it is already a member), and with an `InvalidStateError` if this group is not joined.
   * @throws {TypeError} The URL is not a WebSocket URL.
   */
  invite(url: string | URL): Promise<void> {
    return settled(this.#peer.invite(checkInvitation(String(url))));
  }

  /**
   * Opens a named channel, which carries typed values and requests. Its values are separate from
   * those of other channels and from `send()`.
   *
   * @param name The name, at most 255 bytes. Channels with the same name receive the same messages.
   * @param options How values are delivered and validated, and the handler of requests.
   * @returns The channel. You can open it before `join()`; it stays open across joins until you
   * close it.
   * @throws {TypeError} The name is not a string, or contains NUL or a lone surrogate; or an option
   * is invalid.
   * @throws {RangeError} The name is too long.
   */
  channel<Data = unknown, Reply = unknown>(
    name: string,
    options: ChannelOptions<Data, Reply> = {},
  ): GroupChannel<Data, Reply> {
    return new GroupChannel(checkChannel(name, options), options, this.#hub);
  }

  /**
   * Opens the presence of this member: a state that all other members see. If it is opened several
   * times with the same name, as by two components, the states are merged: each property has the
   * value that was set last, until all of these presences are closed.
   *
   * @param state The initial state, merged into that of open presences with this name.
   * @param name Separates the states of independent libraries; at most 255 bytes.
   * @returns The presence. You can open it before `join()`; it stays open across joins until you
   * close it.
   * @throws {TypeError} The state is not an object, or the name is invalid, as for a channel.
   * @throws {RangeError} The name is too long.
   */
  presence<State extends object>(state: State, name = ""): GroupPresence<State> {
    return new GroupPresence(checkChannel(name, {}), state, this.#hub);
  }

  /**
   * Returns whether a member is away: silent for 6.8 s, also to pings, or reached by no member. It
   * crashed, its machine sleeps, or its network is lost. As it can come back, it stays in `members`
   * for its grace time. A `memberchange` event reports each change.
   *
   * @param id The id of the member. The result is `false` for this member, and for other programs.
   * @throws {TypeError} The id is not a number.
   */
  isAway(id: number): boolean {
    return this.#away.has(checkId(id));
  }

  /** Returns the current statistics of each other member, by its id. */
  getStats(): Promise<ReadonlyMap<number, MemberStats>> {
    return statsOf(this.#peer.mesh, this.#peer.messaging);
  }

  /** The same as {@linkcode WebGroup.leave}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Updates the snapshot, and then calls the handler and the listeners. */
  readonly #events: PeerEvents = {
    idDrawn: (myId, key) => {
      this.#endOwnRequests();
      this.#snapshot = { ...this.#snapshot, myId, key, members: Object.freeze([myId]) };
      this[CALL_HANDLER](this.onMyId, myId);
      this.dispatchEvent(new MemberEvent("myid", myId));
    },
    memberJoined: (member) => {
      const members = Object.freeze([...this.#snapshot.members, member]);
      this.#snapshot = { ...this.#snapshot, members };
      // A newcomer receives the states of presences before anything else.
      this.#hub.memberJoined(member);
      this[CALL_HANDLER](this.onMemberJoin, member);
      this.dispatchEvent(new MemberEvent("memberjoin", member));
    },
    memberChanged: (member, role, isAway) => {
      if (isAway) this.#away.add(member);
      else this.#away.delete(member);
      this.dispatchEvent(new MemberChangeEvent(member, role, isAway));
    },
    memberLeft: (member, ...how) => {
      if (!this.#deliverLatest()) return;
      this.#away.delete(member);
      const members = Object.freeze(this.#snapshot.members.filter((id) => id !== member));
      this.#snapshot = { ...this.#snapshot, members };
      this[CALL_HANDLER](this.onMemberLeave, member);
      this.dispatchEvent(new MemberEvent("memberleave", member, ...how));
      this.#hub.memberLeft(member);
    },
    phaseChanged: (phase) => {
      const { signaling } = this.#snapshot;
      if (phase === "LEFT") this.#endOwnRequests();
      if (phase !== "JOINING") this.#warned.clear();
      this.#snapshot = phase === "LEFT" ? { ...LEFT, signaling } : { ...this.#snapshot, phase };
      const state = WebGroupState[phase];
      this[CALL_HANDLER](this.onStateChange, state);
      this.dispatchEvent(new StateChangeEvent("statechange", state));
    },
    signalingChanged: (phase) => {
      const signaling = SignalingState[phase];
      this.#snapshot = { ...this.#snapshot, signaling };
      this[CALL_HANDLER](this.onSignalingStateChange, signaling);
      this.dispatchEvent(new StateChangeEvent("signalingstatechange", signaling));
    },
    messageReceived: (sender, data) => {
      if (!this.#deliverLatest()) return;
      this[CALL_HANDLER](this.onMessage, sender, data);
      // Creating an event costs more than handling the message.
      if (!this[WAS_LISTENED_TO]("message")) return;
      this.dispatchEvent(new GroupMessageEvent(sender, data));
    },
    bufferedAmountLow: () => {
      // With the initial threshold of 0, one would follow most messages.
      if (!this[WAS_LISTENED_TO]("bufferedamountlow")) return;
      this.dispatchEvent(new Event("bufferedamountlow"));
    },
    streamOpened: (...offer) => {
      if (!this.#deliverLatest()) return;
      this.dispatchEvent(new GroupStreamEvent(...offer));
    },
    failed: (error) => {
      const before = this[CALL_COUNT];
      this[CALL_HANDLER](this.onError, error);
      this.dispatchEvent(new GroupErrorEvent(error));
      if (this[CALL_COUNT] > before) return;
      this.#warnOnce(`${error.message} (${error.code}); onError would get this error`);
    },
    channelMessageReceived: (...message) => this.#hub.received(...message),
    leaving: () => this.#hub.leaving(),
    leftDuringEvent: () => this.#leftDuringEvent(),
  };

  /** Delivers the values that wait; returns `false` if one of their listeners leaves the group. */
  #deliverLatest(): boolean {
    const { myId } = this;
    this.#hub.deliverLatest();
    return this.myId === myId;
  }

  /** Warns once until the group is joined or left. */
  #warnOnce(text: string): void {
    if (this.#warned.has(text) || this.#warned.size >= WARNINGS_MAX) return;
    this.#warned.add(text);
    this.#hub.port.platform.log.warn(text);
  }

  /** Dispatches the events of leaving, in their fixed order. */
  #leftDuringEvent(): void {
    for (const id of this.members) {
      // A listener may leave again, and that call reports the rest.
      if (id === this.myId || !this.members.includes(id)) continue;
      const member = asMemberId(id);
      const association = this.#peer.messaging.associationWith(member);
      this.#events.memberLeft(member, "left", association?.unacknowledged ?? 0);
    }
    if (this.signalingState !== SignalingState.CLOSED) this.#events.signalingChanged("CLOSED");
    if (this.#snapshot.phase !== "LEFT") this.#events.phaseChanged("LEFT");
    else {
      // The ids are drawn before the state is JOINING.
      this.#endOwnRequests();
      this.#snapshot = LEFT;
    }
  }

  /** Requests of this member to itself end with its id. */
  #endOwnRequests(): void {
    this.#hub.memberLeft(asMemberId(this.myId));
  }
}

function webEnvironment(): Environment {
  return { platform: webPlatform(consoleLog), transport: webTransport() };
}
