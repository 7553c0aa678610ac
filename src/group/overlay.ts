// The overlay network of one join: its mesh, and the messages over it. When the group is left,
// members still receive the messages that were sent before (G12).
//
//            acknowledges everything      is sent a leave      all are gone, or time is up
//   member ──────────────────────────▶ drained ────────▶ gone ────────────────────────────▶ closed
//
// While a distant member is not drained, its relays are sent no leave: any neighbor may be one.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { LEAVE_TIMEOUT_MS } from "../base/limits.ts";
import type { MemberRole } from "../base/member_role.ts";
import { minDeadline } from "../machine/timers.ts";
import { FullMesh, type MeshEnvironment } from "../topology/full_mesh.ts";
import type { DepartedMember, TopologyEvents } from "../topology/mesh_state.ts";
import { Service } from "../wire/envelope.ts";
import { Messaging, type MessagingEnvironment, type MessagingEvents } from "./messaging.ts";

export interface OverlayEnvironment extends MeshEnvironment, MessagingEnvironment {
  /** Runs an event that follows from an input before the next input. */
  readonly follow: (turn: () => void) => void;
}

export interface OverlayEvents
  extends
    Pick<TopologyEvents, "phaseChanged" | "partitioned" | "channelWanted">,
    Omit<MessagingEvents, "roleLearned"> {
  memberJoined(member: MemberId): void;
  memberChanged(member: MemberId, role: MemberRole | undefined, isAway: boolean): void;
  memberLeft(departed: DepartedMember, unacknowledged: number): void;
  negotiationReceived(sender: MemberId, service: number, content: Uint8Array): void;
}

export class Overlay {
  readonly mesh: FullMesh;
  readonly messaging: Messaging;
  readonly #environment: OverlayEnvironment;
  readonly #events: OverlayEvents;
  #leaveBy: number | undefined;
  #isStopped = false;
  #closed: () => void = () => {};

  constructor(me: MemberId, environment: OverlayEnvironment, events: OverlayEvents) {
    this.#environment = environment;
    this.#events = events;
    const { follow } = environment;
    /** Reports an event in its own turn, unless the group has been left by then. */
    const report = (event: (events: OverlayEvents) => void) =>
      follow(() => {
        if (!this.isLeft) event(events);
      });
    this.mesh = new FullMesh(me, environment, {
      phaseChanged: (phase) => report((to) => to.phaseChanged(phase)),
      memberJoined: (member, protocol) =>
        report((to) => {
          to.memberJoined(member);
          this.messaging.joined(member, protocol);
        }),
      protocolLearned: (member, protocol) =>
        follow(() => this.messaging.protocolLearned(member, protocol)),
      memberLeft: (departed) =>
        follow(() => {
          const unacknowledged = this.messaging.left(departed.member);
          if (!this.isLeft) events.memberLeft(departed, unacknowledged);
        }),
      rerouted: (member) => follow(() => this.messaging.rerouted(member)),
      awayChanged: (member) => report((to) => this.#reportChange(to, member)),
      partitioned: (isolated) => report((to) => to.partitioned(isolated)),
      channelWanted: (member) => report((to) => to.channelWanted(member)),
      received: (...frame) => follow(() => this.#received(...frame)),
    });
    this.messaging = new Messaging(environment, this.mesh, {
      eventsOf: events.eventsOf,
      roleLearned: (member) => report((to) => this.#reportChange(to, member)),
      bufferedAmountLow: () =>
        follow(() => this.isLeft ? this.#leaveDrained() : events.bufferedAmountLow()),
    });
  }

  get isLeft(): boolean {
    return this.#leaveBy !== undefined;
  }

  /** The next deadline; `undefined` when the overlay only waits for its channels to close. */
  get deadline(): number | undefined {
    if (this.#isStopped) return undefined;
    return minDeadline(minDeadline(this.mesh.deadline, this.messaging.deadline), this.#leaveBy);
  }

  tick(now: number): void {
    if (this.#isStopped) return;
    this.mesh.tick(now);
    this.messaging.tick(now);
    if (this.#leaveBy === undefined) return;
    if (now >= this.#leaveBy) this.stop();
    else this.#leaveDrained();
  }

  /**
   * Leaves when all members have acknowledged their messages, or immediately with `atOnce`, since
   * the page is being hidden. `closed` is called once, when every channel is closed.
   */
  leave(atOnce: boolean, closed: () => void): void {
    this.#closed = closed;
    this.#leaveBy = this.#environment.clock.now() + LEAVE_TIMEOUT_MS;
    this.messaging.close();
    if (atOnce) this.stop(true);
    else this.#leaveDrained();
  }

  #leaveDrained(): void {
    if (this.#isStopped) return;
    const members = this.mesh.reachable.filter((id) => id !== this.mesh.me);
    const undrained = members.filter((id) => !this.#isDrained(id));
    if (undrained.length === 0) return this.stop();
    const isRelaying = undrained.some((id) => this.mesh.channelTo(id) === undefined);
    const waiting = [...undrained, ...isRelaying ? this.mesh.neighbors : []];
    this.mesh.leaveMembers(members.filter((id) => !waiting.includes(id)));
  }

  /** `atOnce` aborts the channels instead of closing them. */
  stop(atOnce = false): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.messaging.flushUnlimited();
    this.mesh.stop((id) => this.#isDrained(id), atOnce, this.#closed);
  }

  #isDrained(member: MemberId): boolean {
    return this.messaging.associationWith(member)?.isDrained !== false;
  }

  #reportChange(to: OverlayEvents, member: MemberId): void {
    const role = this.messaging.associationWith(member)?.role;
    to.memberChanged(member, role, this.mesh.isAway(member));
  }

  #received(sender: MemberId, service: number, content: Uint8Array): void {
    const isMember = this.mesh.has(sender);
    // After leaving, only ACKs of members are handled.
    if (this.isLeft && !(isMember && service === Service.SESSION)) return;
    if (!DATA_SERVICES.has(service)) {
      return this.#events.negotiationReceived(sender, service, content);
    }
    if (!isMember) return this.messaging.refused(sender, "it is no member");
    try {
      this.messaging.receive(sender, service, content);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.messaging.refused(sender, error.message);
    }
    if (this.isLeft) this.#leaveDrained();
  }
}

const DATA_SERVICES: ReadonlySet<number> = new Set([
  Service.USER,
  Service.SESSION,
  Service.UNRELIABLE,
]);
