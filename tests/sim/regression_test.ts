import { expect } from "expect";
import { runSeed } from "./run_seed.ts";
import { regressionLine, regressionTasks } from "./regression_seeds.ts";

for (const task of regressionTasks(1)) {
  Deno.test(`simulate() holds with seed ${task.seed}, which failed once`, async () => {
    expect({ seed: task.seed, failure: (await runSeed(task)).failure })
      .toEqual({ seed: task.seed, failure: undefined });
  });
}

Deno.test("regressionLine() is an entry of REGRESSION_SEEDS with day and reason", () => {
  const failure = "G3: a message is lost\nat 12 s";
  expect(regressionLine({ seed: 7 }, failure, "2026-11-28"))
    .toBe("  { seed: 7 }, // 2026-11-28: G3: a message is lost");
  expect(regressionLine({ seed: 7, peers: 3, minutes: 0.5 }, failure, "2026-11-28"))
    .toBe("  { seed: 7, peers: 3, minutes: 0.5 }, // 2026-11-28: G3: a message is lost");
});
