import { GroupLifecycle } from "../../src/group/lifecycle.ts";
import type { GroupPhase } from "../../src/group/state.ts";
import { Mailbox } from "../../src/machine/mailbox.ts";
import type { PageStatus } from "../../src/platform/platform.ts";
import type { SignalingPhase } from "../../src/signaling/client.ts";
import type { TopologyPhase } from "../../src/topology/mesh_state.ts";

export const HERE: PageStatus = { online: true, visible: true };

export class Rig {
  now = 0;
  chance = 0.5;
  /** The probability that this member checks at intervals. */
  checkProbability = 1;
  partitioned = false;
  /** Phases and actions in order. */
  readonly group: GroupPhase[] = [];
  readonly signaling: SignalingPhase[] = [];
  readonly actions: string[] = [];
  readonly connects: number[] = [];
  topology: TopologyPhase = "IDLE";
  /** Whether a join over signaling is in progress. */
  isJoining = false;
  autoRejoin: boolean;
  readonly lifecycle: GroupLifecycle;
  #pageStatus: PageStatus;
  readonly #mailbox = new Mailbox((error) => {
    throw error;
  });

  constructor(autoRejoin = true, status = HERE) {
    this.autoRejoin = autoRejoin;
    this.#pageStatus = status;
    this.lifecycle = new GroupLifecycle(
      {
        clock: { now: () => this.now, at: () => () => {} },
        random: { uint32: () => this.chance * 2 ** 32 },
        trace: { traces: () => false, note: () => {} },
        autoRejoin: () => this.autoRejoin,
        isPartitioned: () => this.partitioned,
        checkProbability: () => this.checkProbability,
      },
      {
        drawIds: () => this.actions.push("drawIds"),
        connectSignaling: () => {
          this.actions.push("connectSignaling");
          this.connects.push(this.now);
          this.#signalingFollows("CONNECTING");
        },
        checkSignaling: () => {
          this.actions.push("checkSignaling");
          this.#signalingFollows("CHECKING");
        },
        closeSignaling: () => {
          this.actions.push("closeSignaling");
          if (this.signaling.at(-1) !== "CLOSED") this.#signalingFollows("CLOSED");
        },
        constructTopology: () => {
          this.actions.push("constructTopology");
          this.#topologyFollows("CONSTRUCTED");
        },
        joinOverSignaling: () => {
          this.actions.push("joinOverSignaling");
          this.isJoining = true;
        },
        clean: () => {
          this.actions.push("clean");
          this.isJoining = false;
          this.#topologyFollows("IDLE");
        },
        phaseChanged: (phase) => this.group.push(phase),
      },
    );
    this.lifecycle.pageStatusChanged(status);
  }

  get phase(): GroupPhase {
    return this.lifecycle.phase;
  }

  /** Handles an input with all that follows from it. */
  input(handle: (lifecycle: GroupLifecycle) => void): this {
    this.#mailbox.post(() => handle(this.lifecycle));
    return this;
  }

  join(): this {
    return this.input((lifecycle) => lifecycle.join());
  }

  leave(): this {
    return this.input((lifecycle) => lifecycle.leave());
  }

  hide(): this {
    return this.input((lifecycle) => lifecycle.pageHidden("persisted"));
  }

  resume(): this {
    return this.input((lifecycle) => lifecycle.pageResumed());
  }

  joined(): this {
    this.isJoining = false;
    return this.input((lifecycle) => lifecycle.joined());
  }

  joinFailed(isTooLarge = false): this {
    this.isJoining = false;
    return this.input((lifecycle) => lifecycle.joinFailed(false, isTooLarge));
  }

  idTaken(): this {
    this.isJoining = false;
    return this.input((lifecycle) => lifecycle.idTaken());
  }

  memberLeft(adjacent: boolean, othersRemain: boolean): this {
    return this.input((lifecycle) => lifecycle.memberLeft(adjacent, othersRemain));
  }

  signal(phase: SignalingPhase, connected?: boolean): this {
    if (phase === "OPEN" || phase === "CLOSED") this.isJoining = false;
    this.signaling.push(phase);
    return this.input((lifecycle) => lifecycle.signalingChanged(phase, connected));
  }

  serve(connected = true): this {
    return this.signal("OPEN").signal("CHECKED", connected);
  }

  build(phase: TopologyPhase): this {
    this.topology = phase;
    return this.input((lifecycle) => lifecycle.topologyChanged(phase));
  }

  see(status: Partial<PageStatus>): this {
    this.#pageStatus = { ...this.#pageStatus, ...status };
    return this.input((lifecycle) => lifecycle.pageStatusChanged(this.#pageStatus));
  }

  wait(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const { deadline } = this.lifecycle;
      if (deadline === undefined || deadline > until) break;
      this.now = deadline;
      this.input((lifecycle) => lifecycle.tick(this.now));
    }
    this.now = until;
    return this;
  }

  get waitMs(): number | undefined {
    const { deadline } = this.lifecycle;
    return deadline === undefined ? undefined : deadline - this.now;
  }

  #signalingFollows(phase: SignalingPhase): void {
    this.signaling.push(phase);
    this.#mailbox.follow(() => this.lifecycle.signalingChanged(phase));
  }

  #topologyFollows(phase: TopologyPhase): void {
    this.topology = phase;
    this.#mailbox.follow(() => this.lifecycle.topologyChanged(phase));
  }
}
