/**
 * A run of the demo without people: two peers and a bot meet, and check what they get.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { WebGroup, webrtcUnavailable } from "../bot.ts";
import { drawFile } from "./files.ts";
import { HASHES } from "./hashes.ts";
import { type Fact, Participant } from "./participant.ts";
import {
  type Delivery,
  describeDelivery,
  EXPECTED,
  missing,
  type Name,
  unexpected,
} from "./expected_deliveries.ts";
import { RTC_CONFIGURATION, serveDemo } from "./server.ts";

/** How a run can be changed. */
export interface OnceOptions {
  /** Prints a line. */
  readonly print: (line: string) => void;
  /** How long it may take. */
  readonly timeoutMs: number;
}

const BROADCAST = "Hello, everyone";
const PRIVATE = "Ada, only you hear this";
const QUESTION = "Server, are you there?";
const FILE_BYTES = 5_000_000;
/** There is no event for a channel that replaces a relay. */
const POLL_MS = 20;

/** Runs the demo once; whether everything came as expected. */
export async function runOnce({ print, timeoutMs }: OnceOptions): Promise<boolean> {
  const run = new Run(print);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    await Promise.race([run.play(), rejectWhen(late)]);
  } catch (error) {
    print(`Stopped: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await run.close();
  }
  return run.judge();
}

/** The peers, their servers, and what they got. */
class Run {
  readonly #print: (line: string) => void;
  readonly #demo = serveDemo({
    port: 0,
    serverTold: (fact, me) => this.#told("the server", fact, me),
  });
  readonly #names = new Map<number, Name>();
  readonly #delivered: Delivery[] = [];
  /** Pairs of members that have introduced themselves. */
  readonly #introductions = new Set<string>();
  readonly #groups: WebGroup[] = [];
  /** Checks the pending condition again. */
  #look: () => void = () => {};
  #closed = false;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Runs the expected deliveries. */
  async play(): Promise<void> {
    if (webrtcUnavailable !== undefined) this.#print(webrtcUnavailable);
    const { port, signalingServer } = this.#demo;
    this.#print(`The server is at port ${port}`);
    const key = crypto.randomUUID();
    const ada = await this.#join("Ada", signalingServer, key);
    const bob = await this.#join("Bob", signalingServer, key);
    await this.#until(() => this.#introductions.size === 6);
    await this.#allDirect();
    this.#print("Ada, Bob and the server are members of one group, each connected to each");
    await ada.say(BROADCAST);
    await bob.say(PRIVATE, ada.group.myId);
    await bob.say(QUESTION, this.#idOf("the server"));
    await ada.sendFile(drawFile(FILE_BYTES, "random.bin"));
    await this.#until(() => missing(EXPECTED, this.#delivered).length === 0);
  }

  /** Prints what is wrong, and the last line; whether nothing is. */
  judge(): boolean {
    const lacking = missing(EXPECTED, this.#delivered);
    const surplus = unexpected(EXPECTED, this.#delivered);
    for (const delivery of lacking) this.#print(`MISSING: ${describeDelivery(delivery)}`);
    for (const delivery of surplus) this.#print(`UNEXPECTED: ${describeDelivery(delivery)}`);
    const good = lacking.length === 0 && surplus.length === 0;
    const came = EXPECTED.length - lacking.length;
    this.#print(
      good
        ? `OK: ${came} of ${EXPECTED.length} deliveries, nothing missing, nothing else`
        : `FAILED: ${came} of ${EXPECTED.length} deliveries, ${surplus.length} unexpected`,
    );
    return good;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#groups.map((group) => group.leave()));
    await this.#demo.close();
  }

  async #join(name: Name, signalingServer: string, key: string): Promise<Participant> {
    const group = new WebGroup({ signalingServer, rtcConfiguration: RTC_CONFIGURATION });
    this.#groups.push(group);
    const participant = new Participant(
      group,
      { person: { name, color: 0, role: "terminal" }, shelf: HASHES },
      (fact, me) => this.#told(name, fact, me),
    );
    await group.join(key);
    this.#names.set(group.myId, name);
    return participant;
  }

  /** Waits until no member needs a relay any more. */
  async #allDirect(): Promise<void> {
    const groups = [...this.#groups, ...this.#demo.groupServer.groups.values()];
    for (const group of groups) {
      while ([...(await group.getStats()).values()].some(({ channel }) => channel === "relay")) {
        if (this.#closed) return;
        await delay(POLL_MS);
      }
    }
  }

  #told(name: Name, fact: Fact, me: Participant): void {
    this.#names.set(me.group.myId, name);
    switch (fact.type) {
      case "introduced":
        this.#introductions.add(`${fact.member} to ${me.group.myId}`);
        break;
      case "said":
        this.#record(name, fact.sender, whatWas(fact.text), me);
        break;
      case "fileCompared": {
        // Its sender compares too, and is no receiver.
        if (name === "Ada") break;
        const hash = fact.mine === fact.theirs ? "the right hash" : "a wrong hash";
        this.#record(name, fact.member, `${fact.info.bytes / 1e6} MB with ${hash}`, me);
        break;
      }
      case "failed":
        this.#print(`${name}: ${fact.error}`);
        break;
    }
    this.#look();
  }

  #record(to: Name, sender: number, what: string, { group }: Participant): void {
    // All members run in one process, so the sender is looked up, whatever it claims.
    const from = this.#names.get(sender);
    group.getStats().then((stats) => {
      const channel = stats.get(sender)?.channel ?? "no channel";
      if (from === undefined) return this.#print(`${to} got ${what} from a stranger`);
      const delivery = { what, from, to, channel };
      this.#delivered.push(delivery);
      this.#print(describeDelivery(delivery));
      this.#look();
    });
  }

  #idOf(name: Name): number {
    const found = [...this.#names].find(([, other]) => other === name);
    if (found === undefined) throw new Error(`Cannot find ${name}: it is no member`);
    return found[0];
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => condition() && resolve();
      this.#look();
    });
  }
}

function whatWas(text: string): string {
  switch (text) {
    case BROADCAST:
      return "the broadcast";
    case PRIVATE:
      return "the private message";
    case QUESTION:
      return "the question";
    case `You said: ${QUESTION}`:
      return "the answer";
    default:
      return `something else (${JSON.stringify(text)})`;
  }
}

function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("it took too long")), { once: true });
  });
}
