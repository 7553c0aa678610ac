// The ways into a group: newcomers join through this peer, this peer joins through a member, and
// bots are invited.
//
// @sansio

import { type Deferred, Deferreds } from "../base/deferred.ts";
import { ConnectionError } from "../base/errors.ts";
import type { GroupId, MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX, PROTOCOL_VERSION } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import { type HandshakeEnvironment, PendingHandshakes } from "../negotiation/join_handshakes.ts";
import type { Channel } from "../transport/channel.ts";
import { encodeJoinHandshake, type InitPing, type InitPong } from "../wire/join_handshake.ts";
import type { Overlay } from "./overlay.ts";

export interface Identity {
  readonly me: MemberId;
  readonly group: GroupId;
  readonly key: string;
}

export interface GroupEntryEnvironment extends HandshakeEnvironment {
  /** The overlay of the current join. */
  readonly overlay: () => Pick<Overlay, "mesh" | "messaging">;
  readonly identity: () => Identity;
}

export interface GroupEntryEvents {
  /** Called before the members of the host are reported. */
  joined(ping: InitPing): void;
  /**
   * `isJoining` is whether this peer may still join over another channel; `isTooLarge`: the group
   * would have too many members.
   */
  joinFailed(isJoining: boolean, isTooLarge: boolean): void;
  idTaken(): void;
  failed(error: ConnectionError): void;
}

/** The callbacks of an invitation: without one, a rejected joiner retries on its own. */
interface Invitation {
  resolve(bot: MemberId): void;
  reject(error: ConnectionError): void;
}

export class GroupEntry {
  readonly #environment: GroupEntryEnvironment;
  readonly #events: GroupEntryEvents;
  readonly #handshakes: PendingHandshakes;
  /** The invited bots, by host, port and path. */
  readonly #bots = new Map<string, MemberId>();
  /** The pending invitations, by host, port and path. */
  readonly #inviting = new Map<string, { readonly calls: Deferreds; readonly abort: () => void }>();
  /** The channels through which this peer is joining. */
  readonly #joining = new Set<Channel>();

  constructor(environment: GroupEntryEnvironment, events: GroupEntryEvents) {
    this.#environment = environment;
    this.#events = events;
    this.#handshakes = new PendingHandshakes(environment);
  }

  get deadline(): number | undefined {
    return this.#handshakes.deadline;
  }

