import type { Log } from "../../src/platform/platform.ts";
import {
  type NetworkOptions,
  pairOf,
  SERVER,
  type Server,
  type SimMachine,
  SimWorld,
  type UpgradeHandler,
} from "../../src/testing/world.ts";

export interface TracedOptions extends NetworkOptions {
  readonly canConnect?: (a: string, b: string) => boolean;
  readonly canCall?: (from: string, host: string) => boolean;
}

interface HostServer {
  readonly host: string;
  readonly server: Server;
  readonly takes: (from: string) => boolean;
}

/** A simulated world that records each event in its trace and its hash. */
export class TracedWorld extends SimWorld {
  /** Errors thrown by callbacks, or by defects. */
  readonly errors: unknown[] = [];
  readonly warnings: string[] = [];
  /** One line per event, if `keepTrace` is set. */
  readonly trace: string[] = [];
  keepTrace = false;
  /** Called with each line of the trace, in place of keeping it. */
  traceTo: (line: string) => void = (line) => void this.trace.push(line);
  connections = 0;
  /** Attempts to connect by WebRTC, by pair of machines. */
  readonly dials = new Map<string, number>();
  /** Called with each attempt to open a WebSocket. */
  dialed: (from: string, host: string) => void = () => {};
  /** Called with each frame that arrives at a member from another one. */
  watch: (from: string, frame: Uint8Array) => void = () => {};
  /** Called with each frame that a machine hands to a channel. */
  sends: (from: string, frame: Uint8Array, to: string) => void = () => {};
  /** Replaces a frame that a machine sends; `undefined` drops it. */
  replaceSent: (from: string, frame: Uint8Array, to: string) => Uint8Array | undefined = (
    _,
    frame,
  ) => frame;
  readonly #options: TracedOptions;
  readonly #servers: HostServer[] = [];
  #hash = 0x811c9dc5;

  constructor(options: TracedOptions) {
    super(options);
    this.#options = options;
  }

  /** A machine accepts WebSockets for a host: all of them, or those of some machines. */
  serve(
    host: string,
    machine: SimMachine,
    handler: UpgradeHandler,
    takes = (_from: string) => true,
  ): void {
    this.#servers.unshift({ host, server: { machine, handler }, takes });
  }

  unserve(machine: SimMachine): void {
    const index = this.#servers.findIndex(({ server }) => server.machine === machine);
    if (index >= 0) this.#servers.splice(index, 1);
  }

  /** A hash of all events so far. */
  get hash(): number {
    return this.#hash >>> 0;
  }

  note(who: string, what: string): void {
    const line = `${this.clock.now().toFixed(3)} ${who} ${what}`;
    for (let index = 0; index < line.length; index++) this.#mix(line.charCodeAt(index));
    this.#keep(line);
  }

  /** Notes a decision of a machine, which is not hashed: its frames and events show it as well. */
  keep(who: string, what: string): void {
    if (this.keepTrace) this.#keep(`${this.clock.now().toFixed(3)} ${who} ${what}`);
  }

  override logOf(name: string): Log {
    return {
      traces: () => this.keepTrace,
      note: (area, text) =>
        area === "DEBUG"
          ? this.note(name, `${area}: ${text}`)
          : this.keep(name, `${area}: ${text}`),
      warn: (text) => {
        this.warnings.push(text);
        this.note(name, `warns: ${text}`);
      },
      report: (error) => this.errors.push(error),
    };
  }

  override serverOf(host: string, from: string): Server | undefined {
    return this.#servers.find((it) => it.host === host && it.takes(from))?.server;
  }

  /** Time does not depend on traffic: a test runs for the time that it says. */
  override isTraffic(): boolean {
    return true;
  }

  override mayConnect(a: string, b: string): boolean {
    const pair = pairOf(a, b);
    this.dials.set(pair, (this.dials.get(pair) ?? 0) + 1);
    return this.#options.canConnect?.(a, b) ?? true;
  }

  override mayDial(from: string, host: string): boolean {
    return this.#options.canCall?.(from, host) ?? true;
  }

  override socketDialed(from: string, host: string): void {
    this.dialed(from, host);
  }

  override channelOpened(): void {
    this.connections++;
  }

  override frameSent(from: string, to: string, frame: Uint8Array): Uint8Array | undefined {
    this.sends(from, frame, to);
    return this.replaceSent(from, frame, to);
  }

  override frameArrived(from: string, to: string, frame: Uint8Array): void {
    if (from !== SERVER && to !== SERVER) this.watch(from, frame);
    this.#mix(this.clock.now() * 1000);
    this.#mix(frame.length);
    for (const byte of frame.subarray(0, HASHED_BYTES)) this.#mix(byte);
    if (this.keepTrace) this.#keep(`${this.clock.now().toFixed(3)} ${to} gets ${frame.length}`);
  }

  #keep(line: string): void {
    if (this.keepTrace) this.traceTo(line);
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value & 0xffff), 0x01000193);
  }
}

/** The part of a frame that is hashed. */
const HASHED_BYTES = 64;
