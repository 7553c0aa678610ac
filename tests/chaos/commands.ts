import { type Report, reportLine } from "./reports.ts";

export type Commands = Readonly<Record<string, (argument: string) => void>>;

/** Handles lines `command argument`. The process ends when the driver closes stdin. */
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

/** Synchronous, so that the report is out before a kill. */
export function writeReport(report: Report): void {
  print(reportLine(report));
}

export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
