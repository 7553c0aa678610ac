/**
 * Addresses of hosts, looked up once for many connections, which wait for them a short time only.
 *
 * @module
 */

import type { Clock } from "../platform/platform.ts";

/**
 * A lookup may take this long, and connections wait for it; then they are made without this ICE
 * server. A name server that is there answers sooner.
 */
export const LOOKUP_TIMEOUT_MS = 1_000;

/** An address is used for this long; the next connection still uses it, and has it looked up. */
export const HOST_FRESH_MS = 300_000;

/** A host that could not be resolved is not looked up again sooner. */
export const HOST_RETRY_MS = 10_000;

/** As many as a signaling server may hand out ICE servers; the oldest makes room for another. */
export const HOSTS_MAX = 256;

/** What the addresses need. */
export interface HostPorts {
  readonly clock: Clock;
  /** Resolves with the address of a host; may take any time, and should end with the signal. */
  readonly lookUp: (name: string, signal: AbortSignal) => Promise<string>;
  /** Tells the people who run the program that a host has no address, once until it has one. */
  readonly warn: (text: string) => void;
}

interface Host {
  readonly name: string;
  isLookedUp: boolean;
  /** The last lookup took too long: connections do not wait for the next one. */
  isSilent: boolean;
  /** The last one that was found: it is used also while a lookup runs, and after one has failed. */
  address: string | undefined;
  /** The next lookup begins no sooner. */
  freshUntilMs: number;
  isWarned: boolean;
}

interface Waiter {
  readonly names: readonly string[];
  readonly act: () => void;
}

/** The addresses of up to {@linkcode HOSTS_MAX} hosts. */
export class HostAddresses {
  readonly #ports: HostPorts;
  /** In the order in which they were first wanted. */
  readonly #hosts = new Map<string, Host>();
  readonly #waiters = new Set<Waiter>();

  constructor(ports: HostPorts) {
    this.#ports = ports;
  }

  /** The address of a host, if one was found. */
  addressOf(name: string): string | undefined {
    return this.#hosts.get(name)?.address;
  }

  /**
   * Has hosts looked up, and calls `act` once: as soon as each has an address, or was looked up in
   * vain. After a lookup without an answer, it does not wait for those that follow, until there is
   * one. The returned function calls it off.
   */
  whenKnown(names: readonly string[], act: () => void): () => void {
    for (const name of names) this.#want(name);
    const waiter: Waiter = { names, act };
    this.#waiters.add(waiter);
    this.#actWhenKnown(waiter);
    return () => this.#waiters.delete(waiter);
  }

  #want(name: string): void {
    const host = this.#hosts.get(name) ?? this.#add(name);
    if (!host.isLookedUp && this.#ports.clock.now() >= host.freshUntilMs) this.#lookUp(host);
  }

  #add(name: string): Host {
    const [oldest] = this.#hosts.keys();
    if (oldest !== undefined && this.#hosts.size >= HOSTS_MAX) this.#hosts.delete(oldest);
    const host: Host = {
      name,
      isLookedUp: false,
      isSilent: false,
      address: undefined,
      freshUntilMs: -Infinity,
      isWarned: false,
    };
    this.#hosts.set(name, host);
    return host;
  }

  #lookUp(host: Host): void {
    const { clock, lookUp } = this.#ports;
    const timeout = new AbortController();
    const stopTimer = clock.at(clock.now() + LOOKUP_TIMEOUT_MS, () => {
      settle(() => {
        host.isSilent = true;
        this.#failed(host, `no answer within ${LOOKUP_TIMEOUT_MS} ms`);
      });
      timeout.abort();
    });
    const settle = (outcome: () => void) => {
      if (timeout.signal.aborted || !host.isLookedUp) return;
      host.isLookedUp = false;
      host.isSilent = false;
      stopTimer();
      outcome();
      for (const waiter of this.#waiters) this.#actWhenKnown(waiter);
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
    // An address that was found earlier is used on.
    if (host.isWarned || host.address !== undefined) return;
    host.isWarned = true;
    this.#ports.warn(`Cannot resolve ${host.name}: ${reason}; connecting without this ICE server`);
  }

  #actWhenKnown(waiter: Waiter): void {
    if (waiter.names.some((name) => this.#isAwaited(name))) return;
    this.#waiters.delete(waiter);
    waiter.act();
  }

  #isAwaited(name: string): boolean {
    const host = this.#hosts.get(name);
    if (host === undefined || host.address !== undefined) return false;
    return host.isLookedUp && !host.isSilent;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
