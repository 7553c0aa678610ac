/**
 * All entrances under way at one peer, whichever side of them it is on.
 *
 * @module
 */

import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
import type { InitPing } from "../wire/handshake.ts";
import { Entrance, type EntranceOutcome, type Guest, type MayBe } from "./entrance.ts";

/** What the gate needs. */
export interface GatePorts {
  readonly clock: Clock;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
}

/** Lets peers in, and this peer into groups. */
export class Gate {
  readonly #ports: GatePorts;
  readonly #entrances = new Set<Entrance>();

  constructor(ports: GatePorts) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return earliest([...this.#entrances].map(({ deadline }) => deadline));
  }

  /** Lets somebody in over a channel. */
  host(
    channel: Channel,
    ping: Omit<InitPing, "type" | "version">,
    mayBe: MayBe,
    done: (outcome: EntranceOutcome) => void,
  ): void {
    this.#add((ports) => Entrance.host(channel, ping, mayBe, ports), done);
  }

  /** Enters over a channel. */
  guest(channel: Channel, guest: Guest, done: (outcome: EntranceOutcome) => void): void {
    this.#add((ports) => Entrance.guest(channel, guest, ports), done);
  }

  /** Ends all entrances; nothing more is said of them. */
  close(): void {
    for (const entrance of this.#entrances) entrance.abort();
    this.#entrances.clear();
  }

  /** Handles what is due. */
  tick(now: number): void {
    for (const entrance of [...this.#entrances]) entrance.tick(now);
  }

  #add(
    begin: (ports: GatePorts & { done: (outcome: EntranceOutcome) => void }) => Entrance,
    done: (outcome: EntranceOutcome) => void,
  ): void {
    const entrance: Entrance = begin({
      ...this.#ports,
      done: (outcome) => {
        if (this.#entrances.delete(entrance)) done(outcome);
        else if ("channel" in outcome) outcome.channel.close();
      },
    });
    this.#entrances.add(entrance);
  }
}
