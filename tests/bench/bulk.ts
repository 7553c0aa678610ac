/**
 * How much data goes through, to one member and to four.
 *
 * @module
 */

import { compare } from "./compare.ts";
import { deliver } from "./deliver.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { BROADCASTS, chosen, isSlow, PAIRS, type Setting } from "./settings.ts";
import type { Stage } from "./stage.ts";

const PAIR_BYTES = { slow: 12_000_000, fast: 32_000_000 };
const BROADCAST_BYTES = { slow: 3_000_000, fast: 8_000_000 };
/** The first data of a channel is slow, whoever sends it. */
const WARM_UP_BYTES = 2_000_000;
const AT_LEAST = 0.9;

/** MB/s at each receiver. */
export const bulk: Measurement = {
  name: "bulk",
  title: "bulk data",
  async run(stage, plan, tell) {
    for (const setting of chosen([...PAIRS, ...BROADCASTS], plan)) {
      const { rate } = await compare(
        setting,
        plan,
        ["rate"],
        async (contestant) => ({ rate: await play(stage, setting, contestant) }),
      );
      const bare = setting.contestants[1];
      const goals = bare === undefined ? [] : [{ against: bare, atLeast: AT_LEAST }];
      tell({ name: setting.name, unit: "MB/s", samples: rate, goals });
    }
  },
};

async function play(stage: Stage, setting: Setting, contestant: string): Promise<Sample> {
  const { places } = setting;
  await using crew = await stage.gather(contestant, places);
  const bytes = await crew.sender.call("bulkBytes");
  const totals = places.length > 2 ? BROADCAST_BYTES : PAIR_BYTES;
  const total = isSlow(setting) ? totals.slow : totals.fast;
  await deliver(crew, Math.ceil(WARM_UP_BYTES / bytes), bytes);
  const { sent, received, faulty, durationMs } = await deliver(
    crew,
    Math.ceil(total / bytes),
    bytes,
  );
  const arrived = received * bytes / (places.length - 1);
  return { value: arrived / durationMs / 1e3, sent, received, faulty };
}
