// The router of a full mesh: sends frames to members through the right neighbor, and delivers,
// forwards or drops frames that neighbors send.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { setNewest } from "../base/bounded_map.ts";
import { FRAME_BYTES_MAX, HOP_LIMIT, RETURN_ROUTES_MAX, ROUTE_AGE_MIN_MS } from "../base/limits.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { Neighbor } from "../link/neighbor.ts";
import type { FrameSource, SendQueue } from "../link/send_queue.ts";
import type { Trace } from "../platform/trace.ts";
import type { Fields } from "../wire/protobuf_writer.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope, Service } from "../wire/envelope.ts";
import { decodeMeshMessage, encodeMeshMessage, type MeshMessage } from "../wire/mesh_message.ts";
import type { Member, MeshState } from "./mesh_state.ts";
import { doubtRoute, nextHop, pingRequestTargets } from "./next_hop.ts";

export interface RouterPorts {
  readonly mesh: MeshState;
  readonly neighbors: ReadonlyMap<MemberId, Neighbor>;
  /** `via` is the neighbor that delivered it, which may be the sender. */
  readonly meshMessage: (sender: MemberId, message: MeshMessage, via: MemberId) => void;
  readonly heardElsewhere: (neighbor: Member) => void;
  readonly received: (sender: MemberId, service: number, content: Uint8Array) => void;
  readonly mayRelay?:
    | ((from: MemberId, bytes: number, urgent: boolean) => boolean)
    | undefined;
  readonly trace: Trace;
}

export interface MemberLink {
  /** Sends a frame that overtakes all data. */
  sendControl(content: Fields): void;
  /** Sends session frames until there are none; `inDoubt`: on another route, if there is one. */
  requestFrames(inDoubt?: boolean): void;
  sendPlain(contents: readonly Uint8Array[], done: SendCallback): void;
}

interface Route {
  readonly sendQueue: SendQueue | undefined;
  readonly source: FrameSource;
  readonly since: number;
}

export class Router {
  /** The neighbors through which frames of non-members arrived, to answer them. */
  readonly returnRoutes = new Map<MemberId, MemberId>();
  readonly #ports: RouterPorts;
  readonly #routes = new Map<MemberId, Route>();
  #relayedAt: number | undefined;

  constructor(ports: RouterPorts) {
    this.#ports = ports;
  }

  /** When this peer last relayed a frame, in ms; `undefined` if never. */
  get relayedAt(): number | undefined {
    return this.#relayedAt;
  }

  // Out

