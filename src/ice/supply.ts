/**
 * The STUN and TURN servers of a peer: its program's, or those of the signaling server. A
 * connection that is made before they are known waits for them.
 *
 * @module
 */

import { ConnectionError } from "../base/errors.ts";
import { EARLY_CANDIDATES_MAX } from "../base/limits.ts";
import type { Clock } from "../platform/platform.ts";
import type { RtcDial, RtcOptions, RtcSink, Transport } from "../transport/transport.ts";
import type { RtcSignal } from "../wire/data_channel_builder.ts";
import { decodeIce } from "../wire/ice.ts";
import { checkIceServers } from "./check.ts";
import { type IceEvent, iceStep } from "./machine.ts";
import { type IceSource, type IceState, knownFor } from "./state.ts";

/** What the supply needs. */
export interface IcePorts {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialRtc">;
  /** Has what happened outside handled in its turn. */
  readonly post: (turn: () => void) => void;
  readonly failed: (error: ConnectionError) => void;
}

/** One peer's ICE servers. */
export class IceSupply {
  readonly #source: IceSource;
  readonly #ports: IcePorts;
  #state: IceState;
  #waiting: (() => void)[] = [];

  constructor(source: IceSource, ports: IcePorts) {
    this.#source = source;
    this.#ports = ports;
    const isAsked = typeof source.from === "function";
    this.#state = knownFor(source.servers, isAsked ? -Infinity : Infinity);
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    const { phase } = this.#state;
    return phase.type === "ASKING" ? phase.untilMs : undefined;
  }

  /** Has the servers known by the time that a connection is made. */
  prepare(): void {
    this.#step({ type: "wanted" });
  }

  /** Takes what the signaling server hands out, if the program leaves it to that. */
  offered(offer: Uint8Array): void {
    if (this.#source.from !== "signaling") return;
    try {
      this.#step({ type: "offered", servers: checkIceServers(decodeIce(offer).servers) });
    } catch (cause) {
      this.#tell("the signaling server", messageOf(cause), cause);
    }
  }

  /** The same transport, whose data channels are opened with the servers. */
  over(transport: Transport): Transport {
    return {
      can: transport.can,
      dialSocket: (...call) => transport.dialSocket(...call),
      dialRtc: (...call) => this.dialRtc(...call),
    };
  }

  /** Opens a data channel with the servers, as soon as they are known. */
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial {
    const dial = new Dial(() => {
      const iceServers = this.#state.servers as RTCIceServer[];
      const configuration = { ...options.configuration, iceServers };
      return this.#ports.transport.dialRtc({ ...options, configuration }, sink);
    });
    this.#waiting.push(() => dial.begin());
    this.#step({ type: "wanted" });
    return dial;
  }

  /** Handles what is due. */
  tick(now: number): void {
    this.#step({ type: "tick" }, now);
  }

  #step(event: Happening, now = this.#ports.clock.now()): void {
    const { state, effects } = iceStep(this.#state, { ...event, now });
    this.#state = state;
    for (const effect of effects) {
      switch (effect.type) {
        case "ask":
          this.#ask();
          break;
        case "connect":
          for (const begin of this.#waiting.splice(0)) begin();
          break;
        case "tellTrouble":
          this.#tell("the program", effect.reason, effect.cause);
      }
    }
  }

  #tell(whom: string, reason: string, cause: unknown): void {
    const text = `Cannot get ICE servers from ${whom}: ${reason}`;
    this.#ports.failed(new ConnectionError("ICE_SERVERS", text, { cause }));
  }

  async #ask(): Promise<void> {
    const { from } = this.#source;
    let event: Happening;
    try {
      event = {
        type: "given",
        servers: checkIceServers(typeof from === "function" && await from()),
      };
    } catch (cause) {
      event = { type: "failed", reason: messageOf(cause), cause };
    }
    this.#ports.post(() => this.#step(event));
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

type Happening = IceEvent extends infer Event ? Event extends unknown ? Omit<Event, "now"> : never
  : never;

/** A data channel that is opened later, or at once; what is said to it meanwhile is kept. */
class Dial implements RtcDial {
  readonly #open: () => RtcDial;
  #dial: RtcDial | undefined;
  #early: RtcSignal[] = [];
  #aborted = false;

  constructor(open: () => RtcDial) {
    this.#open = open;
  }

  begin(): void {
    if (this.#aborted) return;
    this.#dial = this.#open();
    for (const signal of this.#early.splice(0)) this.#dial.receive(signal);
  }

  receive(signal: RtcSignal): void {
    if (this.#dial !== undefined) this.#dial.receive(signal);
    // The description comes first, and candidates that are left out may come again.
    else if (this.#early.length <= EARLY_CANDIDATES_MAX) this.#early.push(signal);
  }

  abort(): void {
    this.#aborted = true;
    this.#dial?.abort();
  }
}
