// A simulated world: machines with virtual time and virtual links, which run real groups, signaling
// servers and bots. The same seed gives the same run.

import type { Random } from "../base/ids.ts";
import type { Environment } from "../group/environment.ts";
import type { Log, PageEvents, PageHideKind, PageStatus, Platform } from "../platform/platform.ts";
import type { Dial, DialSink } from "../transport/channel.ts";
import type {
  RtcDial,
  RtcOptions,
  RtcSink,
  Transport,
  UpgradeDecision,
} from "../transport/transport.ts";
import { type Link, SimChannel } from "./channel.ts";
import { type EventKind, SimClock } from "./clock.ts";
import { Netem } from "./netem.ts";
import { seededRandom } from "./random.ts";

/** Decides by path and query of the URL whether to accept a WebSocket. */
export interface UpgradeHandler {
  decideByUrl(url: URL): UpgradeDecision;
}

export interface MachineOptions {
  /** Whether the machine has WebRTC; true by default. */
  readonly rtc?: boolean;
  /** Whether the machine is a page; false by default. */
  readonly isPage?: boolean;
  /** The resolution of its clock, as in browsers; by default each reading advances the clock. */
  readonly clockStepMs?: number | undefined;
}

export interface NetworkOptions {
  readonly seed: number;
  /** Each link draws its delay from this range, in ms. */
  readonly delayMs?: readonly [number, number] | undefined;
}

/** Time by which each reading advances a clock, as time passes while code runs. */
const READ_MS = 0.001;

export class SimMachine implements Environment {
  readonly name: string;
  /** Time by which its clock is ahead. */
  aheadMs = 0;
  /** The next random numbers that it draws. */
  readonly draws: number[] = [];
  readonly platform: Platform;
  readonly transport: Transport;
  readonly channels = new Set<SimChannel>();
  /** The number of timers that are set. */
  timers = 0;
  alive = true;
  #pageStatus: PageStatus = { online: true, visible: true };
  readonly #subscribers = new Set<PageEvents>();
  readonly #clockStepMs: number | undefined;
  #lastRead = 0;

  constructor(name: string, world: SimWorld, options: MachineOptions) {
    this.name = name;
    const { clockStepMs, rtc = true, isPage = false } = options;
    this.#clockStepMs = clockStepMs;
    this.platform = {
      clock: {
        now: () => this.#readClock(world.clock.now()) + this.aheadMs,
        // A later jump of the clock does not move timers that are set.
        at: (deadline, wake) => this.#setTimer(world, this.#roundUp(deadline - this.aheadMs), wake),
      },
      isPage,
      enqueueMicrotask: (turn) => void world.wakeAt(this, world.clock.now(), turn, "traffic"),
      enqueueTask: (turn) => void world.wakeAt(this, world.clock.now() + TASK_MS, turn, "traffic"),
      random: { uint32: () => this.draws.shift() ?? world.random.uint32() },
      subscribeToPage: (events, signal) => {
        this.#subscribers.add(events);
        signal.addEventListener("abort", () => this.#subscribers.delete(events));
        events.pageStatusChanged(this.#pageStatus);
      },
      log: world.logOf(name),
    };
    this.transport = {
      capabilities: { socket: true, rtc },
      dialSocket: (url, sink) => world.dialSocket(this, url, sink),
      dialRtc: (options, sink) => world.dialRtc(this, options, sink),
    };
  }

  #readClock(now: number): number {
    const step = this.#clockStepMs;
    if (step !== undefined) return Math.floor(now / step) * step;
    return this.#lastRead = Math.max(now, this.#lastRead + READ_MS);
  }

  /** Returns when the coarse clock reaches a time. */
  #roundUp(time: number): number {
    const step = this.#clockStepMs;
    return step === undefined ? time : Math.ceil(time / step) * step;
  }

