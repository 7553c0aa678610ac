import { compare } from "./compare.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";
import { convergenceOf } from "./convergence.ts";
import type { Testbed } from "./testbed.ts";

const SIZES = [5, 8, 12];
/** Netflux 4 repairs its mesh every 20 s: it finds missed members only then. */
const DEADLINE_MS = 25_000;
const AT_MOST_NETFLUX4 = 0.5;
/** For all channels of the largest crowd. */
const AT_MOST_BARE = 1.3;

export const crowd: Measurement = {
  name: "crowd",
  title: "all join at once",
  async run(testbed, plan, report) {
    for (const setting of chosen(SIZES.map(settingOf), plan)) {
      const samples = await compare(
        setting,
        plan,
        ["members", "direct"],
        (contestant) => measure(testbed, setting, contestant),
      );
      const isLargest = setting.runtimes.length === Math.max(...SIZES);
      report({
        name: setting.name,
        unit: "ms",
        samples: samples.members,
        goals: [{ against: "netflux4", atMost: AT_MOST_NETFLUX4 }],
      });
      report({
        name: `${setting.name}, all channels`,
        unit: "ms",
        samples: samples.direct,
        goals: isLargest ? [{ against: "bare", atMost: AT_MOST_BARE }] : [],
      });
    }
  },
};

function settingOf(size: number): Setting {
  return {
    name: `Chromium, ${size} at once`,
    runtimes: Array(size).fill("Chromium"),
    contestants: ["netflux", "bare", "netflux4"],
    once: ["netflux4"],
  };
}

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
): Promise<Record<"members" | "direct", Sample>> {
  await using group = await testbed.open(contestant, runtimes);
  await Promise.all(
    group.players.map((player) => player.call("watch", runtimes.length - 1, DEADLINE_MS)),
  );
  const begun = await Promise.all(group.players.map((_, index) => group.join(index)));
  const { members, direct } = await convergenceOf(group.players, Math.min(...begun));
  return { members: { value: members }, direct: { value: direct } };
}
