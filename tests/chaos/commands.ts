import { type Report, reportLine } from "./reports.ts";

/** The handlers by command. */
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

/** Prints a report synchronously, so that it is out before a kill. */
export function tell(report: Report): void {
  print(reportLine(report));
}

/** Writes a line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
