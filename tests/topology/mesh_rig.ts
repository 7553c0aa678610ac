import { asMemberId, type MemberId } from "../../src/base/ids.ts";
import { DEAD_AFTER_MS, HEARTBEAT_INTERVAL_MS } from "../../src/base/limits.ts";
import { dialFailed } from "../../src/topology/direct_connect.ts";
import { heardElsewhere, lastHeard, loseNeighbor } from "../../src/topology/failure_detector.ts";
import { TIMED_OUT } from "../../src/topology/full_mesh.ts";
import { messageReceived } from "../../src/topology/gossip.ts";
import {
  becomeNeighbor,
  construct,
  joined,
  learn,
  remove,
  stop,
} from "../../src/topology/membership.ts";
import { MeshState } from "../../src/topology/mesh_state.ts";
import type { MeshMessage } from "../../src/wire/mesh_message.ts";

export const id = asMemberId;

export function ids(...numbers: readonly number[]): MemberId[] {
  return numbers.map(asMemberId);
}

/** The mesh of one member, on a virtual clock. */
export class MeshRig {
  readonly mesh: MeshState;
  now = 0;
  /** When each neighbor was last heard over its channel. */
  readonly #heardAt = new Map<MemberId, { heardAt: number }>();
  /** Since the last query. */
  #outputs: string[] = [];

  constructor(me = 10, graceMs = DEAD_AFTER_MS) {
    const put = (text: string) => void this.#outputs.push(text);
    this.mesh = new MeshState(id(me), graceMs, { now: () => this.now }, this.#heardAt, {
      phaseChanged: put,
      memberJoined: (member) => put(`joined ${member}`),
      protocolLearned: (member, protocol) => put(`${member} speaks ${protocol}`),
      memberLeft: ({ member, othersRemain }) =>
        put(`left ${member}${othersRemain ? "" : ", the last"}`),
      awayChanged: (member, isAway) => put(`${member} is ${isAway ? "away" : "back"}`),
      partitioned: (isolated) => put(isolated ? "isolated" : "partitioned"),
      channelWanted: (member) => put(`dial ${member}`),
      note: () => put("warn"),
      send: (member, message, via) => {
        if (message.type === "heartbeat") return;
        if (via !== undefined) put(`${message.type} ${member} via ${via}`);
        else put(`send ${member} ${message.type}${"ids" in message ? ` ${message.ids}` : ""}`);
      },
      sendHeartbeats: () => {},
      forwardLeave: (newcomer, left) => put(`forward leave of ${left} to ${newcomer}`),
      closeNeighbor: (member) => put(`close ${member}`),
    });
  }

  construct(): this {
    construct(this.mesh);
    return this;
  }

  /** This member joins through a host that lists these members. */
  joined(host: number, ...members: readonly number[]): this {
    joined(this.mesh, id(host), ids(...members), "v5", []);
    return this;
  }

  /** Channels to these members open. */
  meet(...members: readonly number[]): this {
    return this.#meet(members, "v5");
  }

  meetV4(...members: readonly number[]): this {
    return this.#meet(members, "v4");
  }

  #meet(members: readonly number[], protocol: "v5" | "v4"): this {
    for (const member of ids(...members)) {
      this.receiveDirectly(member);
      becomeNeighbor(this.mesh, member, protocol);
      construct(this.mesh);
    }
    return this;
  }

  /** The last channel to a member ends: closed in good order, or broken. */
  channelLost(member: number, closed: boolean): this {
    const known = this.mesh.members.get(id(member));
    loseNeighbor(this.mesh, id(member), closed, known ? lastHeard(this.mesh, known) : 0);
    return this;
  }

  leave(member: number): this {
    remove(this.mesh, id(member), "left");
    return this;
  }

  stop(): this {
    stop(this.mesh);
    return this;
  }

  /** A peer requests a channel, through a neighbor if not directly. */
  channelRequested(member: number, via?: number, adjacent: readonly number[] = []): this {
    const news = {
      reportedNeighbors: ids(...adjacent),
      heardAt: this.now,
      protocol: "v5" as const,
    };
    const route = via === undefined ? {} : { via: id(via) };
    learn(this.mesh, id(member), { ...news, ...route });
    return this;
  }

  dialAnswered(member: number): this {
    const { members, unconfirmed } = this.mesh;
    if (unconfirmed.has(id(member)) || members.has(id(member))) {
      learn(this.mesh, id(member), { protocol: "v5" });
    }
    return this;
  }

  dialFailed(member: number): this {
    dialFailed(this.mesh, id(member));
    return this;
  }

  /** A frame of a neighbor arrives over its channel. */
  receiveDirectly(member: number, at = this.now): this {
    this.#heardAt.set(id(member), { heardAt: at });
    return this;
  }

  /** A frame of a distant member arrives through a neighbor. */
  receiveRelayed(member: number, via: number): this {
    const known = this.mesh.members.get(id(member));
    if (known !== undefined) {
      known.heardAt = this.now;
      known.via = id(via);
    }
    return this;
  }

  /** Others relay in the name of a neighbor. */
  heardElsewhere(member: number): this {
    const known = this.mesh.members.get(id(member));
    if (known !== undefined) heardElsewhere(this.mesh, known);
    return this;
  }

  /** A message arrives through a neighbor, or over the member's own channel. */
  receive(member: number, message: MeshMessage, via = member): this {
    messageReceived(this.mesh, id(member), message, id(via));
    return this;
  }

  /** The machine sleeps, and then handles due timers. */
  sleep(ms: number): this {
    this.now += ms;
    this.#tick();
    return this;
  }

  /** Time passes; these members are heard all the while. */
  wait(ms: number, ...heard: readonly number[]): this {
    const until = this.now + ms;
    for (;;) {
      const deadline = this.mesh.timers.next;
      if (deadline === undefined || deadline > until) break;
      this.now = deadline;
      for (const member of heard) {
        this.receiveDirectly(member);
        const known = this.mesh.members.get(id(member));
        if (known?.isNeighbor === false) this.receiveRelayed(member, known.via ?? member);
      }
      this.#tick();
    }
    this.now = until;
    return this;
  }

  #tick(): void {
    for (const [name, deadline] of this.mesh.timers.takeDue(this.now)) {
      TIMED_OUT.get(name)?.(this.mesh, this.now - deadline > HEARTBEAT_INTERVAL_MS);
    }
  }

  /** The outputs since the last query, without heartbeats. */
  did(): string[] {
    return this.#outputs.splice(0);
  }

  get members(): readonly MemberId[] {
    return this.mesh.ids;
  }

  get reachable(): readonly MemberId[] {
    return this.mesh.reachable;
  }

  get neighbors(): readonly MemberId[] {
    return this.mesh.neighborIds;
  }

  get distant(): readonly MemberId[] {
    return this.mesh.distant;
  }
}
