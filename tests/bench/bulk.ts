import { compare } from "./compare.ts";
import { deliver } from "./deliver.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { bareOf, BROADCASTS, chosen, isSlow, PAIRS, type Setting } from "./settings.ts";
import type { Testbed } from "./testbed.ts";

const PAIR_BYTES = { slow: 12_000_000, fast: 32_000_000 };
const BROADCAST_BYTES = { slow: 3_000_000, fast: 8_000_000 };
/** The first data of a channel is slow in either direction. */
const WARM_UP_BYTES = 2_000_000;
const AT_LEAST = 0.9;
const AT_LEAST_SOCKET = 0.8;

export const bulk: Measurement = {
  name: "bulk",
  title: "bulk data",
  async run(testbed, plan, report) {
    for (const setting of chosen([...PAIRS, ...BROADCASTS], plan)) {
      const { rate } = await compare(
        setting,
        plan,
        ["rate"],
        async (contestant) => ({ rate: await measure(testbed, setting, contestant) }),
      );
      const against = bareOf(setting);
      const atLeast = against === "bare socket" ? AT_LEAST_SOCKET : AT_LEAST;
      report({
        name: setting.name,
        unit: "MB/s",
        samples: rate,
        goals: [{ against, atLeast }],
      });
    }
  },
};

async function measure(testbed: Testbed, setting: Setting, contestant: string): Promise<Sample> {
  const { runtimes } = setting;
  await using group = await testbed.gather(contestant, runtimes);
  const bytes = await group.sender.call("bulkBytes");
  const totals = runtimes.length > 2 ? BROADCAST_BYTES : PAIR_BYTES;
  const total = isSlow(setting) ? totals.slow : totals.fast;
  await deliver(group, Math.ceil(WARM_UP_BYTES / bytes), bytes);
  const { sent, received, faulty, durationMs } = await deliver(
    group,
    Math.ceil(total / bytes),
    bytes,
  );
  const arrived = received * bytes / (runtimes.length - 1);
  return { value: arrived / durationMs / 1e3, sent, received, faulty };
}
