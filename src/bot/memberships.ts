// The memberships of a bot: its groups by key, and when they begin and end.

import { WebGroupState } from "../group/state.ts";
import { WebGroup } from "../group/web_group.ts";
import type { Environment, LocalListener } from "../group/environment.ts";
import type { GroupSlot } from "./address_limits.ts";
import type { BotSettings } from "./options.ts";

export interface Membership {
  readonly group: WebGroup;
  readonly key: string;
  /** The slot of the address that invited the bot, if any. */
  readonly slot: GroupSlot | undefined;
  /** The URL of the first request from a client that knew the key. */
  url: string | undefined;
}

export interface MembershipPorts {
  readonly environment: Environment;
  /** Returns how members of a group open WebSockets to the bot. */
  readonly listenerOf: (key: string) => LocalListener;
  /** Called with a new group before its first event. */
  readonly groupCreated: (group: WebGroup) => void;
  readonly failed: (error: unknown) => void;
}

export class Memberships {
  readonly #settings: BotSettings;
  readonly #ports: MembershipPorts;
  readonly #byKey = new Map<string, Membership>();

  constructor(settings: BotSettings, ports: MembershipPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** All memberships, the oldest first. */
  get all(): readonly Membership[] {
    return [...this.#byKey.values()];
  }

  get(key: string): Membership | undefined {
    return this.#byKey.get(key);
  }

  /** Creates a group for a key that has none. */
  add(key: string, slot?: GroupSlot, url?: string): Membership {
    const { groupCreated, listenerOf, environment } = this.#ports;
    const options = this.#settings.webGroupOptions;
    const group = new WebGroup(options, environment, listenerOf(key));
    const membership: Membership = { group, key, slot, url };
    this.#byKey.set(key, membership);
    // `onMyId` is the first event: `groupCreated` sets the handlers, including this one.
    group.onMyId = (id) => {
      group.onMyId = undefined;
      groupCreated(group);
      // The program left in `groupCreated`. No event reports this: the group was not joining.
      if (group.myId === 0) this.delete(membership);
      else tellId(group, id);
    };
    this.#watch(membership);
    return membership;
  }

  delete(membership: Membership): void {
    const { key, slot } = membership;
    if (this.#byKey.get(key) !== membership) return;
    this.#byKey.delete(key);
    slot?.release();
  }

  #watch(membership: Membership): void {
    const { group, slot } = membership;
    const { leaveOnceAlone } = this.#settings;
    group.addEventListener("error", ({ error }) => this.#ports.failed(error));
    group.addEventListener("memberleave", ({ reason }) => {
      const alone = group.members.length === 1 && group.state !== WebGroupState.LEFT;
      // A member that was reset is still there, and joins again at once.
      if (alone && slot && leaveOnceAlone && reason !== "reset") group.leave();
    });
    group.addEventListener("statechange", ({ state }) => {
      if (state === WebGroupState.LEFT) this.delete(membership);
    });
  }
}

function tellId(group: WebGroup, id: number): void {
  group.onMyId?.(id);
}
