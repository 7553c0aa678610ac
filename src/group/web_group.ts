// The public class: a group for programs.

import type { DataType } from "../base/data_type.ts";
import { asMemberId } from "../base/ids.ts";
import { checkOptionNames } from "../base/option_names.ts";
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
import { DISPATCH, WebGroupEventTarget } from "./event_target.ts";
import { type ChannelOptions, GroupChannel } from "./group_channel.ts";
import { GroupPresence } from "./presence.ts";
import type { GroupSettings, JoinOptions, StreamOptions, WebGroupOptions } from "./options.ts";
import { checkRange, groupSettingsOf } from "./options.ts";
import { Peer, type PeerEvents } from "./peer.ts";
import { type MemberStats, statsOf } from "./stats.ts";
import { defineAccessors, type GroupSnapshot, LEFT, makeInspectable } from "./snapshot.ts";
import { checkAbsolute } from "./signaling_servers.ts";
import { SignalingState, type Topology, WebGroupState } from "./state.ts";
import { abortable, noSuchMember, settled } from "./promises.ts";

/**
 * The peer of a group, for Bot; see the class.
 *
 * @internal
 */
export let peerOf: (group: WebGroup) => Peer;

/**
 * A peer-to-peer group: whoever joins it by the same key is a member, sees who is there, and sends
 * to all or to one, over RTCDataChannels and WebSockets, whichever can be had.
 *
 * Each event has a handler (`onMessage`, …) and, in the manner of the web platform, a type for
 * `addEventListener` (`message`, `stream`, `memberjoin`, `memberleave`, `statechange`,
 * `signalingstatechange`, `bufferedamountlow`, `error`). The promises need not be awaited: their
 * rejections are never unhandled rejections.
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
  #isWarned = false;

  /**
   * A group that is not joined yet: nothing is connected before {@linkcode WebGroup.join}.
   *
   * @param options Overrides of the defaults.
   * @throws {TypeError | RangeError} An option is not what is expected.
   */
  constructor(options?: WebGroupOptions);
  /**
   * A group in an environment of its own, for tests, and for entry points with other means.
   *
   * @param environment The machine and the network around it.
   * @param listener How members open WebSockets to this peer; by default they do not.
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
      platform: environment.platform,
    });
    defineAccessors(this, WebGroup.prototype);
    environment.groupCreated?.(this);
  }

  /** The group's id of 32 bits, the same for all its members; 0 unless joined or joining. */
  get id(): number {
    return this.#snapshot.myId === 0 ? 0 : this.#peer.groupId;
  }

  /** This member's id, from 2³¹ to 2³² − 1, drawn by `join()`; 0 unless joined or joining. */
  get myId(): number {
    return this.#snapshot.myId;
  }

  /** The key by which the group is joined; empty unless joined or joining. */
  get key(): string {
    return this.#snapshot.key;
  }

  /**
   * The ids of all members, one's own included; none unless joined or joining. A frozen array, and
   * another one once a member comes or goes.
   */
  get members(): readonly number[] {
    return this.#snapshot.members;
  }

  /** The ids of the members to which there is a channel of one's own; others are relayed. */
  get neighbors(): readonly number[] {
    return this.#snapshot.phase === "LEFT" ? [] : this.#peer.mesh.neighbors;
  }

  /** How members are connected: {@linkcode Topology}`.FULL_MESH`. */
  get topology(): Topology {
    return this.#settings.topology;
  }

  /** The state of the group, a number of {@linkcode WebGroupState}; LEFT at first. */
  get state(): WebGroupState {
    return WebGroupState[this.#snapshot.phase];
  }

  /**
   * The state of the connection to the signaling server, a number of {@linkcode SignalingState};
   * CLOSED at first. A group goes on without the server.
   */
  get signalingState(): SignalingState {
    return this.#snapshot.signaling;
  }

  /**
   * The URL of the signaling server, as a WebSocket takes it: of several, the one in use or being
   * tried at the moment, and the first one while there is none.
   */
  get signalingServer(): string {
    return this.#peer.signalingServer;
  }

  /**
   * Whether a group that was lost (not left) is joined again by itself, 1 to 30 s later, as soon as
   * there is a network and the page can be seen. It can be set at any time.
   */
  get autoRejoin(): boolean {
    return this.#peer.autoRejoin;
  }

  set autoRejoin(autoRejoin: boolean) {
    this.#peer.autoRejoin = Boolean(autoRejoin);
  }

  /**
   * The bytes that `send()` and `sendTo()` were given, and that wait until they can be handed over:
   * for the member for which most do.
   */
  get bufferedAmount(): number {
    return this.#peer.messaging.bufferedBytes;
  }

  /**
   * The value in bytes to which `bufferedAmount` has to fall for a `bufferedamountlow` event; 0 at
   * first.
   */
  get bufferedAmountLowThreshold(): number {
    return this.#peer.lowThreshold;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    const name = "bufferedAmountLowThreshold";
    this.#peer.lowThreshold = checkRange(name, bytes, "bytes", 0, Infinity);
  }

  /**
   * Joins the group of a key, or begins one if nobody is there; in the group of this key already,
   * it only waits until that is joined.
   *
   * @param key 1 to 512 characters, as they stand in a URL; by default the key of the group that is
   * joined, or a random one of 42 letters and digits. Everybody who knows it can join.
   * @param options `signal` gives this call up, and the join with it unless another call waits.
   * @returns Settles when the group is joined, and its members list this one: what they send from
   * then on comes here. A member that does not answer is waited for up to 2 s; one of Netflux 4 is
   * not. The signaling server may be away for long, if `autoRejoin` is set. Rejects when the group
   * was left instead, with an `AbortError`, the reason of `signal`, or the
   * {@linkcode SignalingError} for which it was given up; with an `InvalidStateError` in the group
   * of another key.
   * @throws {TypeError} The key is no string, or no URL can hold it, as with a segment `..`; or an
   * option is not what is expected.
   * @throws {RangeError} The key is empty or too long.
   */
  join(key?: string, options: JoinOptions = {}): Promise<void> {
    if (key !== undefined) checkKey(key);
    checkOptionNames(options, ["signal"]);
    checkAbsolute(this.#settings.signalingServers);
    return abortable(
      (waiter) => this.#peer.join(key, waiter),
      checkSignal("join", options.signal),
      (waiter, reason) => this.#peer.abortJoin(waiter, reason),
    );
  }

  /**
   * Leaves the group; does nothing when it is left already. Members get what was sent before: it
   * is sent until they acknowledge it, for up to 1.5 s, and then as much of the rest as each
   * channel takes, up to 4 MiB. For the program the group is left when this returns: it is told
   * that all members left, that the server is CLOSED and that the group is LEFT, and nothing else
   * after that. A page that goes away leaves by itself; one that is kept in the back/forward cache
   * has lost the group, and joins again as `autoRejoin` says when it is shown.
   *
   * @returns Settles for every caller when all is handed over, and every channel closed. The group
   * can be joined again without waiting for that.
   */
  leave(): Promise<void> {
    return this.#peer.leave();
  }

  /**
   * Sends to every other member. Alone, or not joined, it does nothing; if it is not joined, the
   * console shows a warning. From each member, messages arrive in the order of their sending.
   *
   * @param data A string or bytes ({@linkcode SendableData}), as long as each member takes: 256 MiB
   * by default (`maxMessageSize`). It is copied: what becomes of it later does not matter.
   * @returns Settles at once while less than 64 KiB wait for each member, else when the data is
   * handed over: a loop that awaits this sends no faster than the slowest member receives. Accepted
   * data arrives, or `memberleave` tells that it may not have. Rejects with a
   * {@linkcode DeliveryError} when a member left before its data was accepted, or was let go since
   * it took nothing for 30 s, takes none that long, or has 256 MiB waiting already.
   * @throws {TypeError} The data is neither a string nor bytes, or it has a lone surrogate.
   * @throws {RangeError} The data is too large.
   */
  send(data: SendableData): Promise<void> {
    const { members, phase } = this.#snapshot;
    if (members.length < 2 && phase !== "JOINED" && !this.#isWarned) {
      this.#isWarned = true;
      const text = "send() before the group is joined reaches nobody: await join() first";
      this.#hub.port.platform.log.warn(text);
    }
    return this.#peer.messaging.send(checkData(data));
  }

  /**
   * Sends to one member; to oneself it does nothing.
   *
   * @param id The member's id.
   * @param data As {@linkcode WebGroup.send} takes it.
   * @returns As {@linkcode WebGroup.send}; rejects with the code `MEMBER_LEFT` when there is no
   * such member, also when there is no other member at all, or the group is not joined.
   * @throws {TypeError} The id is no number, or the data is none that can be sent.
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
   * Opens a stream to one member, whose group has a `stream` event: for files, and whatever is
   * longer than a message, or not known yet as a whole. Written bytes wait until the other side
   * reads, so that both sides need little memory.
   *
   * The stream errors with a {@linkcode DeliveryError} when the member takes no streams, wants no
   * more of it, or leaves, and on both sides when it is aborted. `close()` settles when the member
   * has all of it. Of what is sent besides, messages in particular, a stream keeps no order.
   *
   * @param id The member's id.
   * @param options The information for the reader, and a signal that gives the stream up.
   * @returns A stream of {@linkcode BinaryData}; each may change once its `write()` has settled.
   * @throws {TypeError} The id is no number, or an option is not what is expected.
   * @throws {RangeError} The name or the type is too long, or the size is none.
   */
  openStream(id: number, options: StreamOptions = {}): WritableStream<BinaryData> {
    return this.#peer.messaging.openStream(asMemberId(checkId(id)), checkStream(options));
  }

  /**
   * Invites a bot by its URL; does nothing when it was invited before and is a neighbor still.
   *
   * @param url `ws://` or `wss://`, a host (IPv6 in brackets), and perhaps a port and a path.
   * @returns Settles when the bot is a member, whoever invited it. Rejects with a
   * {@linkcode ConnectionError} when it cannot be reached or says no, as a deployed one that
   * somebody else invited does, and with an `InvalidStateError` when this group is not joined.
   * @throws {TypeError} The URL is none of a WebSocket.
   */
  invite(url: string | URL): Promise<void> {
    return settled(this.#peer.invite(checkInvitation(String(url))));
  }

  /**
   * Opens a channel: typed values apart from those of other channels and from `send()`, requests,
   * and values of which only the latest counts.
   *
   * @param name The name: channels of one name share their messages.
   * @param options How values are delivered and validated, and what serves requests.
   * @returns The channel, for as long as the program needs it; it may be opened before `join()`.
   * @throws {TypeError} The name is no string, or an option is not what is expected.
   */
  channel<Data = unknown, Reply = unknown>(
    name: string,
    options: ChannelOptions<Data, Reply> = {},
  ): GroupChannel<Data, Reply> {
    return new GroupChannel(checkChannel(name, options), options, this.#hub);
  }

  /**
   * Opens the presence of this member: a state that all members see. Several of one name, as in
   * two components, are one presence: the state is that of all merged, the latest value of each
   * property counts, and what one has set stays until all are closed.
   *
   * @param state The state at first, merged into that of presences of this name that are open.
   * @param name Keeps states of several libraries apart.
   * @returns The presence, for as long as the program needs it; it may be opened before `join()`.
   * @throws {TypeError} The state is no object.
   */
  presence<State extends object>(state: State, name = ""): GroupPresence<State> {
    return new GroupPresence(name, state, this.#hub);
  }

  /** The statistics of each other member at this moment, by its id. */
  getStats(): Promise<ReadonlyMap<number, MemberStats>> {
    return statsOf(this.#peer.mesh, this.#peer.messaging);
  }

  /** The same as {@linkcode WebGroup.leave}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Updates the snapshot, and then dispatches the event. */
  readonly #events: PeerEvents = {
    ...this[DISPATCH],
    idDrawn: (myId, key) => {
      this.#snapshot = { ...this.#snapshot, myId, key, members: Object.freeze([myId]) };
      this[DISPATCH].idDrawn(myId, key);
    },
    memberJoined: (member) => {
      const members = Object.freeze([...this.#snapshot.members, member]);
      this.#snapshot = { ...this.#snapshot, members };
      // The state of a presence is the first that a newcomer gets.
      this.#hub.memberJoined(member);
      this[DISPATCH].memberJoined(member);
    },
    memberLeft: (member, ...how) => {
      this.#hub.deliverLatest();
      const members = Object.freeze(this.#snapshot.members.filter((id) => id !== member));
      this.#snapshot = { ...this.#snapshot, members };
      this[DISPATCH].memberLeft(member, ...how);
      this.#hub.memberLeft(member);
    },
    phaseChanged: (phase) => {
      const { signaling } = this.#snapshot;
      this.#snapshot = phase === "LEFT" ? { ...LEFT, signaling } : { ...this.#snapshot, phase };
      this[DISPATCH].phaseChanged(phase);
    },
    signalingChanged: (phase) => {
      this.#snapshot = { ...this.#snapshot, signaling: SignalingState[phase] };
      this[DISPATCH].signalingChanged(phase);
    },
    messageReceived: (sender, data) => {
      this.#hub.deliverLatest();
      this[DISPATCH].messageReceived(sender, data);
    },
    streamOpened: (offer) => {
      this.#hub.deliverLatest();
      this[DISPATCH].streamOpened(offer);
    },
    channelMessageReceived: (...message) => this.#hub.received(...message),
    leaving: () => this.#hub.leaving(),
    leftAtOnce: () => this.#leftAtOnce(),
  };

  /** Dispatches the events of leaving, in their fixed order. */
  #leftAtOnce(): void {
    for (const id of this.members) {
      // A listener may leave again, and that call reports the rest.
      if (id === this.myId || !this.members.includes(id)) continue;
      const member = asMemberId(id);
      const association = this.#peer.messaging.associationWith(member);
      this.#events.memberLeft(member, "left", association?.unacknowledged ?? 0);
    }
    if (this.signalingState !== SignalingState.CLOSED) this.#events.signalingChanged("CLOSED");
    if (this.#snapshot.phase !== "LEFT") this.#events.phaseChanged("LEFT");
    // The ids are drawn before the state is JOINING.
    else this.#snapshot = LEFT;
  }
}

function webEnvironment(): Environment {
  return { platform: webPlatform(consoleLog), transport: webTransport() };
}
