/**
 * One run of the simulator: faults, then healing, then everyone leaves.
 *
 * ```text
 *   faults, safety after each ─▶ all is healed: agreement in time, all hear all ─▶ all leave:
 *                                                                                 nothing is left
 * ```
 *
 * @module
 */

import type { Bot } from "../../src/bot/bot.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { seededRandom } from "../support/chance.ts";
import { drawFaults, type Fault, type FaultOptions } from "./faults.ts";
import { disagreement, Safety } from "./oracles.ts";
import { Village, type Villager } from "./village.ts";

/** What is run. */
export interface RunOptions extends FaultOptions {
  readonly seed: number;
  /** What happens instead of what the seed draws. */
  readonly faults?: readonly Fault[];
}

/** How a run went. */
export interface RunReport {
  readonly faults: readonly Fault[];
  /** The same for the same run, and for no other. */
  readonly hash: number;
  /** Events of the simulated world. */
  readonly happened: number;
  readonly simulatedMs: number;
  /** From the end of all faults until all agreed. */
  readonly healedMs: number;
}

/** Longer than the longest back-off, the checks of the server and the patience with silence. */
const HEALING_MAX_MS = 120_000;
const HEALING_STEP_MS = 500;
const DELIVERY_MS = 10_000;
const FAREWELL_MS = 60_000;
/** Of the pairs of machines, so many of a hundred can never connect by WebRTC. */
const BLOCKED_PERCENT = 15;

/** What happens in a run. */
export function faultsOf(options: RunOptions): readonly Fault[] {
  return options.faults ?? drawFaults(seededRandom(options.seed ^ 0x5eed), options);
}

/** Runs one seed; throws an error that says what did not hold. */
export function simulate(options: RunOptions): RunReport {
  return new Run(options).toEnd();
}

class Run {
  readonly #options: RunOptions;
  readonly #faults: readonly Fault[];
  readonly #village: Village;
  readonly #bot: Bot;
  readonly #safety = new Safety();
  /** Peers by the order in which they came, and who of them is gone for good. */
  readonly #peers: Villager[] = [];
  readonly #gone = new Set<Villager>();
  #sent = 0;

  constructor(options: RunOptions) {
    const { seed } = options;
    this.#options = options;
    this.#faults = faultsOf(options);
    this.#village = new Village({ seed, canConnect: blocker(seed) });
    // Nobody is cut off from everybody: all reach the bot.
    this.#bot = this.#village.addBot("bot", { leaveOnceAlone: false });
  }

  toEnd(): RunReport {
    const { clock } = this.#village.world;
    this.#village.joinAs(this.#bot, "key");
    this.#pass(2_000);
    const start = clock.now();
    for (const fault of this.#faults) {
      this.#pass(Math.max(0, start + fault.atMs - clock.now()));
      this.#act(fault);
    }
    const healedMs = this.#heal();
    this.#talk();
    this.#leave();
    const { hash } = this.#village.world;
    return {
      faults: this.#faults,
      hash,
      happened: clock.happened,
      simulatedMs: clock.now(),
      healedMs,
    };
  }

  #pass(ms: number): void {
    this.#village.run(ms);
    this.#safety.check(this.#village);
  }

  #act(fault: Fault): void {
    const { weather } = this.#village.world;
    switch (fault.type) {
      case "come":
        return this.#come(fault.rtc);
      case "slow":
        return weather.slowDown(fault.factor, fault.ms);
      case "partition": {
        const machines = fault.among.flatMap((who) => this.#peers[who]?.name ?? []);
        return weather.partition(machines, fault.ms);
      }
      case "stopSigver":
        return this.#village.stopSigver();
      case "startSigver":
        return void this.#village.startSigver();
      default: {
        const one = this.#peers[fault.who];
        if (one !== undefined && !this.#gone.has(one)) this.#actOn(one, fault);
      }
    }
  }

  #actOn(one: Villager, fault: Extract<Fault, { readonly who: number }>): void {
    const { world } = this.#village;
    const isAwake = world.weather.asleepUntil(one.name) <= world.clock.now();
    switch (fault.type) {
      case "join":
        if (isAwake) one.group.join("key");
        return;
      case "leave":
        if (isAwake) one.group.leave();
        return;
      case "send":
        if (isAwake) one.group.send(`${one.group.myId} ${++this.#sent}`);
        return;
      case "crash":
        return this.#crash(one);
      case "restart":
        this.#crash(one);
        return this.#come(true);
      case "cut":
        for (const channel of one.place.channels) channel.cut();
        return;
      case "presence":
        return one.place.presence.next({ online: fault.online, visible: fault.visible });
      case "sleep":
        return world.weather.sleep(one.name, fault.ms);
    }
  }

  #come(rtc: boolean): void {
    const present = this.#peers.filter((one) => !this.#gone.has(one));
    if (present.length >= this.#options.peers) return;
    const one = this.#village.add(`peer${this.#peers.length}`, { rtc });
    this.#peers.push(one);
    one.group.join("key");
  }

  #crash(one: Villager): void {
    one.place.crash();
    this.#gone.add(one);
  }

  /** All faults end; those who did not leave have to be one group in time. */
  #heal(): number {
    const { clock, weather } = this.#village.world;
    weather.clear();
    this.#village.startSigver();
    for (const { place } of this.#peers) place.presence.next({ online: true, visible: true });
    const start = clock.now();
    for (;;) {
      this.#pass(HEALING_STEP_MS);
      const why = disagreement(this.#everyone);
      if (why === undefined) return clock.now() - start;
      if (clock.now() - start > HEALING_MAX_MS) {
        throw new Error(`No agreement ${HEALING_MAX_MS} ms after the last fault: ${why}`);
      }
    }
  }

  /** The bot, and all who have neither left nor gone. */
  get #everyone(): readonly Villager[] {
    return this.#village.villagers.filter((one) =>
      !this.#gone.has(one) &&
      (!this.#peers.includes(one) || one.group.state !== WebGroupState.LEFT)
    );
  }

  #talk(): void {
    const everyone = this.#everyone;
    const wanted = everyone.map(({ group }) => `${group.myId} ${++this.#sent}`);
    everyone.forEach(({ group }, index) => group.send(wanted[index] ?? ""));
    this.#pass(DELIVERY_MS);
    everyone.forEach(({ name, seen }, index) => {
      const heard = new Set(seen.map(([, , data]) => data));
      const missed = wanted.filter((text, sender) => sender !== index && !heard.has(text));
      if (missed.length > 0) throw new Error(`${name} does not hear ${missed.join(", ")}`);
    });
  }

  /** When all have left, no timer and no channel is left. */
  #leave(): void {
    const { world } = this.#village;
    for (const { group } of this.#everyone) group.leave();
    this.#bot.close();
    this.#pass(FAREWELL_MS);
    this.#village.stopSigver();
    this.#pass(FAREWELL_MS);
    if (world.clock.pending > 0) throw new Error(`${world.clock.pending} timers are left`);
  }
}

/** Which pairs can connect: the same for the same pair of a seed. */
function blocker(seed: number): (a: string, b: string) => boolean {
  const random = seededRandom(seed ^ 0xb10c);
  const blocked = new Map<string, boolean>();
  return (a, b) => {
    const pair = [a, b].sort().join(" ");
    if (!blocked.has(pair)) blocked.set(pair, random.uint32() % 100 < BLOCKED_PERCENT);
    return blocked.get(pair) !== true;
  };
}
