import { HEARTBEAT_INTERVAL_MS } from "../../src/base/limits.ts";
import {
  checkHistory,
  disagreementAt,
  type History,
  missingEffect,
  type Verdict,
} from "./checker.ts";
import type { Member } from "./members.ts";
import type { Scenario } from "./scenario.ts";
import { Testbed } from "./testbed.ts";

const WARM_UP_MS = 1_500;
/** Recovery takes no longer. */
const HEAL_DEADLINE_MS = 90_000;
/** Stability for this time rules out late effects. */
const STABLE_MS = 4_000;
/** A silent member is declared dead after 12 s at the latest. */
const WATCH_MS = 14_000;
/** A member counts as connected if a message arrived within this time. */
const HEARD_MS = 1_500;

export interface Outcome {
  readonly history: History;
  readonly verdict: Verdict;
  readonly failures: readonly string[];
}

/**
 * Releases everything that it started.
 * @throws {Error} The scenario could not be run, which counts as a failure.
 */
export async function runScenario(scenario: Scenario, signal: AbortSignal): Promise<Outcome> {
  const { participants, impact, lastsMs, mustStay } = scenario;
  await using testbed = await Testbed.open(participants, signal);
  await testbed.joinAll();
  // The fault is not aligned with heartbeats.
  await testbed.pause(WARM_UP_MS + Math.random() * HEARTBEAT_INTERVAL_MS);
  const beganAt = Date.now();
  await scenario.begin(testbed);
  if (lastsMs > 0) await testbed.pause(lastsMs);
  await scenario.end?.(testbed);
  const endedAt = lastsMs > 0 ? Date.now() : beganAt;
  if (participants.newcomer !== undefined) await testbed.member(participants.newcomer).join();
  const survivors = testbed.members.filter(({ name }) => !impact.ended?.includes(name));
  const history = (): History => ({
    reportsOf: new Map(testbed.members.map(({ name, eventLog }) => [name, eventLog.reports])),
    impact,
    beganAt,
    lastsMs,
    endedAt,
  });
  const isStable = () =>
    Date.now() > beganAt + WATCH_MS && disagreementAt(history(), Infinity) === undefined &&
    hasBeenStable(survivors, endedAt);
  await testbed.wait(isStable, HEAL_DEADLINE_MS);
  await testbed.stopTraffic(survivors);
  const whole = history();
  const verdict = checkHistory(whole);
  const failures = [...verdict.violations];
  if (verdict.healMs === undefined) failures.push(`not healed in ${HEAL_DEADLINE_MS / 1000} s`);
  const why = missingEffect(whole);
  if (why !== undefined) failures.push(`the fault was none: ${why}`);
  if (mustStay && verdict.wrongLeaves > 0) failures.push("a member was declared dead");
  return { history: whole, verdict, failures };
}

/** All have received from all lately, and nothing has changed for a while. */
function hasBeenStable(members: readonly Member[], endedAt: number): boolean {
  const now = Date.now();
  return members.every(({ name, eventLog }) =>
    now - Math.max(eventLog.changedAt, endedAt) > STABLE_MS &&
    members.every((other) => other.name === name || now - eventLog.heardAt(other.name) < HEARD_MS)
  );
}
