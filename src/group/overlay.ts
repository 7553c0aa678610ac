// The overlay network of one join: its mesh, and the messages over it. When the group is left, its
// members still get what was sent to them before (G12).
//
//            acknowledges everything      gets a leave         all have one, or time is up
//   member ──────────────────────────▶ drained ────────▶ gone ────────────────────────────▶ closed
//
// A neighbor that relays to a member which is not drained gets its leave after that one.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { LEAVE_TIMEOUT_MS } from "../base/limits.ts";
import type { MemberRole } from "../base/member_role.ts";
import { minDeadline } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import { FullMesh, type MeshEnvironment } from "../topology/full_mesh.ts";
import type { DepartedMember, TopologyEvents } from "../topology/mesh_state.ts";
import { Service } from "../wire/envelope.ts";
import { Messaging, type MessagingEnvironment, type MessagingEvents } from "./messaging.ts";

export interface OverlayEnvironment extends MeshEnvironment, MessagingEnvironment {
  readonly clock: Clock;
  /** Runs what follows from an input before anything else from outside. */
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
    /** Reports an event in its turn, unless the group was left meanwhile. */
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

  /** Undefined once the overlay only waits for its channels to close. */
  get deadline(): number | undefined {
    if (this.#isStopped) return undefined;
    return minDeadline(minDeadline(this.mesh.deadline, this.messaging.deadline), this.#leaveBy);
  }

  tick(now: number): void {
    if (this.#isStopped) return;
    this.mesh.tick(now);
    this.messaging.tick(now);
    if (this.#leaveBy === undefined) return;
    if (now >= this.#leaveBy) this.#stop();
    else this.#leaveDrained();
  }

  /**
   * Leaves once the members have what was sent to them; `atOnce`, the page goes away: nothing can
   * be waited for. `closed` is called once, when every channel is closed.
   */
  leave(atOnce: boolean, closed: () => void): void {
    this.#closed = closed;
    this.#leaveBy = this.#environment.clock.now() + LEAVE_TIMEOUT_MS;
    this.messaging.close();
    if (atOnce) this.abort();
    else this.#leaveDrained();
  }

  abort(): void {
    this.#stop(true);
  }

  #leaveDrained(): void {
    if (this.#isStopped) return;
    const members = this.mesh.reachable.filter((id) => id !== this.mesh.me);
    const { messaging } = this;
    const undrained = new Set(
      members.filter((id) => messaging.associationWith(id)?.isDrained === false),
    );
    if (undrained.size === 0) return this.#stop();
    for (const id of [...undrained]) undrained.add(this.mesh.nextHopTo(id) ?? id);
    this.mesh.leaveMembers(members.filter((id) => !undrained.has(id)));
  }

  #stop(atOnce = false): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.messaging.flushUnlimited();
    this.mesh.stop(atOnce, this.#closed);
  }

  #reportChange(to: OverlayEvents, member: MemberId): void {
    const role = this.messaging.associationWith(member)?.role;
    to.memberChanged(member, role, this.mesh.isAway(member));
  }

  #received(sender: MemberId, service: number, content: Uint8Array): void {
    const isMember = this.mesh.has(sender);
    // Of a group that was left, only acknowledgements count.
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
