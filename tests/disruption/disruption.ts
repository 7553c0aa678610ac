import { type Delivery, isFlawless, judge } from "./checker.ts";
import { openTestbed, type Testbed } from "./testbed.ts";
import type { ShownFile, Tab } from "./tab.ts";

export interface DisruptionOptions {
  /** The size of the file: one of those that the page offers. */
  readonly megabytes: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** When the file has reached a percentage, and for how long. */
interface Fault {
  readonly after: number;
  readonly lastsMs: number;
  readonly what: string;
  readonly over: string;
  readonly begin: (testbed: Testbed) => Promise<void>;
  readonly end?: (testbed: Testbed) => Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    after: 0.15,
    lastsMs: 10_000,
    what: "right is put to sleep",
    over: "right is woken",
    begin: ({ right }) => right.sleep(),
    end: ({ right }) => right.wake(),
  },
  {
    after: 0.45,
    lastsMs: 10_000,
    what: "left goes offline",
    over: "left is online again",
    begin: (testbed) => testbed.unplug(),
    end: (testbed) => testbed.plug(),
  },
  {
    after: 0.75,
    lastsMs: 0,
    what: "left's peer connections are closed behind its back",
    over: "",
    begin: ({ left }) => left.killConnections(),
  },
];

const TALK_EVERY_MS = 200;
const LOOK_EVERY_MS = 100;
const DEADLINE_MS = 90_000;

/** Returns whether all data arrived unchanged, and no member was declared dead. */
export async function runDisruption(
  { megabytes, print, signal }: DisruptionOptions,
): Promise<boolean> {
  await using testbed = await openTestbed(crypto.randomUUID());
  const disruption = new Disruption(testbed, print, signal);
  await disruption.meet();
  await disruption.sendFileWithFaults(megabytes);
  return await disruption.printResult(megabytes);
}

class Disruption {
  readonly #testbed: Testbed;
  readonly #print: (line: string) => void;
  readonly #signal: AbortSignal;
  readonly #startedAt = performance.now();
  /** Time without faults, and the bytes that arrived in it. */
  readonly #undisturbed = { ms: 0, bytes: 0 };
  #sendingSince = 0;

  constructor(testbed: Testbed, print: (line: string) => void, signal: AbortSignal) {
    this.#testbed = testbed;
    this.#print = print;
    this.#signal = signal;
  }

