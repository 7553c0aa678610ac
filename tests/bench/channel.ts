/**
 * How old the positions of others are that a slow member sees: it takes 30 ms to draw one of 60 a
 * second.
 *
 * @module
 */

import { compare } from "./compare.ts";
import { quantile } from "./figures.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";
import type { Stage } from "./stage.ts";

const DURATION_MS = 5_000;
const HANDLING_MS = 30;
/** What is under way when the sender stops. */
const QUIET_MS = 500;
const AT_MOST_MS = 100;

const KINDS = ["p50", "p99", "a second"] as const;

const SETTINGS: readonly Setting[] = [
  { name: "Deno ↔ Deno", places: ["Deno", "Deno"], contestants: ["netflux latest", "netflux"] },
  {
    name: "Chromium ↔ Chromium",
    places: ["Chromium", "Chromium"],
    contestants: ["netflux latest", "netflux", "trystero"],
  },
];

/** Positions, as values of which only the latest counts and as messages. */
export const channel: Measurement = {
  name: "channel",
  title: "age of positions, where one takes 30 ms to draw",
  async run(stage, plan, tell) {
    for (const setting of chosen(SETTINGS, plan)) {
      const samples = await compare(
        setting,
        plan,
        KINDS,
        (contestant) => play(stage, setting, contestant),
      );
      for (const kind of KINDS) {
        tell({
          name: `${setting.name}, ${kind}`,
          unit: kind === "a second" ? "/s" : "ms",
          samples: samples[kind],
          goals: kind === "p99" ? [{ atMost: AT_MOST_MS }] : [],
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
  const receiver = crew.seats[1]!;
  await crew.sender.call("move", QUIET_MS);
  await receiver.call("handle", HANDLING_MS);
  await crew.sender.call("move", DURATION_MS);
  const ages = await receiver.call("ages");
  await receiver.call("handle", 0);
  return {
    "p50": { value: quantile(ages, 0.5) },
    "p99": { value: quantile(ages, 0.99) },
    "a second": { value: ages.length / DURATION_MS * 1_000 },
  };
}