  linkTo(member: MemberId, nextFrame: () => Fields | undefined): MemberLink {
    return {
      sendControl: (content) => this.sendControl(member, Service.SESSION, content),
      requestFrames: (inDoubt) => {
        let route = this.#routes.get(member);
        const { mesh } = this.#ports;
        // A member that repeats frames in a loop causes no routes in a loop.
        const isDoubted = inDoubt && mesh.now - (route?.since ?? -Infinity) > ROUTE_AGE_MIN_MS;
        if (isDoubted) doubtRoute(mesh, member);
        if (route === undefined || isDoubted || !this.#isValid(member, route)) {
          const source = () => {
            // To keep the order of frames, a replaced route sends no more.
            if (this.#routes.get(member)?.source !== source) return undefined;
            const content = nextFrame();
            return content && this.#encode(member, Service.SESSION, content);
          };
          route = { sendQueue: this.#sendQueueTo(member), source, since: mesh.now };
          this.#routes.set(member, route);
        }
        route.sendQueue?.requestFrames(route.source);
      },
      sendPlain: (contents, done) => {
        const sendQueue = this.#sendQueueTo(member);
        if (sendQueue === undefined) return done("MEMBER_LEFT");
        const frames = contents.map((content) => this.#encode(member, Service.USER, content));
        sendQueue.sendPlain({ frames, done });
      },
    };
  }

  dropInvalidRoutes(): readonly MemberId[] {
    const invalid = [...this.#routes].filter(([member, route]) => !this.#isValid(member, route));
    for (const [member] of invalid) this.#routes.delete(member);
    return invalid.map(([member]) => member);
  }

  /** A working relay is kept, so that frames in flight need no retransmission. */
  #isValid(member: MemberId, { sendQueue }: Route): boolean {
    const { mesh, neighbors } = this.#ports;
    const neighbor = neighbors.get(member);
    if (neighbor !== undefined) return neighbor.sendQueue === sendQueue;
    const relayWorks = mesh.members.get(member)?.isNeighbor === false && sendQueue?.isOpen;
    return relayWorks || this.#sendQueueTo(member) === sendQueue;
  }

  send(member: MemberId, message: MeshMessage, via?: MemberId): void {
    this.sendControl(member, Service.FULL_MESH, encodeMeshMessage(message), via);
  }

  sendControl(
    member: MemberId,
    service: number,
    content: Uint8Array | Fields,
    via?: MemberId,
  ): void {
    const sendQueue = via === undefined
      ? this.#sendQueueTo(member)
      : this.#ports.neighbors.get(via)?.sendQueue;
    if (sendQueue === undefined) this.#note(`No route to member ${member}`);
    else sendQueue.sendControl(this.#encode(member, service, content));
  }

  /** Returns `false` if the member is not a neighbor, as such frames are not relayed. */
  sendUnreliable(member: MemberId, content: Uint8Array): boolean {
    const neighbor = this.#ports.neighbors.get(member);
    if (neighbor === undefined) return false;
    return neighbor.sendUnreliable(this.#encode(member, Service.UNRELIABLE, content));
  }

  sendHeartbeats(): void {
    const { mesh, neighbors } = this.#ports;
    for (const [member, neighbor] of neighbors) {
      const frame = this.#encode(member, Service.HEARTBEAT, new Uint8Array(0));
      neighbor.sendHeartbeat(frame, mesh.members.get(member)?.protocol === "v5", mesh.now);
    }
  }

  /**
   * Sends `leave` behind all data, on direct and relayed routes. Distant members come first, as the
   * channels to neighbors are closed next. As their relay may be gone, too, those that received all
   * data get the `leave` through other relays as well. For the others, it would overtake data.
   */
  sendLeave(members: readonly MemberId[], isDrained: (member: MemberId) => boolean): void {
    const { mesh, neighbors } = this.#ports;
    const distantFirst = [...members].sort((a, b) =>
      Number(neighbors.has(a)) - Number(neighbors.has(b))
    );
    for (const member of distantFirst) {
      // Netflux 4 has no such message: its peers notice the closed channel.
      if (mesh.members.get(member)?.protocol === "v4") continue;
      const frame = this.#encode(member, Service.FULL_MESH, LEAVE);
      const others = neighbors.has(member) || !isDrained(member)
        ? []
        : pingRequestTargets(mesh, member).map((via) => neighbors.get(via)?.sendQueue);
      for (const sendQueue of new Set([this.#sendQueueTo(member), ...others])) {
        sendQueue?.sendFinal(frame);
      }
    }
  }

  /** Reports a leave to a member that missed it, behind all frames that are relayed to it. */
  forwardLeave(member: MemberId, left: MemberId): void {
    if (this.#ports.mesh.members.get(member)?.protocol === "v4") return;
    const frame = this.#encode(member, Service.FULL_MESH, LEAVE, left);
    const isQueued = this.#sendQueueTo(member)?.sendRelayed(frame);
    if (!isQueued) this.#note(`Dropped the leave of ${left} for member ${member}`);
  }

  forget(member: MemberId): void {
    this.#routes.delete(member);
  }

  #encode(
    recipient: MemberId,
    service: number,
    content: Uint8Array | Fields,
    sender = this.#ports.mesh.me,
  ): Uint8Array {
    return encodeEnvelope({ sender, recipient, service, content, hopLimit: HOP_LIMIT });
  }

  #sendQueueTo(member: MemberId): SendQueue | undefined {
    const hop = nextHop(this.#ports.mesh, member) ?? this.returnRoutes.get(member);
    return hop === undefined ? undefined : this.#ports.neighbors.get(hop)?.sendQueue;
  }

  // In

  receive(from: MemberId, frame: Uint8Array): void {
    try {
      this.#route(from, decodeEnvelope(frame), frame.length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note(`Dropped a frame of member ${from}: ${error.message}`);
    }
  }

  #route(from: MemberId, envelope: Envelope, bytes: number): void {
    const { recipient, sender = from, service } = envelope;
    const { me } = this.#ports.mesh;
    const drop = (reason: string) => this.#note(`Dropped ${bytes} bytes of ${from}: ${reason}`);
    if (sender === me) return drop("it came back to its sender");
    if (recipient !== "everyone" && recipient !== me) {
      return this.#forward(from, recipient, envelope, drop);
    }
    if (recipient === "everyone" && sender !== from) {
      return drop("a broadcast is not relayed in a full mesh");
    }
    if (service !== Service.HEARTBEAT) this.#deliver(from, envelope);
  }

  /**
   * Each relay decrements the hop limit. A Netflux 4 relay drops the hop limit, so the next peer
   * may pass the frame only to its recipient. Thus no frame circles.
   */
  #forward(
    from: MemberId,
    to: MemberId,
    envelope: Envelope,
    drop: (reason: string) => void,
  ): void {
    const { mayRelay, mesh, neighbors } = this.#ports;
    const { content, hopLimit, sender, service } = envelope;
    const isFirstHop = sender === from;
    const left = Math.min(hopLimit ?? (isFirstHop ? HOP_LIMIT : 1), HOP_LIMIT);
    const hop = nextHop(mesh, to);
    if (hop === undefined) {
      // The neighbor missed the leave, as its relays left, too, and hears no more of the member. A
      // relayed ping gets no answer: its sender may be forged, and would be flooded with answers.
      const isAsked = isFirstHop && mesh.tombstones.get(to)?.isAnnounced;
      if (isAsked && isPing(service, content)) this.forwardLeave(from, to);
      return drop(`no route to member ${to}`);
    }
    if (left < (hop === to ? 1 : 2)) return drop("it was relayed too often");
    if (hop === from || hop === sender) return drop("it would go back");
    // Without a sender, the frame would appear to come from this peer.
    const relayed = encodeEnvelope({ ...envelope, sender: sender ?? from, hopLimit: left - 1 });
    // The hop limit makes the frame longer, and one that is too long would end the channel.
    if (relayed.length > FRAME_BYTES_MAX) return drop("it is too long");
    this.#relayedAt = mesh.now;
    const urgent = isUrgent(envelope);
    if (mayRelay?.(from, relayed.length, urgent) === false) {
      return drop("more is to be relayed than the limits allow");
    }
    if (neighbors.get(hop)?.sendQueue?.sendRelayed(relayed, urgent)) return;
    drop(`the queue for member ${hop} is full`);
  }

  #deliver(from: MemberId, { sender = from, service, content }: Envelope): void {
    const { meshMessage, received } = this.#ports;
    if (sender !== from) {
      if (this.#rejectHearsay(sender, from, service, content)) return;
      this.#heardThrough(sender, from);
    }
    if (service === Service.FULL_MESH) meshMessage(sender, decodeMeshMessage(content), from);
    else received(sender, service, content);
  }

  /**
   * Rejects a relayed frame in the name of a member with a direct channel (G13); returns whether it
   * did. The member may consider that channel dead, so it is pinged, and its pings are answered.
   */
  #rejectHearsay(sender: MemberId, via: MemberId, service: number, content: Uint8Array): boolean {
    const member = this.#ports.mesh.members.get(sender);
    if (!member?.isNeighbor || member.protocol !== "v5") return false;
    this.#ports.heardElsewhere(member);
    if (!member.isNeighbor) return false;
    if (isPing(service, content)) this.send(sender, { type: "ack" }, via);
    return true;
  }

  #heardThrough(sender: MemberId, via: MemberId): void {
    const { mesh } = this.#ports;
    const member = mesh.members.get(sender);
    if (member === undefined) return setNewest(this.returnRoutes, sender, via, RETURN_ROUTES_MAX);
    member.heardAt = mesh.now;
    if (member.isNeighbor || member.via === via) return;
    member.via = via;
    mesh.routesChanged = true;
  }

  #note(text: string): void {
    this.#ports.trace.note("DEBUG", text);
  }
}

/** Control frames overtake application data; `leave` does not. */
function isUrgent({ service, content }: Envelope): boolean {
  return service === Service.FULL_MESH
    ? content.join() !== LEAVE.join()
    : service === Service.CHANNEL_BUILDER || service === Service.DATA_CHANNEL_BUILDER;
}

function isPing(service: number, content: Uint8Array): boolean {
  return service === Service.FULL_MESH && decodeMeshMessage(content).type === "ping";
}

const LEAVE = encodeMeshMessage({ type: "leave" });
