import { expect } from "expect";
import { testFiles } from "../../scripts/test_groups.ts";
import { fc } from "../support/fast_check.ts";
import { repeatable, repeatError, SEED } from "../support/seed.ts";

const FILE = "file:///somewhere/tests/wire/fuzz_test.ts";

async function thrownBy(body: () => unknown): Promise<Error> {
  try {
    await body();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("an error expected, none thrown");
}

Deno.test("repeatable() adds the command that repeats a test to its error", async () => {
  const cause = new Error("lost a frame");
  const error = await thrownBy(repeatable(FILE, () => Promise.reject(cause)));
  expect(error.message)
    .toBe(`lost a frame\n\nRepeat with: SEED=${SEED} deno test -A tests/wire/fuzz_test.ts`);
  expect(error.cause).toBe(cause);
});

Deno.test("repeatError() names all settings of a run", () => {
  expect(repeatError(FILE, "lost", { SEED: 7, CASES: 1 }).message)
    .toBe("lost\n\nRepeat with: SEED=7 CASES=1 deno test -A tests/wire/fuzz_test.ts");
});

const small = fc.property(fc.nat(), (value) => value < 1_000);

Deno.test("fc.assert() prints how to repeat a property, and its counterexample", async () => {
  const { message } = await thrownBy(() => fc.assert(small, { seed: 5 }));
  const command = "deno test -A tests/scripts/seed_test.ts";
  expect(message).toContain("Counterexample: [1000]");
  expect(message).toContain(`Repeat with: SEED=5 ${command}\n`);
  expect(message).toMatch(new RegExp(`SEED=5 SEED_PATH=[0-9:]+ ${command} --filter "NAME"`));
});

Deno.test("fc.assert() finds the same counterexample first with its seed and path", async () => {
  const { message } = await thrownBy(() => fc.assert(small, { seed: 5 }));
  const [, path = ""] = /SEED_PATH=([0-9:]+)/.exec(message) ?? [];
  const again = await thrownBy(() => fc.assert(small, { seed: 5, path, endOnFailure: true }));
  expect(again.message).toContain("Property failed after 1 tests");
  expect(again.message).toContain("Counterexample: [1000]");
});

Deno.test("all tests import fast-check and the seed from tests/support", async () => {
  const files = await testFiles();
  const direct: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(file);
    const draws = /^import .* from "fast-check"|SEED.*(Date\.now|Math\.random)\(\)/m;
    if (draws.test(text)) direct.push(file);
  }
  expect(direct).toEqual([]);
});
