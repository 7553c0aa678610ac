/**
 * What goes out to members: to all or to one, in order, over whichever neighbor leads there.
 *
 * @module
 */

import type { MemberId } from "../base/ids.ts";
import { HOPS_MAX } from "../base/limits.ts";
import { type Outbox, type Parcel, tally } from "../delivery/outbox.ts";
import { encodeEnvelope, type Recipient, Service } from "../wire/envelope.ts";
import { encodeFullMesh } from "../wire/full_mesh.ts";
import type { Neighbor } from "./neighbor.ts";
import { nextHop } from "./routes.ts";
import type { MeshState } from "./state.ts";
import type { Strangers } from "./strangers.ts";
import { Ways } from "./ways.ts";

/** What a sender needs. */
export interface SenderPorts {
  readonly clock: { now(): number };
  readonly state: () => MeshState;
  readonly neighbors: ReadonlyMap<MemberId, Neighbor>;
  readonly strangers: Strangers;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** Sends on behalf of one member. */
export class Sender {
  readonly #ports: SenderPorts;
  readonly #ways: Ways<Outbox>;

  constructor(ports: SenderPorts) {
    this.#ports = ports;
    this.#ways = new Ways({
      hopTo: (member) => this.#hop(member)?.outbox,
      mark: (...mark) => this.#mark(...mark),
    });
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return this.#ways.deadline;
  }

  /** A mark has arrived at a member. */
  arrived(member: MemberId, number: number): void {
    this.#ways.arrived(member, number);
  }

  /** Sends a message to everyone; each way of it is told when it is over. */
  broadcast(service: number, contents: readonly Uint8Array[], done: Parcel["done"]): void {
    const { members } = this.#ports.state();
    const ended = tally(members.size, done);
    const shared = contents.map((content) => this.#encode("everyone", service, content));
    for (const member of members.keys()) {
      this.#ways.send(member, this.#ports.clock.now(), () => {
        const neighbor = this.#ports.neighbors.get(member);
        if (neighbor !== undefined) neighbor.sendOwn({ frames: shared, done: ended });
        else this.#sendNow(member, service, contents, ended);
      });
    }
  }

  /** Sends a message to one member. */
  sendTo(
    member: MemberId,
    service: number,
    contents: readonly Uint8Array[],
    done: Parcel["done"],
  ): void {
    const send = () => this.#sendNow(member, service, contents, done);
    this.#ways.send(member, this.#ports.clock.now(), send);
  }

  /**
   * Sends a small message of the library itself, ahead of all data: by the neighbor that leads
   * there, or by another one.
   */
  sendControl(member: MemberId, service: number, content: Uint8Array, via?: MemberId): void {
    const neighbor = via === undefined ? this.#hop(member) : this.#ports.neighbors.get(via);
    if (neighbor === undefined) this.#ports.dropped(`No way to member ${member}`);
    else neighbor.sendControl(this.#encode(member, service, content));
  }

  /** A heartbeat to each neighbor. */
  beat(): void {
    for (const [member, neighbor] of this.#ports.neighbors) {
      const frame = this.#encode(member, Service.HEARTBEAT, new Uint8Array(0));
      neighbor.beat(frame, this.#isOurs(member), this.#ports.clock.now());
    }
  }

  /** The last word to each neighbor of ours, behind all data. */
  sayGoodbye(): void {
    const content = encodeFullMesh({ type: "leave" });
    for (const [member, neighbor] of this.#ports.neighbors) {
      if (!this.#isOurs(member)) continue;
      const frames = [this.#encode(member, Service.FULL_MESH, content)];
      neighbor.sendOwn({ frames, done: () => {} });
    }
  }

  /** A member is gone. */
  forget(member: MemberId): void {
    this.#ways.forget(member);
  }

  /** All members are gone. */
  clear(): void {
    this.#ways.clear();
  }

  /** Handles what is due. */
  tick(now: number): void {
    this.#ways.tick(now);
  }

  #sendNow(
    member: MemberId,
    service: number,
    contents: readonly Uint8Array[],
    done: Parcel["done"],
  ): void {
    const neighbor = this.#hop(member);
    if (neighbor === undefined) return done(false);
    const frames = contents.map((content) => this.#encode(member, service, content));
    neighbor.sendOwn({ frames, done });
  }

  /** A mark behind all that went to a member by an old way: it has to understand it. */
  #mark(member: MemberId, oldHop: Outbox, number: number): boolean {
    if (!oldHop.open || !this.#isOurs(member)) return false;
    const content = encodeFullMesh({ type: "mark", number });
    const frames = [this.#encode(member, Service.FULL_MESH, content)];
    oldHop.sendOwn({ frames, done: () => {} });
    return true;
  }

  #encode(recipient: Recipient, service: number, content: Uint8Array): Uint8Array {
    const { me: sender } = this.#ports.state();
    return encodeEnvelope({ sender, recipient, service, content, hopsLeft: HOPS_MAX });
  }

  #isOurs(member: MemberId): boolean {
    return this.#ports.state().members.get(member)?.ours === true;
  }

  #hop(member: MemberId): Neighbor | undefined {
    const hop = nextHop(this.#ports.state(), member) ?? this.#ports.strangers.wayTo(member);
    return hop === undefined ? undefined : this.#ports.neighbors.get(hop);
  }
}
