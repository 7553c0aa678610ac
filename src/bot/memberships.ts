// The groups of a bot.

import { WebGroupState } from "../group/state.ts";
import { WebGroup } from "../group/web_group.ts";
import type { Environment, LocalListener } from "../group/environment.ts";
import type { GroupSlot } from "./address_limits.ts";
import type { BotSettings } from "./options.ts";

export interface Membership {
  readonly group: WebGroup;
  readonly key: string;
  /** Of the address that invited the bot, if any. */
  readonly slot: GroupSlot | undefined;
  /** The URL of the first request that knew the key. */
  url: string | undefined;
}

export interface MembershipPorts {
  readonly environment: Environment;
  /** How members of a group open WebSockets to the bot. */
  readonly listenerOf: (key: string) => LocalListener;
  /** The new group has had no event yet. */
  readonly began: (group: WebGroup) => void;
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

  /** The oldest first. */
  get all(): readonly Membership[] {
    return [...this.#byKey.values()];
  }

  get(key: string): Membership | undefined {
    return this.#byKey.get(key);
  }

  /** The key may not have a group yet. */
  add(key: string, slot?: GroupSlot, url?: string): Membership {
    const { began, listenerOf, environment } = this.#ports;
    const options = this.#settings.webGroupOptions;
    const group = new WebGroup(options, environment, listenerOf(key));
    const membership: Membership = { group, key, slot, url };
    this.#byKey.set(key, membership);
    // `onMyId` is the first event: `began` sets the handlers, including this one.
    group.onMyId = (id) => {
      group.onMyId = undefined;
      began(group);
      // The program left at once: it was not joining yet, so no event tells it.
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
      // One that was reset is there: it joins again at once.
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
