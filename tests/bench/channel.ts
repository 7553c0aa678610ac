// Measures the age of the positions that a slow member handles: 60 arrive per second, and it takes
// 30 ms to draw one.

import { compare } from "./compare.ts";
import { quantile } from "./figures.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";
import type { Testbed } from "./testbed.ts";

const DURATION_MS = 5_000;
const HANDLING_MS = 30;
/** Time for messages in flight when the sender stops. */
const QUIET_MS = 500;
const AT_MOST_MS = 100;

const KINDS = ["p50", "p99", "a second"] as const;

const SETTINGS: readonly Setting[] = [
  { name: "Deno ↔ Deno", runtimes: ["Deno", "Deno"], contestants: ["netflux latest", "netflux"] },
  {
    name: "Chromium ↔ Chromium",
    runtimes: ["Chromium", "Chromium"],
    contestants: ["netflux latest", "netflux", "trystero", "socket.io volatile"],
  },
];

export const channel: Measurement = {
  name: "channel",
  title: "age of positions, where one takes 30 ms to draw",
  async run(testbed, plan, report) {
    for (const setting of chosen(SETTINGS, plan)) {
      const samples = await compare(
        setting,
        plan,
        KINDS,
        (contestant) => measure(testbed, setting, contestant),
      );
      for (const kind of KINDS) {
        report({
          name: `${setting.name}, ${kind}`,
          unit: kind === "a second" ? "/s" : "ms",
          samples: samples[kind],
          goals: kind === "p99" ? [{ atMost: AT_MOST_MS }] : [],
        });
      }
    }
  },
};

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
): Promise<Record<typeof KINDS[number], Sample>> {
  await using group = await testbed.gather(contestant, runtimes);
  const receiver = group.players[1]!;
  await group.sender.call("move", QUIET_MS);
  await receiver.call("handle", HANDLING_MS);
  await group.sender.call("move", DURATION_MS);
  const ages = await receiver.call("ages");
  await receiver.call("handle", 0);
  return {
    "p50": { value: quantile(ages, 0.5) },
    "p99": { value: quantile(ages, 0.99) },
    "a second": { value: ages.length / DURATION_MS * 1_000 },
  };
}
