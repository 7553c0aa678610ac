// One group at a `GroupServer`: its clients, and the decision when the server joins and leaves it.
//
//          always: a client sends `connect`
//   absent ────────────────────────────────▶ member: joining, then joined
//     ▲    needed: a pairing failed            │   │
//     └────────────────────────────────────────┘   │ the program made the server leave
//        no other members; or (needed) nothing     ▼
//        was relayed for a while               out, as long as the group has clients

import { WebGroupState } from "../group/state.ts";
import { peerOf, type WebGroup } from "../group/web_group.ts";
import type { Platform } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import { ClientChannel, type ClientObserver } from "./client_channel.ts";
import type { RelayMode } from "./options.ts";

/** The environment of a served group. */
export interface ServedGroupPorts {
  readonly platform: Pick<Platform, "clock" | "enqueueTask">;
  readonly relay: RelayMode;
  /** The longest frame of a client. */
  readonly frameBytesMax: number;
  /** The URL that its first client used. Clients of other groups cannot choose it. */
  readonly url: string | undefined;
  /** Begins to join as a member; `undefined` if the server is in as many groups as allowed. */
  readonly join: () => WebGroup | undefined;
  /** The group has no clients left, and the server is not a member of it. */
  readonly ended: () => void;
}

/** A newcomer waits up to this long for the server to join. */
const JOIN_WAIT_MS = 2_000;

/** The server leaves after relaying nothing for this long; heartbeats are sent every 3 s. */
const RELAY_IDLE_MS = 30_000;

/** Interval at which the server checks whether it is idle, or its clients are in another part. */
const GROUP_CHECK_INTERVAL_MS = 2_000;

/** A client of the signaling server. */
interface Client {
  /** The id in its last `connect`; 0 before. */
  id: number;
  /** The number of members that it listed then. */
  listedCount: number;
  /** Whether it was paired with a member, and has not sent a `connect` since. */
  isPaired: boolean;
}

/** A group with clients at the server. */
export class ServedGroup {
  readonly #ports: ServedGroupPorts;
  readonly #clients = new Set<Client>();
  #group: WebGroup | undefined;
  /** Whether this object makes the server leave, and not the program. */
  #isLeaving = false;
  /** Whether the program made the server leave. */
  #isOut = false;
  #joinedAt = 0;
  /** Callbacks of newcomers that wait until the server has joined; `undefined` if none has to. */
  #waiting: (() => void)[] | undefined;
  #cancelWait: () => void = () => {};
  #cancelCheck: () => void = () => {};

  constructor(ports: ServedGroupPorts) {
    this.#ports = ports;
  }

  get url(): string | undefined {
    return this.#ports.url;
  }

  /** Adds a client that has connected; returns the channel that Sigver serves. */
  add(channel: Channel): Channel {
    const client: Client = { id: 0, listedCount: 0, isPaired: false };
    this.#clients.add(client);
    const observer: ClientObserver = {
      connectReceived: (id, members, proceed) =>
        this.#connectReceived(client, id, members.length, proceed),
      replied: (connected) => client.isPaired = !connected,
      closed: () => {
        this.#clients.delete(client);
        this.#leaveIfAlone();
      },
    };
    return new ClientChannel(channel, observer, this.#ports.frameBytesMax);
  }

  /**
   * Joins if the server is needed. A client that lists no members waits until the server has
   * joined, and then joins through it. A client that lists members, as after a restart of the
   * server, does not wait: the server joins their group.
   */
  #connectReceived(client: Client, id: number, listedCount: number, proceed: () => void): void {
    const isInVain = client.isPaired && listedCount <= client.listedCount;
    Object.assign(client, { id, listedCount, isPaired: false });
    const isWanted = !this.#isOut && (isInVain || this.#ports.relay === "always");
    if (!isWanted || listedCount > 0) proceed();
    if (isWanted && this.#group === undefined) this.#join();
    if (!isWanted || listedCount > 0) return;
    if (this.#waiting) this.#waiting.push(proceed);
    else proceed();
  }

  #join(): void {
    const { clock } = this.#ports.platform;
    const group = this.#ports.join();
    if (group === undefined) return;
    // The program left in `onGroup`.
    if (group.state === WebGroupState.LEFT) {
      this.#isOut = true;
      return;
    }
    this.#group = group;
    this.#isLeaving = false;
    this.#joinedAt = clock.now();
    this.#waiting = [];
    this.#cancelWait = clock.at(clock.now() + JOIN_WAIT_MS, () => this.#proceed());
    this.#checkGroupLater();
    group.addEventListener("memberleave", () => this.#leaveIfAlone());
    group.addEventListener("statechange", ({ state }) => {
      // In a later task: in this turn, the server reports to Sigver that it is a member.
      if (state !== WebGroupState.JOINING) this.#ports.platform.enqueueTask(() => this.#proceed());
      if (state === WebGroupState.LEFT) this.#left(group);
    });
  }

  #proceed(): void {
    this.#cancelWait();
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const proceed of waiting) proceed();
  }

  #leaveIfAlone(): void {
    if (this.#clients.size > 0) return;
    if (this.#group === undefined) this.#ports.ended();
    else if (this.#group.members.length <= 1) this.#leave(this.#group);
  }

  #leave(group: WebGroup): void {
    this.#isLeaving = true;
    group.leave();
  }

  #left(group: WebGroup): void {
    this.#group = undefined;
    this.#isOut = !this.#isLeaving && !peerOf(group).wasLost;
    this.#cancelCheck();
    this.#leaveIfAlone();
  }

  #checkGroupLater(): void {
    const { clock } = this.#ports.platform;
    this.#cancelCheck = clock.at(clock.now() + GROUP_CHECK_INTERVAL_MS, () => this.#checkGroup());
  }

  #checkGroup(): void {
    if (this.#group === undefined) return;
    const peer = peerOf(this.#group);
    const idleMs = this.#ports.platform.clock.now() -
      Math.max(this.#joinedAt, peer.mesh.router.relayedAt ?? 0);
    if (this.#ports.relay === "needed" && idleMs >= RELAY_IDLE_MS) return this.#leave(this.#group);
    const members = new Set(this.#group.members);
    const isSplit = [...this.#clients].some(({ id }) => id !== 0 && !members.has(id));
    if (isSplit) peer.recheck();
    this.#checkGroupLater();
  }
}
