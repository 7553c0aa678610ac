// Runs all kinds of faults, drawn by seeds. When the network is calm again, the remaining members
// must agree, and when they leave, nothing may remain.

import { expect } from "expect";
import { hashOfSeeds, simulate, sizeOf } from "./run.ts";

const SEEDS = Number(Deno.env.get("SEEDS") ?? 30);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);

async function run(seed: number): Promise<void> {
  try {
    await simulate({ seed, ...sizeOf(seed) });
  } catch (error) {
    throw new Error(`deno task sim --seed ${seed}: ${error}`, { cause: error });
  }
}

Deno.test("WebGroup: all remaining members agree after any faults", async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) await run(seed);
});

/** In Node: the hash of the same seeds in Deno. */
const ELSEWHERE = Deno.env.get("SIM_HASH");

Deno.test({
  name: "simulate() behaves the same in Node as in Deno",
  ignore: ELSEWHERE === undefined,
  fn: async () => expect(await hashOfSeeds()).toBe(Number(ELSEWHERE)),
});

Deno.test("simulate() behaves the same for the same seed, and differently for another one", async () => {
  const hash = async (seed: number) => (await simulate({ seed, ...sizeOf(seed) })).hash;
  expect(await hash(1)).toBe(await hash(1));
  expect(await hash(1)).not.toBe(await hash(2));
});
