/**
 * How long it takes until all see each other who join in the same instant.
 *
 * @module
 */

import { compare } from "./compare.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";
import { sightOf } from "./sight.ts";
import type { Stage } from "./stage.ts";

const SIZES = [5, 8, 12];
/** The original's repair comes every 20 s: who was not met after the first is not there yet. */
const DEADLINE_MS = 25_000;
const AT_MOST = 0.5;

/** All at once. */
export const crowd: Measurement = {
  name: "crowd",
  title: "all join at once",
  async run(stage, plan, tell) {
    for (const setting of chosen(SIZES.map(settingOf), plan)) {
      const samples = await compare(
        setting,
        plan,
        ["members", "direct"],
        (contestant) => play(stage, setting, contestant),
      );
      tell({
        name: setting.name,
        unit: "ms",
        samples: samples.members,
        goals: [{ against: "netflux4", atMost: AT_MOST }],
      });
      tell({
        name: `${setting.name}, all channels`,
        unit: "ms",
        samples: samples.direct,
        goals: [],
      });
    }
  },
};

function settingOf(size: number): Setting {
  return {
    name: `Chromium, ${size} at once`,
    places: Array(size).fill("Chromium"),
    contestants: ["netflux", "bare", "netflux4"],
    once: ["netflux4"],
  };
}

async function play(
  stage: Stage,
  { places }: Setting,
  contestant: string,
): Promise<Record<"members" | "direct", Sample>> {
  await using crew = await stage.open(contestant, places);
  await Promise.all(crew.seats.map((seat) => seat.call("watch", places.length - 1, DEADLINE_MS)));
  const begun = await Promise.all(crew.seats.map((_, index) => crew.join(index)));
  const { members, direct } = await sightOf(crew.seats, Math.min(...begun));
  return { members: { value: members }, direct: { value: direct } };
}
