import { compare } from "./compare.ts";
import { deliver } from "./deliver.ts";
import type { Goal, Measurement, Sample } from "./measurement.ts";
import { BROADCASTS, chosen, PAIRS, type Setting } from "./settings.ts";
import type { Testbed } from "./testbed.ts";

const BYTES = 100;
const PAIR_MESSAGES = 10_000;
const BROADCAST_MESSAGES = 4_000;
const WARM_UP_MESSAGES = 1_000;
const AT_LEAST = 5;

/** Messages per second at each receiver, and processor time for each message that arrived. */
export const small: Measurement = {
  name: "small",
  title: "small messages",
  async run(testbed, plan, report) {
    for (const setting of chosen([...PAIRS, ...BROADCASTS], plan)) {
      const samples = await compare(
        setting,
        plan,
        ["rate", "cost"],
        (contestant) => measure(testbed, setting, contestant),
      );
      const goals: Goal[] = setting.contestants.includes("netflux4")
        ? [{ against: "netflux4", atLeast: AT_LEAST }]
        : [];
      report({ name: setting.name, unit: "messages/s", samples: samples.rate, goals });
      report({ name: setting.name, unit: "µs of CPU a message", samples: samples.cost, goals: [] });
    }
  },
};

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
): Promise<Record<"rate" | "cost", Sample>> {
  await using group = await testbed.gather(contestant, runtimes);
  const receivers = runtimes.length - 1;
  await deliver(group, WARM_UP_MESSAGES, BYTES);
  const before = await group.cpu();
  const messages = receivers > 1 ? BROADCAST_MESSAGES : PAIR_MESSAGES;
  const { durationMs, ...rest } = await deliver(group, messages, BYTES);
  const used = await group.cpu() - before;
  return {
    rate: { value: rest.received / receivers / durationMs * 1e3, ...rest },
    cost: { value: used / rest.received },
  };
}
