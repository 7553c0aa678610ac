/**
 * One member's machine of a full mesh, with a clock.
 *
 * @module
 */

import { asMemberId, type MemberId } from "../../src/base/ids.ts";
import { GONE_AFTER_MS } from "../../src/base/limits.ts";
import { dueTimers, nextDeadline } from "../../src/machine/timers.ts";
import type { MeshEffect } from "../../src/topology/answer.ts";
import { type MeshEvent, meshStep } from "../../src/topology/machine.ts";
import {
  distantOf,
  idleMesh,
  idsOf,
  type MeshState,
  neighborsOf,
} from "../../src/topology/state.ts";
import type { FullMeshMessage } from "../../src/wire/full_mesh.ts";

/** What happens, without the time: the rig has a clock. */
export type MeshHappening = MeshEvent extends infer Event
  ? Event extends MeshEvent ? Omit<Event, "now"> : never
  : never;

/** The id of a member, from a number. */
export const id = asMemberId;

/** The ids of members, from numbers. */
export function ids(...numbers: readonly number[]): MemberId[] {
  return numbers.map(asMemberId);
}

/** One member. */
export class MeshRig {
  state: MeshState;
  now = 0;
  /** What was done since the rig was asked last. */
  #effects: MeshEffect[] = [];
  /** When neighbors were heard last. */
  readonly heardAt = new Map<MemberId, number>();

  constructor(me = 10, graceMs = GONE_AFTER_MS) {
    this.state = idleMesh(id(me), graceMs);
  }

  /** Something happens. */
  happen(event: MeshHappening): this {
    const { state, effects } = meshStep(this.state, { ...event, now: this.now });
    this.state = state;
    this.#effects.push(...effects);
    return this;
  }

  /** There are channels to these. */
  meet(...members: readonly number[]): this {
    for (const member of ids(...members)) {
      this.heardAt.set(member, this.now);
      this.happen({ type: "neighborReady", member, kind: "v5" });
    }
    return this;
  }

  /** There are channels to these deployed peers. */
  meetDeployed(...members: readonly number[]): this {
    for (const member of ids(...members)) {
      this.heardAt.set(member, this.now);
      this.happen({ type: "neighborReady", member, kind: "v4" });
    }
    return this;
  }

  /** A member told something, through a neighbor or by itself. */
  tell(member: number, message: FullMeshMessage, via = member): this {
    return this.happen({ type: "told", member: id(member), message, via: id(via) });
  }

  /** This machine sleeps, and then sees what is due. */
  sleep(ms: number): this {
    this.now += ms;
    return this.#due(this.now);
  }

  /** Lets time pass; these members are heard all the while. */
  wait(ms: number, ...heard: readonly number[]): this {
    const until = this.now + ms;
    for (;;) {
      const deadline = nextDeadline(this.state.timers);
      if (deadline === undefined || deadline > until) break;
      this.now = deadline;
      for (const member of ids(...heard)) {
        this.heardAt.set(member, this.now);
        const known = this.state.members.get(member);
        if (known?.link === "distant") {
          this.happen({ type: "heard", member, via: known.via ?? member });
        }
      }
      this.#due(this.now);
    }
    this.now = until;
    return this;
  }

  #due(now: number): this {
    const before = this.state.timers;
    const { due, timers } = dueTimers(before, now);
    this.state = { ...this.state, timers };
    for (const name of due) {
      const lateMs = now - (before.get(name) ?? now);
      this.happen({ type: "due", name, heardAt: this.heardAt, lateMs });
    }
    return this;
  }

  /** What was done since this was asked last, heartbeats left out: in words. */
  did(): string[] {
    return this.#effects.splice(0).flatMap(describe);
  }

  get members(): readonly MemberId[] {
    return idsOf(this.state);
  }

  get neighbors(): readonly MemberId[] {
    return neighborsOf(this.state);
  }

  get distant(): readonly MemberId[] {
    return distantOf(this.state);
  }
}

function describe(effect: MeshEffect): string[] {
  switch (effect.type) {
    case "beat":
      return [];
    case "forwardLeave":
      return [`forward leave of ${effect.left} to ${effect.member}`];
    case "tell": {
      const { member, message, via } = effect;
      if (message.type === "heartbeat") return [];
      if (via !== undefined) return [`${message.type} ${member} via ${via}`];
      return [`tell ${member} ${message.type}${"ids" in message ? ` ${message.ids}` : ""}`];
    }
    case "tellPhase":
      return [effect.phase];
    case "tellJoined":
      return [`joined ${effect.member}`];
    case "tellKind":
      return [`${effect.member} is ${effect.kind}`];
    case "tellLeft":
      return [`left ${effect.member}${effect.othersRemain ? "" : ", the last"}`];
    case "want":
      return [`want ${effect.member}`];
    case "dropNeighbor":
      return [`drop ${effect.member}`];
    case "tellApart":
      return [effect.isolated ? "isolated" : "apart"];
    case "warn":
      return ["warn"];
  }
}
