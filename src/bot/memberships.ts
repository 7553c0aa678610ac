/**
 * The groups of a bot: those that it was invited to, and those that it joined itself.
 *
 * @module
 */

import { WebGroupState } from "../group/state.ts";
import { WebGroup } from "../group/web_group.ts";
import type { Environment, LocalListener } from "../group/environment.ts";
import type { GroupSlot } from "./address_limits.ts";
import type { BotSettings } from "./options.ts";

/** A group that the bot is in, or is joining. */
export interface Membership {
  readonly group: WebGroup;
  readonly key: string;
  /** Of one that the bot was invited to, what counts for the address that invited it. */
  readonly slot: GroupSlot | undefined;
  /** The URL by which the first one called that proved to know the key. */
  url: string | undefined;
}

/** What memberships need. */
export interface MembershipPorts {
  readonly world: Environment;
  /** How members of the group of a key open WebSockets to the bot. */
  readonly listenerOf: (key: string) => LocalListener;
  /** There is a further group; nothing was heard of it yet. */
  readonly began: (group: WebGroup) => void;
  /** A group has an error. */
  readonly failed: (error: unknown) => void;
}

/** All groups of a bot, one for each key. */
export class Memberships {
  readonly #settings: BotSettings;
  readonly #ports: MembershipPorts;
  readonly #byKey = new Map<string, Membership>();

  constructor(settings: BotSettings, ports: MembershipPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /** How many there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** All of them, the oldest first. */
  get all(): readonly Membership[] {
    return [...this.#byKey.values()];
  }

  /** The one of a key. */
  get(key: string): Membership | undefined {
    return this.#byKey.get(key);
  }

  /** A further one: of a key that has none. */
  add(key: string, slot?: GroupSlot, url?: string): Membership {
    const { began, listenerOf, world } = this.#ports;
    const options = this.#settings.webGroupOptions;
    const group = new WebGroup(options, world, listenerOf(key));
    const membership: Membership = { group, key, slot, url };
    this.#byKey.set(key, membership);
    // The first event of a group: whoever is told of it sets the handlers, this one too.
    group.onMyId = (id) => {
      group.onMyId = undefined;
      began(group);
      tellId(group, id);
    };
    this.#watch(membership);
    return membership;
  }

  /** One that came to nothing, or was left. */
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
    group.addEventListener("memberleave", () => {
      const alone = group.members.length === 1 && group.state !== WebGroupState.LEFT;
      if (alone && slot && leaveOnceAlone) group.leave();
    });
    group.addEventListener("statechange", ({ state }) => {
      if (state === WebGroupState.LEFT) this.delete(membership);
    });
  }
}

function tellId(group: WebGroup, id: number): void {
  group.onMyId?.(id);
}
