/**
 * A simulated world: real groups, the real Sigver and real bots on virtual time and virtual links.
 * The same seed gives the same trace.
 *
 * @module
 */

import { BehaviorSubject, Subject } from "rxjs";
import type { Random } from "../../src/base/ids.ts";
import type { Environment } from "../../src/group/environment.ts";
import type { PageHideKind, Platform, Presence } from "../../src/platform/platform.ts";
import type { Dial, DialSink } from "../../src/transport/channel.ts";
import type {
  RtcDial,
  RtcOptions,
  RtcSink,
  Transport,
  UpgradeDecision,
} from "../../src/transport/transport.ts";
import { seededRandom } from "../support/random.ts";
import { type Link, SimChannel } from "./channel.ts";
import { SimClock } from "./clock.ts";
import { Netem } from "./netem.ts";

/** A server of WebSockets: decides by the URL (path and query) who comes in. */
export interface UpgradeHandler {
  admit(url: URL): UpgradeDecision;
}

/** The options of a machine. */
export interface MachineOptions {
  /** Whether it has WebRTC; true by default. */
  readonly rtc?: boolean;
  /** Whether it is a page; false by default. */
  readonly isPage?: boolean;
}

/** The options of the network. */
export interface NetworkOptions {
  readonly seed: number;
  /** From the shortest to the longest delay of a link, in ms. */
  readonly delayMs?: readonly [number, number];
  /** Whether a pair of places can connect by WebRTC. */
  readonly canConnect?: (a: string, b: string) => boolean;
  /** Whether a place can open a WebSocket to a host. */
  readonly canCall?: (from: string, host: string) => boolean;
}

/** A machine in the world: hand it to a WebGroup or a Bot. */
export class SimMachine implements Environment {
  readonly name: string;
  /** By how much its clock is ahead. */
  aheadMs = 0;
  /** The next ids that it draws, instead of chance. */
  readonly draws: number[] = [];
  readonly platform: Platform;
  readonly transport: Transport;
  readonly presence = new BehaviorSubject<Presence>({ online: true, visible: true });
  /** Emits when its page goes away. */
  readonly pageHide = new Subject<PageHideKind>();
  /** Emits when its page is shown again. */
  readonly resumed = new Subject<void>();
  readonly channels = new Set<SimChannel>();
  alive = true;

  constructor(name: string, world: SimWorld, options: MachineOptions) {
    this.name = name;
    const { rtc = true, isPage = false } = options;
    this.platform = {
      clock: {
        now: () => world.clock.now() + this.aheadMs,
        // A timer that is set already does not notice when the clock jumps.
        at: (deadline, wake) => world.wakeAt(this, deadline - this.aheadMs, wake),
      },
      isPage,
      enqueueMicrotask: (turn) => void world.wakeAt(this, world.clock.now(), turn),
      enqueueTask: (turn) => void world.wakeAt(this, world.clock.now() + TASK_MS, turn),
      random: { uint32: () => this.draws.shift() ?? world.random.uint32() },
      presence: this.presence,
      pageHide: this.pageHide,
      resumed: this.resumed,
      log: {
        traces: () => world.keepTrace,
        note: (area, text) =>
          area === "debug"
            ? world.note(name, `${area}: ${text}`)
            : world.keep(name, `${area}: ${text}`),
        warn: (text) => world.note(name, `warns: ${text}`),
        report: (error) => world.errors.push(error),
      },
    };
    this.transport = {
      capabilities: { socket: true, rtc },
      dialSocket: (url, sink) => world.dialSocket(this, url, sink),
      dialRtc: (options, sink) => world.dialRtc(this, options, sink),
    };
  }

  /** The process dies: silently, or the machine resets its WebSockets. */
  crash(how: "silently" | "reset" = "silently"): void {
    this.alive = false;
    for (const channel of this.channels) {
      if (how === "reset" && channel.kind === "ws") channel.reset();
      else channel.vanish();
    }
  }

  /** The page is closed: it has one turn to end, and what left its channels then still arrives. */
  closePage(): void {
    this.pageHide.next("unloaded");
    this.alive = false;
  }

  /** The page is kept in the back/forward cache. */
  cachePage(): void {
    this.pageHide.next("persisted");
    this.presence.next({ ...this.presence.value, visible: false });
  }

  /** The page is shown again as it was. */
  showPage(): void {
    this.presence.next({ ...this.presence.value, visible: true });
    this.resumed.next();
  }

  /** The channels that stand. */
  get open(): readonly SimChannel[] {
    return [...this.channels].filter((channel) => channel.open);
  }
}

interface Server {
  readonly machine: SimMachine;
  readonly handler: UpgradeHandler;
  readonly takes: (from: string) => boolean;
}

