// Runs a seed, usually twice: no guarantee may be violated, and both runs must be the same.

import type { Fault } from "./faults.ts";
import { type RunOptions, simulate, sizeOf } from "./run.ts";
import type { Outcome, Task } from "./report.ts";

export async function runSeed(task: Task): Promise<Outcome> {
  const { seed } = task;
  try {
    const report = await simulate(optionsOf(task));
    const isSame = task.times === 1 || (await simulate(optionsOf(task))).hash === report.hash;
    if (isSame) return { seed, report, failure: undefined };
    const failure = "the same seed did something else the second time";
    return { seed, report: undefined, failure };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { seed, report: undefined, failure };
  }
}

/** By default, options follow from the seed. */
export function optionsOf(task: Task, faults?: readonly Fault[]): RunOptions {
  const { seed } = task;
  const size = sizeOf(seed);
  const { peers = size.peers, minutes = size.minutes } = task;
  return { seed, peers, minutes, ...(faults && { faults }) };
}
