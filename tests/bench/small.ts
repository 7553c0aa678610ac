/**
 * How many small messages go through, to one member and to four, and what each costs.
 *
 * @module
 */

import { compare } from "./compare.ts";
import { deliver } from "./deliver.ts";
import type { Goal, Measurement, Sample } from "./measurement.ts";
import { BROADCASTS, chosen, PAIRS, type Setting } from "./settings.ts";
import type { Stage } from "./stage.ts";

const BYTES = 100;
const PAIR_MESSAGES = 10_000;
const BROADCAST_MESSAGES = 4_000;
const WARM_UP_MESSAGES = 1_000;
const AT_LEAST = 5;

/** Messages/s at each receiver, and the processors' time for each that arrived. */
export const small: Measurement = {
  name: "small",
  title: "small messages",
  async run(stage, plan, tell) {
    for (const setting of chosen([...PAIRS, ...BROADCASTS], plan)) {
      const samples = await compare(
        setting,
        plan,
        ["rate", "cost"],
        (contestant) => play(stage, setting, contestant),
      );
      const goals: Goal[] = setting.contestants.includes("netflux4")
        ? [{ against: "netflux4", atLeast: AT_LEAST }]
        : [];
      tell({ name: setting.name, unit: "messages/s", samples: samples.rate, goals });
      tell({ name: setting.name, unit: "µs of CPU a message", samples: samples.cost, goals: [] });
    }
  },
};

async function play(
  stage: Stage,
  { places }: Setting,
  contestant: string,
): Promise<Record<"rate" | "cost", Sample>> {
  await using crew = await stage.gather(contestant, places);
  const receivers = places.length - 1;
  await deliver(crew, WARM_UP_MESSAGES, BYTES);
  const before = await crew.cpu();
  const messages = receivers > 1 ? BROADCAST_MESSAGES : PAIR_MESSAGES;
  const { durationMs, ...rest } = await deliver(crew, messages, BYTES);
  const used = await crew.cpu() - before;
  return {
    rate: { value: rest.received / receivers / durationMs * 1e3, ...rest },
    cost: { value: used / rest.received },
  };
}