  joinThrough(channel: Channel, isInvited: boolean): void {
    const { mesh, messaging } = this.#environment.overlay();
    const { me } = this.#environment.identity();
    const failed = (error?: ConnectionError, isTooLarge = false) => {
      channel.close();
      this.#joining.delete(channel);
      if (error !== undefined) this.#events.failed(error);
      // Also if already connected, since an attempt over signaling was given up for this channel.
      this.#events.joinFailed(this.#joining.size > 0, isTooLarge);
    };
    this.#joining.add(channel);
    this.#handshakes.start(channel, "initPing", (ping) => {
      this.#joining.delete(channel);
      const { member, members, topology, v5Members } = ping;
      if (topology !== 0) return failed(refusal("join", `its topology is ${topology}, 0 expected`));
      const union = new Set([...mesh.members, member, ...members]);
      if (union.size > FULL_MESH_MEMBERS_MAX) {
        const reason = `the group would exceed ${FULL_MESH_MEMBERS_MAX} members`;
        return failed(refusal("join", reason), true);
      }
      const isAlone = mesh.members.length === 1;
      // The two already have a channel: one of them would close the second one.
      const isConnected = mesh.hears(member);
      const isIdTaken = member === me || (isAlone && members.includes(me));
      // A peer with other members keeps its id, by which they know it: the host has to change.
      if (isIdTaken && isAlone && !isConnected) {
        channel.close();
        return this.#events.idTaken();
      }
      const joins = !isConnected && !isIdTaken;
      // A host that has invited this peer waits for its id.
      if (joins || isInvited) {
        const epoch = messaging.associationWith(member)?.session.epoch;
        const version = PROTOCOL_VERSION;
        channel.send(encodeJoinHandshake({ type: "initPong", newcomer: me, epoch, version }));
      }
      if (!joins) return failed();
      this.#events.joined(ping);
      mesh.joined(member, channel, protocolOf(ping), members, v5Members);
    }, failed);
  }

  acceptJoiner(channel: Channel, invitation?: Invitation): void {
    const { me, group, key } = this.#environment.identity();
    const { mesh } = this.#environment.overlay();
    const failed = (error: ConnectionError) => {
      channel.close();
      invitation?.reject(error);
    };
    const refuse = (reason: string) => failed(refusal("accept the join", reason));
    if (mesh.phase !== "CONSTRUCTED") return refuse("this group is not joined");
    const { isFull, v5Members } = mesh;
    // Only reachable members, since the joiner waits until each of them lists it. In a full group
    // all of them, so that a newcomer knows that there is no place.
    const members = isFull ? mesh.members : mesh.reachable;
    this.#handshakes.start(channel, "initPong", (pong) => {
      const { newcomer: joiner } = pong;
      if (!this.#isIdFree(pong)) {
        if (joiner === me) return refuse("its id is taken");
        channel.close();
        // A bot that is already a member answers with its id, and remains a member.
        return invitation?.resolve(joiner);
      }
      if (mesh.isFull && !mesh.members.includes(joiner)) {
        return refuse(`the group has ${FULL_MESH_MEMBERS_MAX} members`);
      }
      const protocol = protocolOf(pong);
      mesh.addChannel(joiner, channel, protocol);
      // The list that the joiner received may include members that have left since.
      const left = members.filter((id) => !mesh.members.includes(id));
      for (const id of left) mesh.router.forwardLeave(joiner, id);
      invitation?.resolve(joiner);
    }, failed);
    const version = PROTOCOL_VERSION;
    const host = { topology: 0, group, member: me, members, key, v5Members, version };
    channel.send(encodeJoinHandshake({ type: "initPing", ...host }));
  }

  /**
   * Whether a joiner may use its id. The id of a member is free only for that member, which returns
   * after it lost its channel: it knows the epoch of the session, or, if it does not, the member
   * was not heard recently on any route. A channel may lose the frames to the member only, which
   * then pings over it.
   */
  #isIdFree({ newcomer: joiner, version, epoch }: InitPong): boolean {
    const { identity, overlay } = this.#environment;
    const { mesh, messaging } = overlay();
    if (!mesh.members.includes(joiner)) return true;
    if (version === undefined || joiner === identity().me) return false;
    const known = messaging.associationWith(joiner)?.session.peerEpoch;
    const isProven = epoch !== undefined && epoch === known;
    if (mesh.hears(joiner)) return isProven && mesh.isPingedBy(joiner);
    return isProven || known === undefined || !mesh.isAlive(joiner);
  }

  invite(url: string, deferred: Deferred): void {
    const { identity } = this.#environment;
    const { mesh } = this.#environment.overlay();
    const { host, pathname } = new URL(url);
    const place = `${host}${pathname.replace(/\/?$/, "/")}`;
    const known = this.#bots.get(place);
    if (known !== undefined && mesh.neighbors.includes(known)) return deferred.resolve();
    if (mesh.phase !== "CONSTRUCTED") {
      const reason = "Cannot invite a bot: the group is not joined";
      return deferred.reject(new DOMException(reason, "InvalidStateError"));
    }
    const underWay = this.#inviting.get(place);
    if (underWay) return underWay.calls.add(deferred);
    const calls = new Deferreds();
    calls.add(deferred);
    const reject = (error: ConnectionError) => {
      this.#inviting.delete(place);
      this.#events.failed(error);
      calls.reject(error);
    };
    const resolve = (bot: MemberId) => {
      this.#inviting.delete(place);
      this.#bots.set(place, bot);
      calls.resolve();
    };
    const aborted = `Cannot invite ${url}: the group was left`;
    const abort = () => reject(new ConnectionError("ABORTED", aborted));
    this.#inviting.set(place, { calls, abort });
    const { me, group, key } = identity();
    const query = { type: "invitation", group, sender: me, key, proof: undefined } as const;
    const opened = (channel: Channel) => this.acceptJoiner(channel, { resolve, reject });
    this.#handshakes.dial(url, query, opened, reject);
  }

  close(): void {
    this.#handshakes.close();
    this.#joining.clear();
    for (const { abort } of this.#inviting.values()) abort();
    this.#bots.clear();
  }

  tick(now: number): void {
    this.#handshakes.tick(now);
  }
}

function refusal(what: "join" | "accept the join", reason: string): ConnectionError {
  return new ConnectionError("REFUSED", `Cannot ${what}: ${reason}`);
}

function protocolOf({ version }: InitPing | InitPong): PeerProtocol {
  return version === undefined ? "v4" : "v5";
}
