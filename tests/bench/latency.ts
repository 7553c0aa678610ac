/**
 * How long a small message takes there and back, in peace and while bulk data goes the same way.
 *
 * @module
 */

import { compare } from "./compare.ts";
import { quantile } from "./figures.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, PAIRS, type Setting } from "./settings.ts";
import type { Stage } from "./stage.ts";

const IDLE_MS = 1_500;
const BULK_MS = 2_000;
const AT_MOST = 5;

const KINDS = ["idle p50", "idle p99", "under bulk p50", "under bulk p99", "times"] as const;

/** Round trips. */
export const latency: Measurement = {
  name: "latency",
  title: "round trip of a small message",
  async run(stage, plan, tell) {
    for (const setting of chosen(PAIRS, plan)) {
      const samples = await compare(
        setting,
        plan,
        KINDS,
        (contestant) => play(stage, setting, contestant),
      );
      for (const kind of KINDS) {
        const isRatio = kind === "times";
        tell({
          name: `${setting.name}, ${isRatio ? "p99 under bulk / p99 idle" : kind}`,
          unit: isRatio ? "times" : "ms",
          samples: samples[kind],
          goals: isRatio ? [{ atMost: AT_MOST }] : [],
        });
      }
    }
  },
};

async function play(
  stage: Stage,
  { places }: Setting,
  contestant: string,
): Promise<Record<typeof KINDS[number], Sample>> {
  await using crew = await stage.gather(contestant, places);
  const asker = crew.sender;
  await asker.call("ping", IDLE_MS / 3, false);
  const idle = await asker.call("ping", IDLE_MS, false);
  const bulk = await asker.call("ping", BULK_MS, true);
  const sampleOf = ({ times, unanswered }: typeof idle, share: number): Sample => ({
    value: quantile(times, share),
    sent: times.length + unanswered,
    received: times.length,
  });
  const [p99, p99Idle] = [quantile(bulk.times, 0.99), quantile(idle.times, 0.99)];
  return {
    "idle p50": sampleOf(idle, 0.5),
    "idle p99": sampleOf(idle, 0.99),
    "under bulk p50": sampleOf(bulk, 0.5),
    "under bulk p99": sampleOf(bulk, 0.99),
    "times": { value: p99 === undefined || p99Idle === undefined ? undefined : p99 / p99Idle },
  };
}
