// Provides STUN and TURN servers: fixed ones, those of the signaling server, or those of a
// callback, whose result is cached.

import { messageOf } from "../base/describe_value.ts";
import { ConnectionError } from "../base/errors.ts";
import { EARLY_CANDIDATES_MAX, ICE_RETRY_MS, ICE_TIMEOUT_MS, ICE_TTL_MS } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";
import type { RtcDial, RtcOptions, RtcSink, Transport } from "../transport/transport.ts";
import { decodeIce, type IceServer } from "../wire/ice.ts";
import type { RtcSignal } from "../wire/rtc_signal.ts";
import { checkIceServers, type IceSource } from "./ice_source.ts";

export interface IceEnvironment {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialRtc">;
  readonly post: (turn: () => void) => void;
}

export interface IceEvents {
  failed(error: ConnectionError): void;
}

export class IceServerProvider {
  readonly #source: IceSource;
  readonly #environment: IceEnvironment;
  readonly #events: IceEvents;
  #servers: readonly IceServer[];
  /** The time before which the callback is not called again. */
  #freshUntil: number;
  #callDeadline: number | undefined;
  #lastCall = 0;
  /** The call whose result is in use. */
  #usedCall = 0;
  readonly #waiting = new Set<() => void>();

  constructor(source: IceSource, environment: IceEnvironment, events: IceEvents) {
    this.#source = source;
    this.#environment = environment;
    this.#events = events;
    this.#servers = source.servers;
    this.#freshUntil = typeof source.from === "function" ? -Infinity : Infinity;
  }

  get deadline(): number | undefined {
    return this.#callDeadline;
  }

  /** Calls the callback if the servers are outdated. */
  prepare(): void {
    if (this.#callDeadline !== undefined) return;
    const now = this.#environment.clock.now();
    if (now < this.#freshUntil) return this.#dialAll();
    this.#callDeadline = now + ICE_TIMEOUT_MS;
    this.#call();
  }

  serversReceived(offer: Uint8Array): void {
    if (this.#source.from !== "signaling") return;
    try {
      this.#servers = checkIceServers(decodeIce(offer).servers);
    } catch (cause) {
      this.#report("the signaling server", messageOf(cause), cause);
    }
  }

  /** Stops waiting for the callback, as the group is left: its failure is no longer reported. */
  cancel(): void {
    this.#callDeadline = undefined;
  }

  /** Dials with the servers when they are known; until then, signals are buffered. */
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial {
    let dial: RtcDial | undefined;
    const earlySignals: RtcSignal[] = [];
    const begin = () => {
      const iceServers = this.#servers as RTCIceServer[];
      const configuration = { ...options.configuration, iceServers };
      dial = this.#environment.transport.dialRtc({ ...options, configuration }, sink);
      for (const signal of earlySignals.splice(0)) dial.receive(signal);
    };
    this.#waiting.add(begin);
    this.prepare();
    return {
      receive(signal) {
        if (dial !== undefined) dial.receive(signal);
        // One description, then candidates. Dropped candidates may be sent again.
        else if (earlySignals.length <= EARLY_CANDIDATES_MAX) earlySignals.push(signal);
      },
      cancel: () => {
        this.#waiting.delete(begin);
        dial?.cancel();
      },
    };
  }

  tick(now: number): void {
    if (this.#callDeadline === undefined || now < this.#callDeadline) return;
    this.#callFailed(`the callback did not settle within ${ICE_TIMEOUT_MS / 1000} s`);
  }

  async #call(): Promise<void> {
    const { from } = this.#source;
    const { post } = this.#environment;
    const call = ++this.#lastCall;
    try {
      const servers = checkIceServers(typeof from === "function" && await from());
      // A result after the time limit is used, too, unless that of a later call came first.
      post(() => {
        if (call < this.#usedCall) return;
        this.#usedCall = call;
        this.#settle(servers, ICE_TTL_MS);
      });
    } catch (cause) {
      // Ignored if a later call has begun, after the time limit or a rejoin.
      post(() => call === this.#lastCall && this.#callFailed(messageOf(cause), cause));
    }
  }

  #callFailed(reason: string, cause?: unknown): void {
    // The timeout was already reported.
    if (this.#callDeadline === undefined) return;
    this.#report("the program", reason, cause);
    this.#settle(this.#servers, ICE_RETRY_MS);
  }

  #settle(servers: readonly IceServer[], freshMs: number): void {
    this.#servers = servers;
    this.#callDeadline = undefined;
    this.#freshUntil = this.#environment.clock.now() + freshMs;
    this.#dialAll();
  }

  #dialAll(): void {
    for (const begin of this.#waiting) begin();
    this.#waiting.clear();
  }

  #report(source: string, reason: string, cause: unknown): void {
    const text = `Cannot get ICE servers from ${source}: ${reason}`;
    this.#events.failed(new ConnectionError("ICE_SERVERS", text, { cause }));
  }
}
