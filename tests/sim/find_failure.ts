// `find_failure.ts SEEDS` runs seeds until one fails, and prints it with the reason.

// deno-lint-ignore-file no-console -- a program that talks to the one that runs it
import { simulate, sizeOf } from "./run.ts";

/** Printed as a line of JSON; `undefined` if all seeds hold. */
export interface Found {
  readonly seed: number | undefined;
  readonly failure: string | undefined;
}

if (import.meta.main) console.log(JSON.stringify(await find(Number(Deno.args[0]))));

async function find(seeds: number): Promise<Found> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await simulate({ seed, ...sizeOf(seed) });
    } catch (error) {
      return { seed, failure: error instanceof Error ? error.message : String(error) };
    }
  }
  return { seed: undefined, failure: undefined };
}
