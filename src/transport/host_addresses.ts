// Resolves and caches the addresses of ICE servers. Connections wait only a short time for them.

import { setNewest } from "../base/bounded_map.ts";
import { messageOf } from "../base/describe_value.ts";
import type { Clock } from "../platform/platform.ts";

/** Time limit for a lookup. After it, connections are opened without this ICE server. */
export const LOOKUP_TIMEOUT_MS = 1_000;

/** Lifetime of an address. The next connection still uses the old one, and starts a lookup. */
export const HOST_FRESH_MS = 300_000;

/** Interval between lookups of a host that cannot be resolved. */
export const HOST_RETRY_MS = 10_000;

/** Cached hosts: as many as URLs of ICE servers from a signaling server. The oldest is evicted. */
export const HOSTS_MAX = 256;

export interface HostPorts {
  readonly clock: Clock;
  /** Looks up a host, for any time until the signal aborts it. */
  readonly lookUp: (name: string, signal: AbortSignal) => Promise<string>;
  /** Called once for each host without an address. */
  readonly warn: (text: string) => void;
}

interface Host {
  readonly name: string;
  isLookedUp: boolean;
  /** Whether the last lookup timed out: then connections do not wait for the next one. */
  hasTimedOut: boolean;
  /** The last known address, also used while a lookup runs or after one has failed. */
  address: string | undefined;
  freshUntilMs: number;
  isWarned: boolean;
}

export class HostAddresses {
  readonly #ports: HostPorts;
  readonly #hosts = new Map<string, Host>();
  /** Called after each lookup. */
  readonly #waiting = new Set<() => void>();

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  addressOf(name: string): string | undefined {
    return this.#hosts.get(name)?.address;
  }

  /**
   * Calls `act` when each host is resolved or has failed, without waiting for hosts whose last
   * lookup timed out. Returns a function that cancels this.
   */
  whenKnown(names: readonly string[], act: () => void): () => void {
    for (const name of names) this.#refresh(name);
    const stop = () => this.#waiting.delete(actIfKnown);
    const actIfKnown = () => {
      if (names.some((name) => this.#isAwaited(name))) return;
      stop();
      act();
    };
    this.#waiting.add(actIfKnown);
    actIfKnown();
    return stop;
  }

  #refresh(name: string): void {
    const host = this.#hosts.get(name) ?? this.#add(name);
    if (!host.isLookedUp && this.#ports.clock.now() >= host.freshUntilMs) this.#lookUp(host);
  }

  #add(name: string): Host {
    const host: Host = {
      name,
      isLookedUp: false,
      hasTimedOut: false,
      address: undefined,
      freshUntilMs: -Infinity,
      isWarned: false,
    };
    setNewest(this.#hosts, name, host, HOSTS_MAX);
    return host;
  }

  #lookUp(host: Host): void {
    const { clock, lookUp } = this.#ports;
    const timeout = new AbortController();
    const stopTimer = clock.at(clock.now() + LOOKUP_TIMEOUT_MS, () => {
      settle(() => {
        host.hasTimedOut = true;
        this.#failed(host, `no reply within ${LOOKUP_TIMEOUT_MS / 1000} s`);
      });
      timeout.abort();
    });
    const settle = (outcome: () => void) => {
      if (timeout.signal.aborted) return;
      host.isLookedUp = false;
      host.hasTimedOut = false;
      stopTimer();
      outcome();
      for (const actIfKnown of this.#waiting) actIfKnown();
    };
    host.isLookedUp = true;
    lookUp(host.name, timeout.signal).then(
      (address) => settle(() => this.#found(host, address)),
      (error) => settle(() => this.#failed(host, messageOf(error))),
    );
  }

  #found(host: Host, address: string): void {
    host.address = address;
    host.freshUntilMs = this.#ports.clock.now() + HOST_FRESH_MS;
    host.isWarned = false;
  }

  #failed(host: Host, reason: string): void {
    host.freshUntilMs = this.#ports.clock.now() + HOST_RETRY_MS;
    // The previous address stays in use.
    if (host.isWarned || host.address !== undefined) return;
    host.isWarned = true;
    this.#ports.warn(`Cannot resolve ${host.name}: ${reason}; connecting without this ICE server`);
  }

  #isAwaited(name: string): boolean {
    const host = this.#hosts.get(name);
    if (host === undefined || host.address !== undefined) return false;
    return host.isLookedUp && !host.hasTimedOut;
  }
}
