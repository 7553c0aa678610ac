/**
 * What the programs of a scenario have in common: they take orders, and tell reports, in lines.
 *
 * @module
 */

import { type Report, reportLine } from "./reports.ts";

/** What to do at an order. */
export type Commands = Readonly<Record<string, (argument: string) => void>>;

/** Follows orders, `word argument` a line. It ends with the driver, which holds the other end. */
export async function serveCommands(orders: Commands): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  let rest = "";
  for await (const text of lines) {
    const whole = (rest + text).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) {
      const [word = "", argument = ""] = line.split(" ");
      orders[word]?.(argument);
    }
  }
  Deno.exit(0);
}

/** Tells a report at once: who is killed right after has told it. */
export function tell(report: Report): void {
  print(reportLine(report));
}

/** Writes a line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
