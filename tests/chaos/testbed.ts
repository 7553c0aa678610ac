import type { Participants } from "./participants.ts";
import { BotMember, type Meeting, type Member, Peer } from "./members.ts";
import { Network } from "./network.ts";
import { Chromium, PageMember } from "./pages.ts";
import type { Process } from "./process.ts";
import { SigverProcess } from "./sigver.ts";

const LOOK_EVERY_MS = 50;
/** Only a failing run takes so long. */
const JOIN_DEADLINE_MS = 60_000;
/** Time limit for messages in flight after the last one was sent. */
const DRAIN_DEADLINE_MS = 10_000;

export class Testbed implements AsyncDisposable {
  readonly #participants: Participants;
  readonly #signal: AbortSignal;
  readonly #stack = new AsyncDisposableStack();
  readonly #members = new Map<string, Member>();
  #network: Network | undefined;
  #sigver: SigverProcess | undefined;

  private constructor(participants: Participants, signal: AbortSignal) {
    this.#participants = participants;
    this.#signal = signal;
  }

  static async open(participants: Participants, signal: AbortSignal): Promise<Testbed> {
    const testbed = new Testbed(participants, signal);
    try {
      await testbed.#build();
      return testbed;
    } catch (error) {
      await testbed[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Includes members that have not joined yet, and those that have ended. */
  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get network(): Network {
    if (this.#network === undefined) throw new Error("Cannot find the network: none was asked for");
    return this.#network;
  }

  get sigver(): SigverProcess {
    if (this.#sigver === undefined) throw new Error("Cannot find sigver: not started yet");
    return this.#sigver;
  }

  process(name: string): Process {
    const member = this.member(name);
    if (member instanceof Peer || member instanceof BotMember) return member.process;
    throw new Error(`Cannot find the process of ${name}: it is a page`);
  }

  page(name: string): PageMember {
    const member = this.member(name);
    if (member instanceof PageMember) return member;
    throw new Error(`Cannot find the page of ${name}: it is a process`);
  }

  member(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`Cannot find ${name}: no such member`);
    return member;
  }

  /** All but the newcomer join; waits until each has a channel to each. */
  async joinAll(): Promise<void> {
    const early = this.members.filter(({ name }) => name !== this.#participants.newcomer);
    const [first, ...others] = early;
    await first?.join();
    const isJoined = () => first?.eventLog.view?.state === 1;
    await this.until("the first is joined", isJoined, JOIN_DEADLINE_MS);
    for (const member of others) await member.join();
    const isConnected = ({ eventLog: { view } }: Member) =>
      view?.members.length === early.length && view.neighbors === early.length - 1;
    await this.until("all are connected", () => early.every(isConnected), JOIN_DEADLINE_MS);
  }

  /** Waits until messages in flight have arrived, if they do. */
  async stopTraffic(members: readonly Member[]): Promise<void> {
    await Promise.all(members.map((member) => member.quiet()));
    const hasAll = ({ name, eventLog }: Member) =>
      members.every((other) =>
        other.name === name || eventLog.latestOf(other.name) >= other.eventLog.sent
      );
    // Reports of the last sends may still be in flight.
    await this.pause(500);
    await this.wait(() => members.every(hasAll), DRAIN_DEADLINE_MS);
  }

  async until(what: string, holds: () => boolean, deadlineMs: number): Promise<void> {
    if (await this.wait(holds, deadlineMs)) return;
    const views = this.members.map(({ name, eventLog }) =>
      `${name} ${JSON.stringify(eventLog.view)}`
    );
    throw new Error(`Timed out after ${deadlineMs} ms: ${what} expected\n${views.join("\n")}`);
  }

  /** Returns whether the condition held before the deadline. */
  async wait(holds: () => boolean, deadlineMs: number): Promise<boolean> {
    const end = performance.now() + deadlineMs;
    while (!holds()) {
      if (performance.now() > end) return false;
      await this.pause(LOOK_EVERY_MS);
    }
    return true;
  }

  /** Throws if a program has ended unexpectedly, or the run is aborted. */
  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#signal.addEventListener("abort", wake);
    });
    this.#check();
  }

  /** Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }

  async #build(): Promise<void> {
    const { peers, bots = [], pages = [], newcomer, right } = this.#participants;
    this.#check();
    if (right !== undefined) this.#network = this.#stack.use(await Network.open());
    this.#sigver = await SigverProcess.open(await this.#network?.connect("sigver", "middle"));
    this.#stack.use(this.#sigver);
    const meeting: Meeting = { signalingServer: this.#sigver.url, key: "chaos" };
    for (const name of newcomer === undefined ? peers : [...peers, newcomer]) {
      const side = right?.includes(name) ? "right" : "left";
      this.#add(new Peer(name, meeting, await this.#network?.connect(name, side)));
    }
    const [first] = this.members;
    for (const name of bots) {
      if (!(first instanceof Peer)) throw new Error("Cannot invite a bot: no peer is first");
      const bot = new BotMember(name, meeting, first);
      this.#add(bot);
      await this.until(`${name} listens`, () => bot.url !== undefined, JOIN_DEADLINE_MS);
    }
    if (pages.length > 0) await this.#openPages(pages, meeting);
  }

  #add(member: Peer | BotMember): void {
    this.#stack.use(member.process);
    this.#members.set(member.name, member);
  }

  async #openPages(pages: readonly string[], meeting: Meeting): Promise<void> {
    const chromium = this.#stack.use(await Chromium.launch());
    for (const name of pages) this.#members.set(name, await chromium.open(name, meeting));
  }

  #check(): void {
    this.#signal.throwIfAborted();
    const processes = this.members.flatMap((member) =>
      member instanceof PageMember ? [] : [this.process(member.name)]
    );
    for (const { fault } of processes) if (fault !== undefined) throw new Error(fault);
  }
}
