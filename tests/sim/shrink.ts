// Shortens the faults of a failing run (delta debugging: Zeller, 2002).

import type { Fault } from "./faults.ts";
import { planOf, simulate } from "./run.ts";
import { optionsOf } from "./run_seed.ts";
import type { Task } from "./report.ts";

/** The faults that the failure needs: leaves out halves first, then single ones. */
export async function shrink(task: Task): Promise<readonly Fault[]> {
  let { faults } = planOf(optionsOf(task));
  for (let size = faults.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < faults.length;) {
      const fewer = [...faults.slice(0, at), ...faults.slice(at + size)];
      if (await fails(task, fewer)) faults = fewer;
      else at += size;
    }
  }
  return faults;
}

async function fails(task: Task, faults: readonly Fault[]): Promise<boolean> {
  try {
    await simulate(optionsOf(task, faults));
    return false;
  } catch {
    // Any failure counts, even with another message.
    return true;
  }
}
