/**
 * A member of the demo's group in a terminal.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { stdin, stdout } from "node:process";
import { WebGroup, WebGroupState } from "../bot.ts";
import { type Command, COMMANDS_HELP, parseCommand } from "./commands.ts";
import { shortHash } from "./files.ts";
import { HASHES, openFile } from "./hashes.ts";
import { figuresOf, routeOf } from "./member_line.ts";
import { type Fact, Participant } from "./participant.ts";
import { COLORS, drawName, unknownName } from "./people.ts";
import { sizeOf } from "./room_files.ts";
import { RTC_CONFIGURATION } from "./server.ts";
import type { TransferFact } from "./transfers.ts";

export interface TerminalOptions {
  readonly signalingServer: string;
  readonly key: string;
  /** Ends the terminal. */
  readonly signal: AbortSignal;
}

/** Joins, prints what happens and sends what is typed; settles when the user or the signal ends it. */
export async function runTerminal(
  { signalingServer, key, signal }: TerminalOptions,
): Promise<void> {
  const group = new WebGroup({ signalingServer, rtcConfiguration: RTC_CONFIGURATION });
  const lines = createInterface({ input: stdin, output: stdout, prompt: "> " });
  const closed = new AbortController();
  const terminal = new Terminal(group, (text) => {
    if (closed.signal.aborted) return;
    // Over the line that is being typed, which comes again below.
    stdout.write(`\r\x1b[K${text}\n`);
    lines.prompt(true);
  });
  const ended = new Promise<void>((resolve) =>
    closed.signal.addEventListener("abort", () => resolve())
  );
  lines.once("close", () => closed.abort());
  signal.addEventListener("abort", () => lines.close(), { once: true });
  // In a terminal that is read line by line, Ctrl-C is a key and no signal.
  lines.on("SIGINT", () => lines.close());
  lines.on("line", async (line) => {
    if (await terminal.obey(parseCommand(line)) === "quit") lines.close();
    else if (!closed.signal.aborted) lines.prompt();
  });
  try {
    await group.join(key, { signal: closed.signal });
    terminal.greet();
    await ended;
  } catch (error) {
    // Ended while it was still joining.
    if (!closed.signal.aborted) throw error;
  } finally {
    lines.close();
    await group.leave();
  }
}

/** Prints events, and runs commands. */
class Terminal {
  readonly #participant: Participant;
  readonly #names = new Map<number, string>();
  readonly #print: (text: string) => void;

  constructor(group: WebGroup, print: (text: string) => void) {
    this.#print = print;
    const color = Math.floor(Math.random() * COLORS);
    const person = { name: drawName(), color, role: "terminal" } as const;
    const self = { person, shelf: HASHES };
    this.#participant = new Participant(group, self, (fact) => this.#told(fact));
    this.#participant.report();
  }

  /** Introduces this participant, now and to later members. */
  greet(): void {
    const { group } = this.#participant;
    group.addEventListener("statechange", ({ state }) => {
      const me = state === WebGroupState.JOINED
        ? `, and you are ${this.#describe(group.myId)}`
        : "";
      this.#print(`* the group is ${WebGroupState[state]}${me}`);
    });
    this.#print(`You are ${this.#describe(group.myId)}\n${COMMANDS_HELP}\n`);
  }

  /** Does what a line asked for. */
  async obey(command: Command): Promise<"quit" | "go on"> {
    switch (command.type) {
      case "quit":
        return "quit";
      case "say":
        await this.#try(() => this.#participant.say(command.text));
        break;
      case "tell":
        await this.#try(() => this.#participant.say(command.text, command.member));
        break;
      case "file":
        // Not awaited, so that messages can be sent meanwhile.
        this.#try(async () => this.#participant.sendFile(await openFile(command.path)));
        break;
      case "name":
        this.#participant.change({ name: command.name });
        break;
      case "cancel":
        this.#participant.cancelFiles();
        break;
      case "who":
        await this.#who();
        break;
      case "help":
        this.#print(COMMANDS_HELP);
        break;
      case "misuse":
        this.#print(command.reason);
        break;
    }
    return "go on";
  }

  async #try(send: () => Promise<void>): Promise<void> {
    try {
      await send();
    } catch (error) {
      this.#print(error instanceof Error ? error.message : String(error));
    }
  }

  async #who(): Promise<void> {
    const { group } = this.#participant;
    const stats = await group.getStats();
    for (const member of group.members) {
      this.#print(`  ${this.#describe(member)}${member === group.myId ? ", you" : ""}`);
      const known = stats.get(member);
      if (known === undefined) continue;
      const figures = figuresOf(known).map(({ name, value }) => `${name} ${value}`);
      this.#print(`    ${routeOf(known, (via) => this.#describe(via))}`);
      this.#print(`    ${figures.join(", ")}`);
    }
  }

  #told(fact: Fact): void {
    switch (fact.type) {
      case "introduced": {
        const before = this.#names.get(fact.member);
        this.#names.set(fact.member, fact.person.name);
        if (before === fact.person.name) return;
        const what = before === undefined ? "is here" : `was ${before}`;
        return this.#print(`* ${this.#describe(fact.member)} ${what}`);
      }
      case "left":
        this.#print(`* ${this.#describe(fact.member)} left`);
        this.#names.delete(fact.member);
        return;
      case "said": {
        const alone = fact.audience === "you" ? " (to you)" : "";
        return this.#print(`${this.#describe(fact.sender)}${alone}: ${printable(fact.text)}`);
      }
      case "fileBegan":
      case "fileStopped":
      case "fileCompared":
        return this.#toldOfFile(fact);
      case "failed":
        return this.#print(`! ${fact.error instanceof Error ? fact.error.message : fact.error}`);
    }
  }

  #toldOfFile(
    fact: TransferFact & { type: "fileBegan" | "fileStopped" | "fileCompared" },
  ): void {
    if (fact.type === "fileStopped") {
      const { member, why } = fact;
      const what = { me: "you cancelled", them: "it was cancelled there", left: "it left" };
      const because = why === "failed" ? "it failed" : what[why];
      return this.#print(
        `! a file with ${this.#describe(member)} did not come through: ${because}`,
      );
    }
    const { name, bytes } = fact.info;
    const what = `${printable(name)}, ${sizeOf(bytes)}`;
    if (fact.type === "fileBegan") {
      const mine = fact.from === this.#participant.group.myId;
      return this.#print(
        mine ? `* sending ${what}` : `* ${this.#describe(fact.from)} sends ${what}`,
      );
    }
    const { member, mine, theirs } = fact;
    this.#print(`* ${what}, with ${this.#describe(member)}: ${verdictOf(mine, theirs)}`);
  }

  #describe(member: number): string {
    const { group, person } = this.#participant;
    const mine = member === group.myId ? person.name : undefined;
    return `${mine ?? this.#names.get(member) ?? unknownName(member)} [${member}]`;
  }
}

function verdictOf(mine: string | undefined, theirs: string | undefined): string {
  if (mine === undefined || theirs === undefined) return "all of it; the page cannot hash by http";
  return mine === theirs
    ? `SHA-256 ${shortHash(mine)} at both ends`
    : `DAMAGED: SHA-256 ${shortHash(mine)} here, ${shortHash(theirs)} there`;
}

/** Removes control characters, which could move the cursor. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, " ");
}
