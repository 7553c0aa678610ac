// A simulated network for tests of applications: real groups on virtual time.

import { WebGroup } from "../bot/web_group.ts";
import { type Environment, setEnvironment } from "../group/environment.ts";
import type { WebGroupOptions } from "../group/options.ts";
import { settled } from "../group/promises.ts";
import { WebGroupState } from "../group/state.ts";
import { checkMs, completeOptions, type TestNetworkOptions } from "./options.ts";
import { SELF_RUN_MS, TimeDriver } from "./time_driver.ts";
import { TestWorld } from "./test_world.ts";
import type { SimMachine } from "./world.ts";

/**
 * A simulated network of groups in one program, for tests. It has virtual time, and needs no
 * sockets and servers.
 *
 * Virtual time advances automatically while messages are in transit, and stands still otherwise.
 * With the fake timers of Vitest, Jest or sinon, the network uses their time instead. The same seed
 * and the same calls give the same run.
 *
 * @example
 * ```ts
 * import { TestNetwork } from "@netflux/netflux/testing";
 *
 * const network = new TestNetwork({ latency: 30 });
 * const [ada, bob] = await network.groups(2);
 * const heard: string[] = [];
 * bob.onMessage = (_id, text) => heard.push(String(text));
 *
 * ada.send("hello");
 * await network.settled();
 * if (heard.join() !== "hello") throw new Error();
 *
 * network.crash(ada);
 * await network.advance(60_000);
 * if (bob.members.length !== 1) throw new Error();
 * network.close();
 * ```
 */
export class TestNetwork {
  readonly #world: TestWorld;
  readonly #time: TimeDriver;
  readonly #quietMs: number;
  /** The machine of each group, including crashed ones. */
  readonly #machines = new Map<WebGroup, SimMachine>();
  #slowestMs = 0;
  #isInstalled = false;
  #isClosed = false;

  /**
   * Creates a network without groups.
   *
   * @param options Options that replace the defaults.
   * @throws {TypeError} An option is invalid.
   */
  constructor(options: TestNetworkOptions = {}) {
    const { advanceTimers, delayMs, loss, seed } = completeOptions(options);
    this.#world = new TestWorld({ seed, delayMs });
    this.#world.netem.loss = loss;
    this.#quietMs = QUIET_MS + 2 * delayMs[1];
    this.#time = new TimeDriver(this.#world.clock, () => this.#isWorking, advanceTimers);
  }

