import { compare } from "./compare.ts";
import { deliver } from "./deliver.ts";
import type { Goal, Measurement, Sample } from "./measurement.ts";
import { bareOf, BROADCASTS, chosen, PAIRS, type Setting } from "./settings.ts";
import type { Testbed } from "./testbed.ts";

const BYTES = 100;
const PAIR_MESSAGES = 10_000;
const BROADCAST_MESSAGES = 4_000;
const WARM_UP_MESSAGES = 1_000;
const AT_LEAST_NETFLUX4 = 5;
const AT_LEAST_BARE = 0.9;
const AT_LEAST_SOCKET = 0.6;
/** In processes of Deno. */
const CPU_AT_MOST_US = 20;

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
      report({
        name: setting.name,
        unit: "messages/s",
        samples: samples.rate,
        goals: rateGoalsOf(setting),
      });
      report({
        name: setting.name,
        unit: "µs of CPU a message",
        samples: samples.cost,
        goals: isPairOfDeno(setting) ? [{ atMost: CPU_AT_MOST_US }] : [],
      });
    }
  },
};

function rateGoalsOf(setting: Setting): Goal[] {
  if (setting.contestants.includes("netflux4")) {
    return [{ against: "netflux4", atLeast: AT_LEAST_NETFLUX4 }];
  }
  if (!isPairOfDeno(setting)) return [];
  const against = bareOf(setting);
  return [{ against, atLeast: against === "bare socket" ? AT_LEAST_SOCKET : AT_LEAST_BARE }];
}

function isPairOfDeno({ runtimes }: Setting): boolean {
  return runtimes.join() === "Deno,Deno";
}

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
