// Selects test groups, runs them in parallel, and counts their tests.

import { type Group, type Need, requirementOf, type Tier } from "./test_groups.ts";

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

export interface Result extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

/** @throws {RangeError} There is no group with one of the names. */
export function selectGroups<Some extends Pick<Group, "name" | "tier">>(
  groups: readonly Some[],
  tiers: readonly Tier[],
  names: readonly string[],
): readonly Some[] {
  const unknown = names.filter((name) => !groups.some((group) => group.name === name));
  if (unknown.length > 0) {
    const known = groups.map(({ name }) => name).join(", ");
    throw new RangeError(`one of ${known} expected, ${unknown.join(", ")} given`);
  }
  if (names.length > 0) return groups.filter(({ name }) => names.includes(name));
  return groups.filter(({ tier }) => tiers.includes(tier));
}

export type Demands = Pick<Group, "needs" | "isExclusive">;

export function canStart(group: Demands, running: readonly Demands[]): boolean {
  if (running.length === 0) return true;
  if (group.isExclusive || running.some(({ isExclusive }) => isExclusive)) return false;
  const taken = new Set(running.flatMap(({ needs }) => needs.filter(isSingle)));
  return !group.needs.some((need) => taken.has(need));
}

function isSingle(need: Need): boolean {
  return requirementOf(need).isSingle === true;
}

/**
 * Runs groups in their order, up to `jobs` at the same time. Exclusive ones run last, alone.
 */
export async function runSideBySide<Some extends Demands>(
  groups: readonly Some[],
  jobs: number,
  run: (group: Some) => Promise<void>,
): Promise<void> {
  const waiting = [
    ...groups.filter(({ isExclusive }) => !isExclusive),
    ...groups.filter(({ isExclusive }) => isExclusive),
  ];
  const running = new Map<Some, Promise<void>>();
  while (waiting.length > 0 || running.size > 0) {
    const index = waiting.findIndex((group) => canStart(group, [...running.keys()]));
    if (index >= 0 && running.size < jobs) {
      const [group] = waiting.splice(index, 1) as [Some];
      running.set(group, run(group).finally(() => running.delete(group)));
    } else {
      await Promise.race(running.values());
    }
  }
}

/** Counts the tests in an output. A run that fails without a failed test counts as one failure. */
export function countTests(
  { isCounted }: Pick<Group, "isCounted">,
  success: boolean,
  output: string,
): Outcome {
  if (!isCounted) return success ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  // `deno test` separates the two by a bar, after steps; programs of this project use a comma.
  const lines = output.matchAll(/(\d+) passed(?:[^|\n]*\||,) (\d+) failed/g);
  const last = [...lines].at(-1);
  const [passed, failed] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)];
  return { passed, failed: success ? failed : Math.max(failed, 1) };
}

export function totalOf(outcomes: readonly Outcome[]): Outcome {
  const sum = (what: keyof Outcome) =>
    outcomes.reduce((total, outcome) => total + outcome[what], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

export function tableOf(results: readonly Result[]): readonly string[] {
  const rows = results.toSorted((one, other) => other.seconds - one.seconds).map((result) => [
    result.name,
    `${result.seconds.toFixed(1)} s`,
    String(result.passed),
    String(result.failed),
  ]);
  const table = [["group", "time", "passed", "failed"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map(([name = "", ...figures]) =>
    [
      name.padEnd(widths[0]!),
      ...figures.map((figure, index) => figure.padStart(widths[index + 1]!)),
    ].join("  ")
  );
}