  /** Waits until both tabs are members, have a channel to each other, and send lines. */
  async meet(): Promise<void> {
    const { description, left, right } = this.#testbed;
    this.#print(`The place: ${description}\n`);
    for (const tab of [left, right]) {
      await this.#until(`${tab.name} has a channel`, async () => {
        return (await tab.member())?.route.includes("↔") ?? false;
      });
    }
    this.#note(`the tabs have met: ${(await left.member())?.route}`);
    for (const tab of [left, right]) await tab.talk(TALK_EVERY_MS);
  }

  /** Sends the file, and injects all faults meanwhile. */
  async sendFileWithFaults(megabytes: number): Promise<void> {
    const { left } = this.#testbed;
    await left.sendFile(megabytes);
    this.#sendingSince = performance.now();
    this.#note(`left sends right ${megabytes} MB; both say a line every ${TALK_EVERY_MS} ms`);
    for (const fault of FAULTS) {
      await this.#undisturbedUntil(fault.after * megabytes * 1e6);
      await this.#inject(fault);
    }
    await this.#until("the file is compared", async () => {
      const files = await Promise.all([left.file(), this.#testbed.right.file()]);
      return files.every((file) => file !== undefined && isOver(file));
    });
  }

  async printResult(megabytes: number): Promise<boolean> {
    const { left, right } = this.#testbed;
    const seconds = (performance.now() - this.#sendingSince) / 1_000;
    this.#note("the file is there, and compared");
    const deliveries = [
      await this.#delivery(left, right),
      await this.#delivery(right, left),
    ] as const;
    const files = [await left.file(), await right.file()];
    const events = [...await left.events(), ...await right.events()];
    const isWhole = files.every((file) => file?.state === "equal");
    const departures = events.filter((text) => text.endsWith(" left"));
    const again = (await left.member())?.sentAgain;
    const undisturbedRate = this.#undisturbed.bytes / this.#undisturbed.ms / 1_000;
    this.#print("");
    this.#row("file", `${megabytes} MB in ${seconds.toFixed(1)} s, faults and all`);
    this.#row("rate", `${undisturbedRate.toFixed(1)} MB/s while nothing was wrong`);
    this.#row("sent again", again ?? "nobody knows: the other member is gone");
    this.#row("SHA-256", files.map((file) => file?.hashes[0] ?? "none").join("\n            "));
    this.#row("", isWhole ? "the same at both ends" : `NOT THE SAME: ${files[1]?.verdict}`);
    this.#row("left spoke", summary(deliveries[0]));
    this.#row("right spoke", summary(deliveries[1]));
    this.#row("departures", departures.length === 0 ? "none" : departures.join(", "));
    const good = isWhole && deliveries.every(isFlawless) && departures.length === 0;
    this.#print(good ? "\nOK: nothing lost, nothing twice, all in order" : "\nFAILED");
    return good;
  }

  async #inject(fault: Fault): Promise<void> {
    const { right } = this.#testbed;
    const percent = Math.round(100 * fault.after);
    await fault.begin(this.#testbed);
    this.#note(`${fault.what}, at ${percent} % of the file`);
    await this.#sleep(fault.lastsMs);
    await fault.end?.(this.#testbed);
    if (fault.over !== "") this.#note(`${fault.over}, after ${fault.lastsMs / 1_000} s`);
    const since = performance.now();
    const next = ((await right.file())?.bytes ?? 0) + ANOTHER_BYTES;
    await this.#until("the file goes on", async () => {
      const file = await right.file();
      return file !== undefined && (file.bytes >= next || isOver(file));
    });
    const seconds = ((performance.now() - since) / 1_000).toFixed(1);
    this.#note(`the file goes on: another MB came within ${seconds} s`);
  }

  /** Waits until this many bytes have arrived, and counts the time as undisturbed. */
  async #undisturbedUntil(bytes: number): Promise<void> {
    const { right } = this.#testbed;
    const [startedAt, before] = [performance.now(), (await right.file())?.bytes ?? 0];
    let now = before;
    await this.#until(`${bytes} bytes are there`, async () => {
      const file = await right.file();
      now = file?.bytes ?? 0;
      return now >= bytes || (file !== undefined && isOver(file));
    });
    this.#undisturbed.ms += performance.now() - startedAt;
    this.#undisturbed.bytes += now - before;
  }

  /** Stops one sender, and waits for its remaining lines at the other tab. */
  async #delivery(speaker: Tab, listener: Tab): Promise<Delivery> {
    await speaker.quiet();
    const sent = await speaker.sentCount();
    const judged = async () => judge(await speaker.sentCount(), await listener.receivedLines());
    // Lines that are missing after the deadline are lost.
    await this.#until(`${sent} lines are received`, async () => (await judged()).lost === 0)
      .catch((error) => this.#print(String(error)));
    return await judged();
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    let [end, bytes] = [performance.now() + DEADLINE_MS, 0];
    while (!await holds()) {
      const moved = (await this.#testbed.right.file())?.bytes ?? 0;
      if (moved !== bytes) [end, bytes] = [performance.now() + DEADLINE_MS, moved];
      if (performance.now() > end) throw new Error(await this.#timeoutMessage(what));
      await this.#sleep(LOOK_EVERY_MS);
    }
  }

  async #timeoutMessage(what: string): Promise<string> {
    const { left, right } = this.#testbed;
    const shown = [
      await left.file(),
      await right.file(),
      await left.member(),
      await right.member(),
    ];
    return `Timed out after ${DEADLINE_MS} ms: ${what} expected; ${JSON.stringify(shown)}`;
  }

  async #sleep(ms: number): Promise<void> {
    this.#signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  #note(text: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#print(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  }

  #row(name: string, text: string): void {
    this.#print(`${name.padEnd(12)}${text}`);
  }
}

/** The file counts as continued after this many more bytes. */
const ANOTHER_BYTES = 1_000_000;

function isOver({ state }: ShownFile): boolean {
  return state !== "moving" && state !== "checking";
}

function summary({ sent, lost, doubled, disordered, slowestMs }: Delivery): string {
  const slowest = `the slowest took ${(slowestMs / 1_000).toFixed(1)} s`;
  return `${sent} lines: ${lost} lost, ${doubled} doubled, ${disordered} out of order; ${slowest}`;
}
