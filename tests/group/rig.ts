/**
 * A group's machine with parts that do at once what they are told, as a peer's parts do.
 *
 * @module
 */

import { type GroupEffect, type GroupState, initialGroup } from "../../src/group/actions.ts";
import { type GroupHappening, groupStep } from "../../src/group/machine.ts";
import type { Presence } from "../../src/platform/platform.ts";
import type { SignalingPhase } from "../../src/signaling/client.ts";
import type { TopologyPhase } from "../../src/topology/mesh_state.ts";
import { Mailbox } from "../../src/machine/mailbox.ts";
import { nextDeadline } from "../../src/machine/timers.ts";

/** Somebody who sees the page, with a network. */
export const HERE: Presence = { online: true, visible: true };

/** One peer. */
export class Rig {
  state: GroupState;
  now = 0;
  chance = 0.5;
  asks = true;
  apart = false;
  readonly group: string[] = [];
  readonly signaling: string[] = [];
  readonly effects: string[] = [];
  /** When the server was called. */
  readonly calls: number[] = [];
  readonly #mailbox = new Mailbox<GroupHappening>((event) => this.#step(event), (error) => {
    throw error;
  });

  constructor(autoRejoin = true, presence = HERE) {
    this.state = initialGroup(autoRejoin, presence);
  }

  /** The parts and the program: something happens. */
  happen(...events: readonly GroupHappening[]): this {
    for (const event of events) this.#mailbox.post(event);
    return this;
  }

  /** The connection to the server changes, as the machine of signaling tells it. */
  turn(phase: SignalingPhase, connected?: boolean): this {
    this.signaling.push(phase);
    return this.happen({ type: "signalingChanged", phase, connected });
  }

  /** The server is reached, and answers. */
  serve(connected = true): this {
    this.turn("OPEN");
    return this.turn("CHECKED", connected);
  }

  /** The topology changes. */
  build(phase: TopologyPhase): this {
    return this.happen({ type: "topologyChanged", phase });
  }

  /** The page comes and goes. */
  see(presence: Partial<Presence>): this {
    return this.happen({
      type: "presenceChanged",
      presence: { ...this.state.presence, ...presence },
    });
  }

  /** Lets time pass. */
  wait(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const deadline = nextDeadline(this.state.timers);
      if (deadline === undefined || deadline > until) break;
      this.now = deadline;
      this.happen({ type: "tick", asks: this.asks, apart: this.apart });
    }
    this.now = until;
    return this;
  }

  /** How long until the machine wants to be woken. */
  get patience(): number | undefined {
    const deadline = nextDeadline(this.state.timers);
    return deadline === undefined ? undefined : deadline - this.now;
  }

  #step(event: GroupHappening): void {
    const { state, effects } = groupStep(this.state, {
      ...event,
      now: this.now,
      chance: this.chance,
    });
    this.state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: GroupEffect): void {
    if (effect.type === "setPhase") this.group.push(effect.phase);
    else this.effects.push(effect.type);
    switch (effect.type) {
      case "connectSignaling":
        this.calls.push(this.now);
        return this.#signaled("CONNECTING");
      case "checkSignaling":
        return this.#signaled("CHECKING");
      case "closeSignaling":
        if (this.signaling.at(-1) !== "CLOSED") this.#signaled("CLOSED");
        return;
      case "constructTopology":
        return this.#mailbox.follow({ type: "topologyChanged", phase: "CONSTRUCTED" });
      case "clean":
        return this.#mailbox.follow({ type: "topologyChanged", phase: "IDLE" });
    }
  }

  #signaled(phase: SignalingPhase): void {
    this.signaling.push(phase);
    this.#mailbox.follow({ type: "signalingChanged", phase, connected: undefined });
  }
}
