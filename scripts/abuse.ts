// `deno task test:abuse` attacks a real signaling server that a well-behaved group uses. It fails
// if a newcomer of that group cannot join, or if the server ends, but not because of slow times.

// deno-lint-ignore-file no-console -- a program that talks to people
import { parseArgs } from "node:util";
import type { Attack } from "../tests/abuse/attack.ts";
import { ATTACKS } from "../tests/abuse/attacks.ts";
import { type Outcome, Testbed } from "../tests/abuse/testbed.ts";

const HELP = `Attacks a signaling server, and measures the effects on a well-behaved group

Usage: deno task test:abuse [--short] [NAME ...]

  --short  2 s for each attack, with a warm-up of the same length
  --help   print this

Attacks: ${ATTACKS.map(({ name }) => name).join(", ")}`;

const LONG = { warmUpMs: 8_000, attackMs: 15_000 };

const SHORT = { warmUpMs: 1_500, attackMs: 2_000 };

async function main(args: readonly string[]): Promise<number> {
  const options = { short: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const attacks = positionals.length === 0 ? ATTACKS : positionals.map(attackOf);
  let failed = 0;
  console.log(HEAD);
  await using testbed = await Testbed.open();
  for (const attack of attacks) {
    const outcome = await testbed.play(attack, values.short ? SHORT : LONG);
    console.log(rowOf(outcome));
    for (const fault of outcome.faults) console.error(`${attack.name}: ${fault}`);
    if (outcome.faults.length > 0) failed++;
  }
  console.log(`\n${attacks.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function attackOf(name: string): Attack {
  const attack = ATTACKS.find((one) => one.name === name);
  if (attack) return attack;
  throw new RangeError(`Cannot play ${name}: one of ${ATTACKS.map(({ name }) => name)} expected`);
}

const HEAD =
  "| attack | what was done | joins | failed | unanswered | calm: p50, p99 | attacked: p50, p99 " +
  "| what the server counted | its memory |\n|---|---|---|---|---|---|---|---|---|";

function rowOf({ attack, before, during, actions, refused, memory }: Outcome): string {
  const cells = [
    `${attack.name}: ${attack.description}`,
    list(actions),
    during.joins,
    before.faults.length + during.faults.length,
    before.unanswered + during.unanswered,
    `${ms(before.p50)}, ${ms(before.p99)}`,
    `${ms(during.p50)}, ${ms(during.p99)}`,
    list(refused),
    memory.map((value) => value === undefined ? "?" : `${value.toFixed(0)} MB`).join(" → "),
  ];
  return `| ${cells.join(" | ")} |`;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, value]) => `${value} ${name}`).join(", ") || "–";
}

function ms(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(0)} ms`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