interface Rendezvous {
  readonly machine: SimMachine;
  readonly sink: RtcSink;
  off: boolean;
}

/** Everything that there is. */
export class SimWorld {
  readonly clock = new SimClock();
  readonly netem = new Netem(this.clock);
  readonly random: Random;
  /** Errors that a callback threw, or a bug. */
  readonly errors: unknown[] = [];
  /** The events of the run, one line each, if `keepTrace` is set. */
  readonly trace: string[] = [];
  keepTrace = false;
  /** Called with each line of the trace, in place of keeping it. */
  traceTo: (line: string) => void = (line) => void this.trace.push(line);
  connections = 0;
  /** Attempts to connect by WebRTC, by pair of machines. */
  readonly dials = new Map<string, number>();
  /** Called with each attempt to open a WebSocket: from which machine, to which host. */
  dialed: (from: string, host: string) => void = () => {};
  /** Called with each frame that arrives at a member from another one. */
  watch: (from: string, frame: Uint8Array) => void = () => {};
  /** Called with each frame that a machine hands to a channel to another one. */
  sends: (from: string, frame: Uint8Array, to: string) => void = () => {};
  /** The frame that leaves when a machine sends one; `undefined` for none. */
  said: (from: string, frame: Uint8Array, to: string) => Uint8Array | undefined = (_, frame) =>
    frame;
  readonly #options: NetworkOptions;
  readonly #servers: { readonly host: string; readonly server: Server }[] = [];
  readonly #offers = new Map<string, Rendezvous>();
  readonly #links = new Map<string, Link>();
  #hash = 0x811c9dc5;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.random = seededRandom(options.seed);
  }

  /** A machine in the world. */
  addMachine(name: string, options: MachineOptions = {}): SimMachine {
    return new SimMachine(name, this, options);
  }

  /** Has a machine take WebSockets for a host: all of them, or those of some machines. */
  serve(
    host: string,
    machine: SimMachine,
    handler: UpgradeHandler,
    takes = (_from: string) => true,
  ): void {
    this.#servers.unshift({ host, server: { machine, handler, takes } });
  }

  /** A machine stops taking WebSockets; channels stay. */
  unserve(machine: SimMachine): void {
    const index = this.#servers.findIndex(({ server }) => server.machine === machine);
    if (index >= 0) this.#servers.splice(index, 1);
  }

  /** Runs for a time. */
  run(ms: number): void {
    this.clock.runUntil(this.clock.now() + ms);
  }

  /** A number for everything that happened up to now. */
  get hash(): number {
    return this.#hash >>> 0;
  }

  /** Notes something that happened at a machine. */
  note(who: string, what: string): void {
    const line = `${this.clock.now().toFixed(3)} ${who} ${what}`;
    for (let index = 0; index < line.length; index++) this.#mix(line.charCodeAt(index));
    this.#keep(line);
  }

  /** Notes what a machine decides, which its frames and its events show as well. */
  keep(who: string, what: string): void {
    if (this.keepTrace) this.#keep(`${this.clock.now().toFixed(3)} ${who} ${what}`);
  }

  /** Wakes a machine, when it does not sleep; one that is gone is left alone. */
  wakeAt(machine: SimMachine, deadlineMs: number, wake: () => void): () => void {
    let off = this.clock.at(deadlineMs, () => {
      const awake = this.netem.timerFiresAt(
        machine.name,
        Math.max(this.clock.now(), this.netem.asleepUntil(machine.name)),
      );
      if (awake > this.clock.now()) {
        off = this.netem.hold(awake, () => off = this.wakeAt(machine, deadlineMs, wake));
      } else if (machine.alive) wake();
    });
    return () => off();
  }

  dialSocket(from: SimMachine, url: string, sink: DialSink): Dial {
    const target = new URL(url);
    this.dialed(from.name, target.host);
    const server = this.#serverFor(target.host, from.name);
    const link = this.#link(from.name, target.host);
    let off = false;
    const delayMs = this.netem.delayOf(from.name, server?.machine.name ?? "", link.delayMs);
    this.clock.after(2 * delayMs, () => {
      if (off || !from.alive || this.#isCutOff(from, server?.machine)) return;
      if (this.#options.canCall?.(from.name, target.host) === false) return;
      if (!server?.machine.alive) return sink.failed("connection refused");
      const admission = server.handler.admit(target);
      if (admission.type === "refuse") return sink.failed(`HTTP ${admission.status}`);
      const [near, far] = this.#connect("ws", from, server.machine, link);
      far.whenOver = () => admission.onClosed?.();
      sink.opened(near);
      admission.accept(far);
    });
    return { cancel: () => off = true };
  }

  dialRtc(machine: SimMachine, options: RtcOptions, sink: RtcSink): RtcDial {
    const me: Rendezvous = { machine, sink, off: false };
    if (options.role === "offerer") {
      const name = `offer-${this.random.uint32()}`;
      this.#offers.set(name, me);
      this.clock.after(1, () => !me.off && sink.signalGenerated({ type: "offer", sdp: name }));
      this.clock.after(2, () => !me.off && sink.signalGenerated(candidate(name)));
    }
    return {
      cancel: () => me.off = true,
      receive: (signal) => {
        if (me.off) return;
        if (options.role === "answerer" && signal.type === "offer") this.#answer(me, signal.sdp);
      },
    };
  }

  /** Opens another data channel between two machines. */
  connect(a: SimMachine, b: SimMachine): [SimChannel, SimChannel] {
    return this.#connect("rtc", a, b, this.#link(a.name, b.name));
  }

  #answer(answerer: Rendezvous, name: string): void {
    const offerer = this.#offers.get(name);
    this.#offers.delete(name);
    answerer.sink.signalGenerated({ type: "answer", sdp: name });
    if (offerer === undefined) return answerer.sink.failed("no such offer");
    const [a, b] = [offerer.machine, answerer.machine];
    const pair = pairOf(a.name, b.name);
    this.dials.set(pair, (this.dials.get(pair) ?? 0) + 1);
    // A pair behind closed networks gets no reply: only the time limit ends an attempt.
    if (this.#options.canConnect?.(a.name, b.name) === false) return;
    const link = this.#link(a.name, b.name);
    this.clock.after(4 * this.netem.delayOf(a.name, b.name, link.delayMs), () => {
      if (offerer.off || answerer.off || !a.alive || !b.alive || this.#isCutOff(a, b)) return;
      const [near, far] = this.#connect("rtc", a, b, link);
      offerer.off = answerer.off = true;
      offerer.sink.opened(near);
      answerer.sink.opened(far);
    });
  }

  #connect(kind: "ws" | "rtc", a: SimMachine, b: SimMachine, link: Link): [SimChannel, SimChannel] {
    this.connections++;
    const { clock, netem } = this;
    const [near, far] = SimChannel.pair(kind, a.name, b.name, {
      clock,
      link,
      netem,
      seen: (...frame) => this.#seen(...frame),
      said: (from, to, frame) => {
        this.sends(from, frame, to);
        return this.said(from, frame, to);
      },
    });
    a.channels.add(near);
    b.channels.add(far);
    return [near, far];
  }

  /** Whether an attempt of one machine to reach another goes unheard; its time limit ends it. */
  #isCutOff(a: SimMachine, b: SimMachine | undefined): boolean {
    const { netem, clock } = this;
    const asleep = Math.max(netem.asleepUntil(a.name), b ? netem.asleepUntil(b.name) : 0);
    const apart = (one: SimMachine, other: SimMachine) =>
      netem.partitionedUntil(one.name, other.name);
    return Math.max(asleep, b ? Math.max(apart(a, b), apart(b, a)) : 0) > clock.now();
  }

  #serverFor(host: string, from: string): Server | undefined {
    return this.#servers.find((it) => it.host === host && it.server.takes(from))?.server;
  }

  #seen(from: string, to: string, frame: Uint8Array): void {
    if (from !== SERVER && to !== SERVER) this.watch(from, frame);
    this.#mix(this.clock.now() * 1000);
    this.#mix(frame.length);
    for (const byte of frame.subarray(0, HASHED_BYTES)) this.#mix(byte);
    if (this.keepTrace) this.#keep(`${this.clock.now().toFixed(3)} ${to} gets ${frame.length}`);
  }

  #keep(line: string): void {
    if (this.keepTrace) this.traceTo(line);
  }

  #link(a: string, b: string): Link {
    const name = pairOf(a, b);
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const [least, most] = this.#options.delayMs ?? [10, 50];
    const delayMs = least + (this.random.uint32() / 2 ** 32) * (most - least);
    const link = { delayMs, bytesPerMs: 5_000 };
    this.#links.set(name, link);
    return link;
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value & 0xffff), 0x01000193);
  }
}

/** The duration of a macrotask. */
const TASK_MS = 0.1;

/** The name of the machines of signaling servers. */
export const SERVER = "sigver";

/** The same name for both orders of two machines. */
export function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** The part of a frame that is hashed. */
const HASHED_BYTES = 64;

function candidate(name: string) {
  return { type: "candidate" as const, candidate: name, sdpMid: "0", sdpMLineIndex: 0 };
}
