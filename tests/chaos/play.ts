/**
 * Plays one scenario: all gather, the fault comes and goes, and what it did is judged.
 *
 * @module
 */

import { HEARTBEAT_INTERVAL_MS } from "../../src/base/limits.ts";
import { disagreementAt, judge, type Story, unfelt, type Verdict } from "./judge.ts";
import type { Member } from "./members.ts";
import type { Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";

/** All is well for so long at least before the fault comes. */
const WARM_UP_MS = 1_500;
/** Who does not heal in this time does not heal. */
const HEAL_DEADLINE_MS = 90_000;
/** What is well is watched for so long before it counts: a late harm has to be seen. */
const CALM_MS = 4_000;
/** A member that was silent is taken for gone after 12 s at the latest: so long is watched. */
const WATCH_MS = 14_000;
/** Who was heard so recently is heard now. */
const HEARD_MS = 1_500;

/** How a scenario went. */
export interface Outcome {
  readonly story: Story;
  readonly verdict: Verdict;
  /** Why it failed; nothing when it passed. */
  readonly failures: readonly string[];
}

/**
 * Plays a scenario; all that it started is ended then.
 *
 * @throws {Error} when it could not be played: that is a failure, too.
 */
export async function play(scenario: Scenario, signal: AbortSignal): Promise<Outcome> {
  const { cast, harm, lastsMs, mustStay } = scenario;
  await using stage = await Stage.open(cast, signal);
  await stage.gather();
  // A fault knows nothing of the heartbeats.
  await stage.pause(WARM_UP_MS + Math.random() * HEARTBEAT_INTERVAL_MS);
  const beganAt = Date.now();
  await scenario.begin(stage);
  if (lastsMs > 0) await stage.pause(lastsMs);
  await scenario.end?.(stage);
  const endedAt = lastsMs > 0 ? Date.now() : beganAt;
  if (cast.newcomer !== undefined) await stage.member(cast.newcomer).join();
  const survivors = stage.members.filter(({ name }) => !harm.ended?.includes(name));
  const story = (): Story => ({
    told: new Map(stage.members.map(({ name, diary }) => [name, diary.reports])),
    harm,
    beganAt,
    lastsMs,
    endedAt,
  });
  const isCalm = () =>
    Date.now() > beganAt + WATCH_MS && disagreementAt(story(), Infinity) === undefined &&
    hasBeenCalm(survivors, endedAt);
  await stage.wait(isCalm, HEAL_DEADLINE_MS);
  await stage.hush(survivors);
  const whole = story();
  const verdict = judge(whole);
  const failures = [...verdict.violations];
  if (verdict.healMs === undefined) failures.push(`not healed in ${HEAL_DEADLINE_MS / 1000} s`);
  const why = unfelt(whole);
  if (why !== undefined) failures.push(`the fault was none: ${why}`);
  if (mustStay && verdict.wrongLeaves > 0) failures.push("somebody was taken for gone");
  return { story: whole, verdict, failures };
}

/** Everyone has heard everyone of late, and nothing has changed for a while. */
function hasBeenCalm(members: readonly Member[], endedAt: number): boolean {
  const now = Date.now();
  return members.every(({ name, diary }) =>
    now - Math.max(diary.changedAt, endedAt) > CALM_MS &&
    members.every((other) => other.name === name || now - diary.heardAt(other.name) < HEARD_MS)
  );
}
