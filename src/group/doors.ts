/**
 * The ways into a group: of newcomers into ours, of this peer into another, of members that call.
 *
 * @module
 */

import { ConnectionError } from "../base/errors.ts";
import type { GroupId, MemberId } from "../base/ids.ts";
import { earliest } from "../machine/timers.ts";
import { Caller } from "../negotiation/caller.ts";
import { Gate } from "../negotiation/gate.ts";
import type { Clock } from "../platform/platform.ts";
import type { FullMesh } from "../topology/full_mesh.ts";
import type { Channel } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import type { InitPing, InitPong } from "../wire/handshake.ts";
import type { Call } from "../wire/listen_url.ts";
import { type Waiter, Waiters } from "./waiters.ts";

/** Who a peer is in its group. */
export interface Identity {
  readonly me: MemberId;
  readonly group: GroupId;
  readonly key: string;
}

/** What doors need. */
export interface DoorPorts {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  readonly topology: Pick<
    FullMesh,
    | "phase"
    | "members"
    | "reachable"
    | "neighbors"
    | "v5Members"
    | "hears"
    | "isAlive"
    | "addChannel"
    | "joined"
    | "router"
  >;
  readonly identity: () => Identity;
  /** What we call the session with a member, and what the member calls it, as far as is known. */
  readonly epochFor: (member: MemberId) => number | undefined;
  readonly epochOf: (member: MemberId) => number | undefined;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  /** We are through the door of a group: to be told before its members are. */
  readonly entered: (ping: InitPing) => void;
  /** We are not. */
  readonly turnedAway: (why: "idTaken" | "failed") => void;
  /** Something that the program should know went wrong. */
  readonly failed: (error: ConnectionError) => void;
}

/** Who waits for a peer to be let in. */
interface Host {
  readonly resolve: (newcomer: MemberId) => void;
  readonly reject: (error: ConnectionError) => void;
}

/** The doors of one peer. */
export class Doors {
  readonly #ports: DoorPorts;
  readonly #gate: Gate;
  readonly #caller: Caller;
  /** The bots that were invited, by host, port and path. */
  readonly #invited = new Map<string, MemberId>();
  /** Invitations under way, by the same. */
  readonly #inviting = new Map<string, Waiters>();

  constructor(ports: DoorPorts) {
    this.#ports = ports;
    this.#gate = new Gate(ports);
    this.#caller = new Caller(ports);
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return earliest([this.#gate.deadline, this.#caller.deadline]);
  }

  /** Enters, over a channel to one of its members, a group. */
  enter(channel: Channel, how: "invited" | "paired"): void {
    const { identity, topology } = this.#ports;
    const { me } = identity();
    let isMet = false;
    const accepts = (ping: InitPing) => {
      if (ping.topology !== 0) return "otherTopology";
      // Meanwhile the two have met another way: a second channel would be closed by one of them.
      if (topology.hears(ping.member)) {
        isMet = true;
        return how === "invited" ? "known" : "needless";
      }
      const alone = topology.members.length === 1;
      return ping.member === me || (alone && ping.members.includes(me)) ? "idTaken" : "yes";
    };
    const { epochFor } = this.#ports;
    this.#gate.guest(channel, { me, epochFor, accepts }, (outcome) => {
      if (outcome.type === "idTaken") return this.#ports.turnedAway("idTaken");
      if (outcome.type !== "entered") {
        if (outcome.type === "failed" && !isMet) this.#ports.failed(outcome.error);
        // Also of one that invites us and is known: an attempt over signaling was given up for it.
        return this.#ports.turnedAway("failed");
      }
      const { ping, early } = outcome;
      this.#ports.entered(ping);
      const protocol = ping.version === undefined ? "v4" : "v5";
      const ready = { member: ping.member, channel, protocol, bufferedFrames: early } as const;
      topology.joined(ready, ping.members, ping.ours);
    });
  }

