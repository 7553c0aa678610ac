import { type Browser, type CDPSession, launch } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.ts";
import { CHROMIUM_ARGS } from "../support/browsers.ts";
import { freePort } from "./free_port.ts";
import { EARLIER } from "./earlier_revision.ts";
import type { Meeting } from "./member.ts";
import { openPagePlayer, ProcessPlayer, type RemotePlayer } from "./remote_player.ts";
import { pageUrlOf, Site } from "./site.ts";

export type Runtime = "Chromium" | "Deno";

const LAUNCH_TIMEOUT_MS = 30_000;
const GATHER_TIMEOUT_MS = 30_000;

/** Owns the site, Chromium and the processes. */
export class Testbed implements AsyncDisposable {
  /** The folder of an earlier revision of this project, if one is measured, too. */
  readonly earlier: URL | undefined;
  readonly #site: Site;
  #browser: Browser | undefined;
  #session: CDPSession | undefined;
  #groups = 0;

  /** @param earlier The folder of an earlier revision, if one is measured, too. */
  constructor(earlier?: URL) {
    this.earlier = earlier;
    this.#site = new Site(earlier);
  }

  async open(library: string, runtimes: readonly Runtime[]): Promise<MemberGroup> {
    if (runtimes.includes("Chromium")) await this.#prepare(library);
    const players = await Promise.all(runtimes.map((runtime) => this.#player(library, runtime)));
    const { url, servers } = this.#site;
    const meeting = {
      site: url,
      signalingServer: await this.#site.signalingUrlFor(library),
      servers,
      port: freePort(),
      key: `bench-${crypto.randomUUID().slice(0, 8)}-${this.#groups++}`,
    };
    return new MemberGroup(players, (index) => ({ ...meeting, index }), () => this.#cpu());
  }

  async gather(library: string, runtimes: readonly Runtime[]): Promise<MemberGroup> {
    const group = await this.open(library, runtimes);
    try {
      await group.gather();
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser?.close();
    await this.#site[Symbol.asyncDispose]();
  }

  async #prepare(library: string): Promise<void> {
    await this.#site.prepare(library);
    this.#browser ??= await launch({
      executablePath: findBrowser("chromium") ?? "",
      args: [...CHROMIUM_ARGS],
      timeout: LAUNCH_TIMEOUT_MS,
      // The driver closes it; by default, Puppeteer ends the driver at a signal.
      handleSIGINT: false,
      handleSIGTERM: false,
    });
    this.#session ??= await this.#browser.target().createCDPSession();
  }

  async #player(library: string, runtime: Runtime): Promise<RemotePlayer> {
    if (runtime === "Chromium" && this.#browser !== undefined) {
      return await openPagePlayer(this.#browser, pageUrlOf(this.#site.url, library));
    }
    if (!library.startsWith(EARLIER)) return new ProcessPlayer(library);
    return new ProcessPlayer(library.slice(EARLIER.length), this.earlier);
  }

  /** In µs, of all processes of Chromium. */
  async #cpu(): Promise<number> {
    const info = await this.#session?.send("SystemInfo.getProcessInfo");
    return 1e6 * (info?.processInfo ?? []).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }
}

export class MemberGroup implements AsyncDisposable {
  readonly players: readonly RemotePlayer[];
  readonly #meetingOf: (index: number) => Meeting;
  readonly #browserCpu: () => Promise<number>;

  constructor(
    players: readonly RemotePlayer[],
    meetingOf: (index: number) => Meeting,
    browserCpu: () => Promise<number>,
  ) {
    this.players = players;
    this.#meetingOf = meetingOf;
    this.#browserCpu = browserCpu;
  }

  get sender(): RemotePlayer {
    return this.playerAt(0);
  }

  /** Returns the start time. */
  join(index: number): Promise<number> {
    return this.playerAt(index).call("join", this.#meetingOf(index));
  }

  /** Members join one after the other, until each has a channel to each. */
  async gather(): Promise<void> {
    const others = this.players.length - 1;
    await Promise.all(
      this.players.map((player) => player.call("watch", others, GATHER_TIMEOUT_MS)),
    );
    for (const [index, player] of this.players.entries()) {
      await this.join(index);
      await player.call("joined");
    }
    const times = await Promise.all(this.players.map((player) => player.call("seen")));
    if (times.some(({ direct }) => direct === undefined)) {
      throw new Error(`Timed out after ${GATHER_TIMEOUT_MS} ms: a full mesh expected`);
    }
  }

  /** In µs, of all members and of the processes that carry their data. */
  async cpu(): Promise<number> {
    const times = await Promise.all([
      this.#browserCpu(),
      ...this.players.map((player) => player.cpu()),
    ]);
    return times.reduce((sum, time) => sum + time, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.players.map((player) => player.close()));
  }

  playerAt(index: number): RemotePlayer {
    const player = this.players[index];
    if (player === undefined) throw new RangeError(`Cannot find member ${index}: nobody there`);
    return player;
  }
}
