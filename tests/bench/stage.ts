/**
 * Where groups of all libraries meet: the site, one Chromium, and as many Deno processes as needed.
 *
 * @module
 */

import { type Browser, type CDPSession, launch } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.ts";
import { CHROMIUM_ARGS } from "../support/browsers.ts";
import { freePort } from "./free_port.ts";
import { EARLIER } from "./earlier.ts";
import type { Meeting } from "./member.ts";
import { openTab, ProcessSeat, type Seat } from "./seat.ts";
import { Site } from "./site.ts";

/** Where members run. */
export type Place = "Chromium" | "Deno";

const LAUNCH_TIMEOUT_MS = 30_000;
/** A group that is not there after so long is not expected to be. */
const GATHER_TIMEOUT_MS = 30_000;

/** Everything that has to be there before a measurement. */
export class Stage implements AsyncDisposable {
  readonly #site: Site;
  readonly #earlier: URL | undefined;
  #browser: Browser | undefined;
  #session: CDPSession | undefined;
  #groups = 0;

  /** @param earlier The folder of an earlier revision of this project, if one is measured, too. */
  constructor(earlier?: URL) {
    this.#earlier = earlier;
    this.#site = new Site(earlier);
  }

  /** A group of a library, all members of which are there, but have not joined. */
  async open(library: string, places: readonly Place[]): Promise<Crew> {
    if (places.includes("Chromium")) await this.#prepare(library);
    const seats = await Promise.all(places.map((place) => this.#seat(library, place)));
    const { url, signaling, peerPort } = this.#site;
    const meeting = {
      site: url,
      signalingServer: signaling.url,
      peerPort,
      port: freePort(),
      key: `bench-${crypto.randomUUID().slice(0, 8)}-${this.#groups++}`,
    };
    return new Crew(seats, (index) => ({ ...meeting, index }), () => this.#cpu());
  }

  /** The same, joined one after the other. */
  async gather(library: string, places: readonly Place[]): Promise<Crew> {
    const crew = await this.open(library, places);
    try {
      await crew.gather();
    } catch (error) {
      await crew[Symbol.asyncDispose]();
      throw error;
    }
    return crew;
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
    });
    this.#session ??= await this.#browser.target().createCDPSession();
  }

  async #seat(library: string, place: Place): Promise<Seat> {
    const isEarlier = library.startsWith(EARLIER);
    const name = isEarlier ? library.slice(EARLIER.length) : library;
    if (place === "Deno" || this.#browser === undefined) {
      return new ProcessSeat(name, isEarlier ? this.#earlier : undefined);
    }
    const query = new URLSearchParams({ library: name, build: isEarlier ? "earlier" : "page" });
    return await openTab(this.#browser, `${this.#site.url}/?${query}`);
  }

  /** What all processes of Chromium used of the processors so far, in µs. */
  async #cpu(): Promise<number> {
    const info = await this.#session?.send("SystemInfo.getProcessInfo");
    return 1e6 * (info?.processInfo ?? []).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }
}

/** The members of one group, in the order in which they join. */
export class Crew implements AsyncDisposable {
  readonly seats: readonly Seat[];
  readonly #meetingOf: (index: number) => Meeting;
  readonly #browserCpu: () => Promise<number>;

  constructor(
    seats: readonly Seat[],
    meetingOf: (index: number) => Meeting,
    browserCpu: () => Promise<number>,
  ) {
    this.seats = seats;
    this.#meetingOf = meetingOf;
    this.#browserCpu = browserCpu;
  }

  /** The first member, who sends. */
  get sender(): Seat {
    return this.seatAt(0);
  }

  /** Has one begin to join; tells when it did. */
  join(index: number): Promise<number> {
    return this.seatAt(index).call("join", this.#meetingOf(index));
  }

  /** Has all join, one after the other, until each has a channel to each. */
  async gather(): Promise<void> {
    const others = this.seats.length - 1;
    await Promise.all(this.seats.map((seat) => seat.call("watch", others, GATHER_TIMEOUT_MS)));
    for (const [index, seat] of this.seats.entries()) {
      await this.join(index);
      await seat.call("joined");
    }
    const sights = await Promise.all(this.seats.map((seat) => seat.call("seen")));
    if (sights.some(({ direct }) => direct === undefined)) {
      throw new Error(`Cannot gather: in ${GATHER_TIMEOUT_MS} ms not all of them met`);
    }
  }

  /** What all its members, and what carries their data, used of the processors so far, in µs. */
  async cpu(): Promise<number> {
    const times = await Promise.all([this.#browserCpu(), ...this.seats.map((seat) => seat.cpu())]);
    return times.reduce((sum, time) => sum + time, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.seats.map((seat) => seat.close()));
  }

  /** The place of one. */
  seatAt(index: number): Seat {
    const seat = this.seats[index];
    if (seat === undefined) throw new RangeError(`Cannot find member ${index}: nobody there`);
    return seat;
  }
}