  #setTimer(world: SimWorld, deadlineMs: number, wake: () => void): () => void {
    let isSet = true;
    const end = () => {
      if (isSet) this.timers--;
      isSet = false;
    };
    this.timers++;
    const cancel = world.wakeAt(this, deadlineMs, () => {
      end();
      wake();
    });
    return () => {
      end();
      cancel();
    };
  }

  crash(how: "silently" | "reset" = "silently"): void {
    this.alive = false;
    for (const channel of this.channels) {
      if (how === "reset" && channel.kind === "ws") channel.reset();
      else channel.dropSilently();
    }
  }

  get isSubscribedToPage(): boolean {
    return this.#subscribers.size > 0;
  }

  setPageStatus(status: PageStatus): void {
    this.#pageStatus = status;
    for (const events of [...this.#subscribers]) events.pageStatusChanged(status);
  }

  hidePage(how: PageHideKind): void {
    for (const events of [...this.#subscribers]) events.pageHidden(how);
  }

  resumePage(): void {
    for (const events of [...this.#subscribers]) events.pageResumed();
  }

  /** Unloads the page, after one more turn. Frames that were sent still arrive. */
  closePage(): void {
    this.hidePage("unloaded");
    this.alive = false;
  }

  cachePage(): void {
    this.hidePage("persisted");
    this.setPageStatus({ ...this.#pageStatus, visible: false });
  }

  showPage(): void {
    this.setPageStatus({ ...this.#pageStatus, visible: true });
    this.resumePage();
  }

  get open(): readonly SimChannel[] {
    return [...this.channels].filter((channel) => channel.open);
  }
}

export interface Server {
  readonly machine: SimMachine;
  readonly handler: UpgradeHandler;
}

interface Rendezvous {
  readonly machine: SimMachine;
  readonly sink: RtcSink;
  off: boolean;
}

export abstract class SimWorld {
  readonly clock: SimClock = new SimClock();
  readonly netem: Netem = new Netem(this.clock);
  readonly random: Random;
  readonly #delayMs: readonly [number, number];
  readonly #offers = new Map<string, Rendezvous>();
  readonly #links = new Map<string, Link>();

  constructor({ delayMs = [10, 50], seed }: NetworkOptions) {
    this.#delayMs = delayMs;
    this.random = seededRandom(seed);
  }

  abstract logOf(name: string): Log;

  /** Returns the server of a host if `from` can reach it. */
  abstract serverOf(host: string, from: string): Server | undefined;

  /** Whether a frame counts as traffic. Heartbeats do not, so time does not advance for them. */
  abstract isTraffic(from: string, to: string, frame: Uint8Array): boolean;

  /** Decides on each attempt to connect by WebRTC. */
  mayConnect(_a: string, _b: string): boolean {
    return true;
  }

  /** Decides on each attempt to open a WebSocket. */
  mayDial(_from: string, _host: string): boolean {
    return true;
  }

  socketDialed(_from: string, _host: string): void {}

  channelOpened(): void {}

  /** Returns the frame to send, or `undefined` for none. */
  frameSent(_from: string, _to: string, frame: Uint8Array): Uint8Array | undefined {
    return frame;
  }

  frameArrived(_from: string, _to: string, _frame: Uint8Array): void {}

  addMachine(name: string, options: MachineOptions = {}): SimMachine {
    return new SimMachine(name, this, options);
  }

  run(ms: number): void {
    this.clock.runUntil(this.clock.now() + ms);
  }

  /** Runs a turn of a machine at a time, later if it sleeps then, and never if it has died. */
  wakeAt(
    machine: SimMachine,
    deadlineMs: number,
    wake: () => void,
    kind: EventKind = "timer",
  ): () => void {
    const { clock, netem } = this;
    let off = clock.at(deadlineMs, () => {
      const wakesAt = netem.timerFiresAt(
        machine.name,
        Math.max(clock.now(), netem.asleepUntil(machine.name)),
      );
      if (wakesAt > clock.now()) {
        off = netem.hold(wakesAt, () => off = this.wakeAt(machine, deadlineMs, wake, kind));
      } else if (machine.alive) wake();
    }, kind);
    return () => off();
  }

  dialSocket(from: SimMachine, url: string, sink: DialSink): Dial {
    const target = new URL(url);
    this.socketDialed(from.name, target.host);
    const server = this.serverOf(target.host, from.name);
    const link = this.#link(from.name, target.host);
    let off = false;
    const delayMs = this.netem.delayOf(from.name, server?.machine.name ?? "", link.delayMs);
    this.clock.after(2 * delayMs, () => {
      if (off || !from.alive || this.#isCutOff(from, server?.machine)) return;
      if (!this.mayDial(from.name, target.host)) return;
      if (!server?.machine.alive) return sink.failed("connection refused");
      const admission = server.handler.decideByUrl(target);
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

  connect(a: SimMachine, b: SimMachine): [SimChannel, SimChannel] {
    return this.#connect("rtc", a, b, this.#link(a.name, b.name));
  }

  #answer(answerer: Rendezvous, name: string): void {
    const offerer = this.#offers.get(name);
    this.#offers.delete(name);
    answerer.sink.signalGenerated({ type: "answer", sdp: name });
    if (offerer === undefined) return answerer.sink.failed("no such offer");
    const [a, b] = [offerer.machine, answerer.machine];
    // A pair that cannot connect gets no reply: only the time limit ends the attempt.
    if (!this.mayConnect(a.name, b.name)) return;
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
    this.channelOpened();
    const [near, far] = SimChannel.pair(kind, a.name, b.name, this, link);
    a.channels.add(near);
    b.channels.add(far);
    return [near, far];
  }

  /** Whether an attempt gets no reply; its time limit ends it. */
  #isCutOff(a: SimMachine, b: SimMachine | undefined): boolean {
    const { netem, clock } = this;
    const asleep = Math.max(netem.asleepUntil(a.name), b ? netem.asleepUntil(b.name) : 0);
    const apart = (one: SimMachine, other: SimMachine) =>
      netem.partitionedUntil(one.name, other.name);
    return Math.max(asleep, b ? Math.max(apart(a, b), apart(b, a)) : 0) > clock.now();
  }

  #link(a: string, b: string): Link {
    const name = pairOf(a, b);
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const [least, most] = this.#delayMs;
    const delayMs = least + (this.random.uint32() / 2 ** 32) * (most - least);
    const link = { delayMs, bytesPerMs: BYTES_PER_MS };
    this.#links.set(name, link);
    return link;
  }
}

/** The duration of a macrotask. */
const TASK_MS = 0.1;

/** The rate of a link: 40 Mbit/s. */
const BYTES_PER_MS = 5_000;

/** The name of the machine of each signaling server. */
export const SERVER = "sigver";

/** Returns a name for a pair of machines, in either order. */
export function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function candidate(name: string) {
  return { type: "candidate" as const, candidate: name, sdpMid: "0", sdpMLineIndex: 0 };
}
