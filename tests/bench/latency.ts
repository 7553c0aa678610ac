import { compare } from "./compare.ts";
import { quantile } from "./figures.ts";
import type { Goal, Measurement, Sample } from "./measurement.ts";
import type { Pings } from "./player.ts";
import { bareOf, chosen, PAIRS, type Setting } from "./settings.ts";
import type { Testbed } from "./testbed.ts";

const DURATION_MS = 1_000;
/** No message overtakes another: a ping waits for the whole message before it. */
const BULK = { "under 16 kB messages": 16_000, "under 1 MB messages": 1_000_000 };
const IDLE_AT_MOST = 1.3;
const LOADED_AT_MOST = 5;

const KINDS = [
  "idle, p50",
  "idle, p99",
  "under 16 kB messages, p50",
  "under 16 kB messages, p99",
  "under 1 MB messages, p50",
  "under 1 MB messages, p99",
  "times",
] as const;

const SETTINGS: readonly Setting[] = PAIRS.map((setting) => ({
  ...setting,
  contestants: setting.contestants.slice(0, 3),
}));

export const latency: Measurement = {
  name: "latency",
  title: "round trip of a small message",
  async run(testbed, plan, report) {
    for (const setting of chosen(SETTINGS, plan)) {
      const samples = await compare(
        setting,
        plan,
        KINDS,
        (contestant) => measure(testbed, setting, contestant),
      );
      const goals: Partial<Record<typeof KINDS[number], Goal>> = {
        "idle, p50": { against: bareOf(setting), atMost: IDLE_AT_MOST },
        "times": { atMost: LOADED_AT_MOST },
      };
      for (const kind of KINDS) {
        const isRatio = kind === "times";
        const goal = goals[kind];
        report({
          name: `${setting.name}, ${isRatio ? "p99 under 16 kB messages / p99 idle" : kind}`,
          unit: isRatio ? "times" : "ms",
          samples: samples[kind],
          goals: goal === undefined ? [] : [goal],
        });
      }
    }
  },
};

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
): Promise<Partial<Record<typeof KINDS[number], Sample>>> {
  await using group = await testbed.gather(contestant, runtimes);
  await group.sender.call("ping", DURATION_MS / 3);
  const idle = await group.sender.call("ping", DURATION_MS);
  const frames = await group.sender.call("ping", DURATION_MS, BULK["under 16 kB messages"]);
  // Bare channels accept no large messages.
  const whole = contestant.startsWith("bare")
    ? undefined
    : await group.sender.call("ping", DURATION_MS, BULK["under 1 MB messages"]);
  const [p99, p99Idle] = [quantile(frames.times, 0.99), quantile(idle.times, 0.99)];
  return {
    "idle, p50": sampleOf(idle, 0.5),
    "idle, p99": sampleOf(idle, 0.99),
    "under 16 kB messages, p50": sampleOf(frames, 0.5),
    "under 16 kB messages, p99": sampleOf(frames, 0.99),
    ...(whole !== undefined && {
      "under 1 MB messages, p50": sampleOf(whole, 0.5),
      "under 1 MB messages, p99": sampleOf(whole, 0.99),
    }),
    "times": { value: p99 === undefined || p99Idle === undefined ? undefined : p99 / p99Idle },
  };
}

function sampleOf({ times, unanswered }: Pings, share: number): Sample {
  return {
    value: quantile(times, share),
    sent: times.length + unanswered,
    received: times.length,
  };
}