  /**
   * Creates a group in this network, without joining it. Each host in the URL of a signaling server
   * stands for a simulated signaling server of its own.
   *
   * @param options The options of the group.
   * @throws {TypeError | RangeError} An option is invalid.
   */
  group(options?: WebGroupOptions): WebGroup {
    this.#checkOpen();
    const before = setEnvironment(() => this.#environment());
    try {
      return new WebGroup(options);
    } finally {
      setEnvironment(before);
    }
  }

  /**
   * Creates groups and joins them with one key.
   *
   * @param count The number of groups: 1 to 64.
   * @param key The key.
   * @param options The options of each group.
   * @returns The groups, when all have joined and each lists the others.
   * @throws {TypeError | RangeError} The number, the key or an option is invalid.
   */
  async groups<Count extends number>(
    count: Count,
    key = "test",
    options?: WebGroupOptions,
  ): Promise<TestGroups<Count>> {
    if (!Number.isInteger(count) || count < 1 || count > GROUPS_MAX) {
      throw new RangeError(`Cannot make ${count} groups: 1 to ${GROUPS_MAX} expected`);
    }
    const groups = Array.from({ length: count }, () => this.group(options));
    let outcome: "pending" | "joined" | "failed" = "pending";
    const joins = Promise.all(groups.map((group) => group.join(key)));
    joins.then(() => outcome = "joined", () => outcome = "failed");
    const isReached = () =>
      outcome === "failed" ||
      outcome === "joined" && groups.every(({ members }) => members.length >= count) &&
        groups.every((one) => groups.every((other) => lists(one, other)));
    const reached = this.#reach(isReached, SELF_RUN_MS, () => {
      const counts = groups.map(({ members }) => members.length).join(", ");
      return `Cannot join ${count} groups within 60 s of virtual time: they list ${counts} members`;
    });
    await Promise.all([joins, reached]);
    // The length is `count`.
    return groups as TestGroups<Count>;
  }

  /**
   * Advances virtual time until the network is quiet.
   *
   * @returns Resolves when all messages have arrived, no group is joining or leaving, and all
   * groups with the same key that can reach each other list each other. Heartbeats, and messages
   * across a partition, do not count. Rejects after 60 s of virtual time.
   */
  settled(): Promise<void> {
    return this.#reach(() => this.#unsettled === undefined, SELF_RUN_MS, () => {
      return `Cannot settle within 60 s of virtual time: ${this.#unsettled}`;
    });
  }

  /**
   * Advances virtual time, for example until a crashed member is removed (after `graceTime`, 30 s
   * by default).
   *
   * @param ms The duration in ms of virtual time. Fake timers advance by the same duration.
   * @returns Resolves when the time has passed.
   * @throws {TypeError | RangeError} The duration is not a number, or is negative or infinite.
   */
  advance(ms: number): Promise<void> {
    checkMs("advance by", ms);
    const untilMs = this.#world.clock.now() + ms;
    return this.#reach(() => this.#world.clock.now() >= untilMs, ms, () => "");
  }

  /**
   * Crashes the page or the process of a group. The other members list it until its grace time
   * ends. The crashed group does nothing more, and its promises never settle.
   *
   * @param group A group of this network.
   * @throws {TypeError} It is not a group of this network, or has crashed before.
   */
  crash(group: WebGroup): void {
    this.#machineOf("crash a group", group).crash("reset");
  }

  /**
   * Partitions the network: no frame passes between two sides until `heal()`, which delivers those
   * in transit. All groups still reach the signaling server, and a group on no side reaches all.
   *
   * @param sides The groups of each side.
   * @throws {TypeError} There are fewer than two sides, a group is on two of them, or it is not a
   * group of this network.
   */
  partition(...sides: readonly (readonly WebGroup[])[]): void {
    if (sides.length < 2 || !sides.every(Array.isArray)) {
      throw new TypeError("Cannot partition: two or more arrays of groups expected");
    }
    const names = sides.map((side) => side.map((one) => this.#machineOf("partition", one).name));
    if (new Set(names.flat()).size < names.flat().length) {
      throw new TypeError("Cannot partition: a group is there twice");
    }
    this.#world.netem.separate(names);
  }

  /** Ends all partitions and delays. Frames that were held back arrive. */
  heal(): void {
    this.#slowestMs = 0;
    this.#world.netem.clear();
  }

  /**
   * Slows the connection of a group down, until `heal()`.
   *
   * @param group A group of this network.
   * @param ms The additional latency in ms of each message to and from it; 0 ends the slowdown.
   * @throws {TypeError | RangeError} It is not a group of this network, or has crashed; or the time
   * is invalid.
   */
  slow(group: WebGroup, ms: number): void {
    const { name } = this.#machineOf("slow a group", group);
    checkMs("slow a group by", ms);
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    this.#world.netem.delay(name, ms, Infinity);
  }

  /**
   * Makes every `new WebGroup()` in this program a group of this network, including those that
   * React hooks and Yjs providers create. Bots and servers are not affected.
   *
   * @returns An object whose disposal calls `uninstall()`.
   * @throws {Error} This or another network is already installed.
   *
   * @example
   * ```ts
   * import { WebGroup } from "@netflux/netflux";
   * import { TestNetwork } from "@netflux/netflux/testing";
   *
   * const network = new TestNetwork();
   * network.install();
   * const group = new WebGroup({ signalingServer: "wss://signaling.example.org" });
   * await group.join("a key");
   * network.close();
   * ```
   */
  install(): { [Symbol.dispose](): void } {
    this.#checkOpen();
    const before = setEnvironment(() => this.#environment());
    if (before !== undefined) {
      setEnvironment(before);
      throw new Error("Cannot install the network: one is installed, uninstall() or close() it");
    }
    this.#isInstalled = true;
    return { [Symbol.dispose]: () => this.uninstall() };
  }

  /** Undoes `install()`: groups created from now on use the real network. */
  uninstall(): void {
    if (this.#isInstalled) setEnvironment(undefined);
    this.#isInstalled = false;
  }

  /**
   * Uninstalls the network, leaves all its groups, and ends all its timers. From now on, `join()`
   * of its groups rejects.
   */
  close(): void {
    if (this.#isClosed) return;
    this.uninstall();
    for (const [group, { alive }] of this.#machines) {
      if (alive && group.state !== WebGroupState.LEFT) group.leave();
    }
    this.#world.run(FAREWELL_MS);
    this.#isClosed = true;
    // Without time, a join would neither succeed nor fail.
    const join = () => settled(Promise.reject(new Error(CLOSED)));
    for (const group of this.#machines.keys()) {
      Object.defineProperty(group, "join", { value: join });
    }
    this.#time.close();
  }

  /** The same as {@linkcode TestNetwork.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #environment(): Environment {
    const machine = this.#world.addMachine(`group ${this.#machines.size + 1}`);
    const { platform, transport } = machine;
    // The constructor of a group calls this with itself.
    const groupCreated = (group: EventTarget) => this.#machines.set(group as WebGroup, machine);
    return { platform, transport, groupCreated };
  }

  #machineOf(action: string, group: WebGroup): SimMachine {
    this.#checkOpen();
    const machine = this.#machines.get(group);
    if (machine === undefined) {
      const given = group instanceof EventTarget ? "another one" : String(group);
      throw new TypeError(`Cannot ${action}: a group of this network expected, ${given} came`);
    }
    if (machine.alive) return machine;
    throw new TypeError(`Cannot ${action}: ${machine.name} has crashed`);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error(CLOSED);
  }

  #reach(isReached: () => boolean, withinMs: number, reason: () => string): Promise<void> {
    this.#checkOpen();
    return this.#time.reach({
      isReached,
      deadlineMs: this.#world.clock.now() + withinMs,
      reason,
    });
  }

  get #isWorking(): boolean {
    return this.#isBusy || this.#inTransition !== undefined;
  }

  /** Whether there is traffic, or may be in response to the last traffic. */
  get #isBusy(): boolean {
    const { lastTrafficAt, nextAt = Infinity, traffic } = this.#world.clock;
    return traffic > 0 || nextAt <= lastTrafficAt + this.#quietMs + 2 * this.#slowestMs;
  }

  /** Describes a group that is joining or leaving. A group that has left has no timers. */
  get #inTransition(): string | undefined {
    for (const [{ key, state }, { alive, name, timers }] of this.#machines) {
      if (!alive) continue;
      if (state === WebGroupState.JOINING) return `${name} is joining ${JSON.stringify(key)}`;
      if (state === WebGroupState.LEFT && timers > 0) return `${name} is leaving`;
    }
    return undefined;
  }

  get #unsettled(): string | undefined {
    return this.#inTransition ??
      (this.#isBusy ? "messages are on their way" : this.#disagreement);
  }

  /** Describes two groups that can reach each other, one of which does not list the other. */
  get #disagreement(): string | undefined {
    const joined = [...this.#machines].filter(([{ state }, { alive }]) =>
      alive && state === WebGroupState.JOINED
    );
    for (const [one, { name }] of joined) {
      for (const [other, { name: otherName }] of joined) {
        if (!isSameGroup(one, other) || lists(one, other)) continue;
        if (this.#isApart(name, otherName)) continue;
        return `${name} does not list ${otherName}`;
      }
    }
    return undefined;
  }

  #isApart(name: string, other: string): boolean {
    const { clock, netem } = this.#world;
    return netem.partitionedUntil(name, other) > clock.now();
  }
}

/**
 * The groups that {@linkcode TestNetwork.groups} returns: a tuple if their number is a literal.
 *
 * @example
 * ```ts
 * import { type TestGroups, TestNetwork } from "@netflux/netflux/testing";
 *
 * const network = new TestNetwork();
 * const both: TestGroups<2> = await network.groups(2);
 * both[1].send("hello");
 * network.close();
 * ```
 */
export type TestGroups<Count extends number, Groups extends WebGroup[] = []> = number extends Count
  ? WebGroup[]
  : Groups["length"] extends Count ? Groups
  : TestGroups<Count, [...Groups, WebGroup]>;

/** The maximum size of a full mesh. */
const GROUPS_MAX = 64;

const CLOSED = "Cannot use the network: it is closed";

/** Time in which responses to the last traffic can follow, such as a delayed ACK. */
const QUIET_MS = 250;

/** Virtual time for leaving and closing channels, longer than they take. */
const FAREWELL_MS = 5_000;

function isSameGroup(one: WebGroup, other: WebGroup): boolean {
  return one.key === other.key && hostOf(one) === hostOf(other);
}

function hostOf({ signalingServer }: WebGroup): string {
  return new URL(signalingServer).host;
}

function lists({ members }: WebGroup, { myId }: WebGroup): boolean {
  return members.includes(myId);
}