  /** Lets somebody in, over a channel. */
  admit(channel: Channel, host: Host = NOBODY): void {
    const { identity, topology } = this.#ports;
    if (topology.phase !== "CONSTRUCTED") {
      channel.close();
      return host.reject(refusal("this group is not joined"));
    }
    const { me, group, key } = identity();
    const { reachable, v5Members: ours } = topology;
    const ping = { topology: 0, group, member: me, members: reachable, key, ours };
    this.#gate.host(channel, ping, (pong) => this.#mayBe(pong), (outcome) => {
      if (outcome.type === "failed") return host.reject(outcome.error);
      if (outcome.type === "idTaken" && outcome.newcomer !== me) {
        // A bot that another member has invited says so, and goes on as it is.
        return host.resolve(outcome.newcomer);
      }
      if (outcome.type !== "admitted") return host.reject(refusal("its id is taken"));
      const { newcomer, early } = outcome;
      const protocol = outcome.ours ? "v5" : "v4";
      topology.addChannel({ member: newcomer, channel, protocol, bufferedFrames: early });
      // Those that left while it entered do not know it, and it knows them from our list.
      const left = reachable.filter((id) => !topology.members.includes(id));
      if (outcome.ours) { for (const id of left) topology.router.forwardLeave(newcomer, id); }
      host.resolve(newcomer);
    });
  }

  /**
   * Whether a newcomer may have an id. That of a member is for the member alone, which comes back
   * where it lost its channel: it knows our session, if there is one, or was not heard lately by
   * any way.
   */
  #mayBe({ newcomer, version, epoch }: InitPong): boolean {
    const { identity, epochOf, topology } = this.#ports;
    if (!topology.members.includes(newcomer)) return true;
    if (version === undefined || newcomer === identity().me || topology.hears(newcomer)) {
      return false;
    }
    const known = epochOf(newcomer);
    return known === undefined || known === epoch || !topology.isAlive(newcomer);
  }

  /** Takes the channel of a member that called, or of a newcomer. */
  answer(call: Call & { readonly type: "internal" | "newcomer" }, channel: Channel): void {
    const { identity, topology } = this.#ports;
    if (call.type === "newcomer") return this.admit(channel);
    const isMember = topology.members.includes(call.sender) && call.sender !== identity().me;
    if (isMember) topology.addChannel({ member: call.sender, channel, bufferedFrames: [] });
    else channel.close();
  }

  /** Asks the peer that listens on a URL to enter our group. */
  invite(url: string, waiter: Waiter): void {
    const { identity, topology } = this.#ports;
    const { host, pathname } = new URL(url);
    const place = `${host}${pathname.replace(/\/?$/, "/")}`;
    const known = this.#invited.get(place);
    if (known !== undefined && topology.neighbors.includes(known)) return waiter.resolve();
    if (topology.phase !== "CONSTRUCTED") {
      const reason = "Cannot invite a bot: the group is not joined";
      return waiter.reject(new DOMException(reason, "InvalidStateError"));
    }
    const waiting = this.#inviting.get(place);
    if (waiting) return waiting.add(waiter);
    const waiters = new Waiters();
    waiters.add(waiter);
    this.#inviting.set(place, waiters);
    const reject = (error: ConnectionError) => {
      this.#inviting.delete(place);
      this.#ports.failed(error);
      waiters.reject(error);
    };
    const resolve = (bot: MemberId) => {
      this.#inviting.delete(place);
      this.#invited.set(place, bot);
      waiters.resolve();
    };
    const { me, group, key } = identity();
    this.#caller.call(url, { type: "invitation", group, sender: me, key, proof: undefined }, {
      opened: (channel) => this.admit(channel, { resolve, reject }),
      failed: reject,
    });
  }

  /** Closes all doors: the group was left. */
  close(): void {
    this.#gate.close();
    this.#caller.close();
    for (const waiters of this.#inviting.values()) waiters.reject(refusal("the group was left"));
    this.#inviting.clear();
    this.#invited.clear();
  }

  /** Handles what is due. */
  tick(now: number): void {
    this.#gate.tick(now);
    this.#caller.tick(now);
  }
}

/** Nobody waits: who comes in shows as a member, and who does not asks again. */
const NOBODY: Host = { resolve: () => {}, reject: () => {} };

function refusal(reason: string): ConnectionError {
  return new ConnectionError("REFUSED", `Cannot let a peer in: ${reason}`);
}
