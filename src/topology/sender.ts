/**
 * What goes out to members, over whichever neighbor leads there.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { HOPS_MAX } from "../base/limits.ts";
import type { Neighbor } from "../link/neighbor.ts";
import type { FrameSource, PlainMessage, SendQueue } from "../link/send_queue.ts";
import type { Fields } from "../wire/protobuf_writer.ts";
import { encodeEnvelope, Service } from "../wire/envelope.ts";
import { encodeFullMesh, type FullMeshMessage } from "../wire/full_mesh.ts";
import { nextHop } from "./routes.ts";
import type { MeshState } from "./state.ts";
import type { Strangers } from "./strangers.ts";

/** What a sender needs. */
export interface SenderPorts {
  readonly clock: { now(): number };
  readonly state: () => MeshState;
  readonly neighbors: ReadonlyMap<MemberId, Neighbor>;
  readonly strangers: Strangers;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** The way to a member whose frames are asked for. */
interface Way {
  readonly sendQueue: SendQueue | undefined;
  readonly source: FrameSource;
}

/** Sends on behalf of one member. */
export class Sender {
  readonly #ports: SenderPorts;
  readonly #ways = new Map<MemberId, Way>();

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  /** Sends a plain message to one member. */
  sendTo(
    member: MemberId,
    service: number,
    contents: readonly Uint8Array[],
    done: PlainMessage["done"],
  ): void {
    const neighbor = this.#hop(member);
    if (neighbor === undefined) return done("gone");
    const frames = contents.map((content) => this.#encode(member, service, content));
    neighbor.sendPlain({ frames, done });
  }

  /**
   * Asks for contents for one member whenever its channel has room, until there are none; by
   * another way if there is one, when the one that was used is in doubt.
   */
  requestFrames(
    member: MemberId,
    service: number,
    nextContent: () => Fields | undefined,
    inDoubt: boolean,
  ): void {
    let way = this.#ways.get(member);
    if (way === undefined || inDoubt || !this.#stands(member, way)) {
      const source = () => {
        // What is sent goes the new way once there is one, in the order of one way.
        if (this.#ways.get(member)?.source !== source) return undefined;
        const content = nextContent();
        return content && this.#encode(member, service, content);
      };
      way = { sendQueue: this.#hop(member)?.sendQueue, source };
      this.#ways.set(member, way);
    }
    way.sendQueue?.requestFrames(way.source);
  }

  /** The members to whom another way leads than before. */
  reroute(): readonly MemberId[] {
    const rerouted = [...this.#ways].filter(([member, way]) => !this.#stands(member, way));
    for (const [member] of rerouted) this.#ways.delete(member);
    return rerouted.map(([member]) => member);
  }

  /** A relay is kept while it can be had, lest what is on its way there has to be sent again. */
  #stands(member: MemberId, { sendQueue }: Way): boolean {
    const neighbor = this.#ports.neighbors.get(member);
    if (neighbor !== undefined) return neighbor.sendQueue === sendQueue;
    if (this.#hop(member)?.sendQueue === sendQueue) return true;
    const isDistant = this.#ports.state().members.get(member)?.link === "distant";
    return isDistant && sendQueue?.isOpen === true;
  }

  /** Tells a member something as a member, by the neighbor that leads there, or by another one. */
  tell(member: MemberId, message: FullMeshMessage, via?: MemberId): void {
    this.sendControl(member, Service.FULL_MESH, encodeFullMesh(message), via);
  }

  /** Sends a small message of the library itself, ahead of all data; by another neighbor, maybe. */
  sendControl(
    member: MemberId,
    service: number,
    content: Uint8Array | Fields,
    via?: MemberId,
  ): void {
    const neighbor = via === undefined ? this.#hop(member) : this.#ports.neighbors.get(via);
    if (neighbor === undefined) this.#ports.dropped(`No way to member ${member}`);
    else neighbor.sendControl(this.#encode(member, service, content));
  }

  /** A heartbeat to each neighbor. */
  beat(): void {
    for (const [member, neighbor] of this.#ports.neighbors) {
      const frame = this.#encode(member, Service.HEARTBEAT, new Uint8Array(0));
      neighbor.sendHeartbeat(frame, this.#isOurs(member), this.#ports.clock.now());
    }
  }

  /**
   * Tells members that this one leaves, behind all data for them, on direct and relayed ways alike.
   * Those that others relay to come first: the channels of neighbors are closed after this.
   */
  sendLeave(members: readonly MemberId[]): void {
    const { neighbors } = this.#ports;
    const relayedFirst = [...members].sort((a, b) =>
      Number(neighbors.has(a)) - Number(neighbors.has(b))
    );
    for (const member of relayedFirst) {
      // Netflux 4 knows no such message: its members notice that the channel is closed.
      if (this.#ports.state().members.get(member)?.kind === "v4") continue;
      const content = encodeFullMesh({ type: "leave" });
      this.#hop(member)?.sendFinal(this.#encode(member, Service.FULL_MESH, content));
    }
  }

  /** Tells a member that another one has left, in the name of that one. */
  forwardLeave(member: MemberId, left: MemberId): void {
    const frame = encodeEnvelope({
      sender: left,
      recipient: member,
      service: Service.FULL_MESH,
      content: encodeFullMesh({ type: "leave" }),
      hopsLeft: HOPS_MAX - 1,
    });
    this.#hop(member)?.sendControl(frame);
  }

  /** A member is gone. */
  forget(member: MemberId): void {
    this.#ways.delete(member);
  }

  /** All members are gone. */
  clear(): void {
    this.#ways.clear();
  }

  #encode(recipient: MemberId, service: number, content: Uint8Array | Fields): Uint8Array {
    const { me: sender } = this.#ports.state();
    return encodeEnvelope({ sender, recipient, service, content, hopsLeft: HOPS_MAX });
  }

  #isOurs(member: MemberId): boolean {
    return this.#ports.state().members.get(member)?.kind === "v5";
  }

  #hop(member: MemberId): Neighbor | undefined {
    const hop = nextHop(this.#ports.state(), member) ?? this.#ports.strangers.wayTo(member);
    return hop === undefined ? undefined : this.#ports.neighbors.get(hop);
  }
}
