import { compare } from "./compare.ts";
import type { Goal, Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";
import { convergenceOf } from "./convergence.ts";
import type { Testbed } from "./testbed.ts";

const DEADLINE_MS = 10_000;
const AT_MOST_BARE = 1.3;
const AT_MOST_NETFLUX4 = 0.5;

const SIZES: Readonly<Record<"Deno" | "Chromium", readonly number[]>> = {
  Deno: [2, 5],
  Chromium: [2, 5, 12],
};

const SETTINGS: readonly Setting[] = [
  { name: "Deno", runtimes: Array(5).fill("Deno"), contestants: ["netflux", "bare"] },
  {
    name: "Chromium",
    runtimes: Array(12).fill("Chromium"),
    contestants: ["netflux", "bare", "netflux4"],
  },
];

export const join: Measurement = {
  name: "join",
  title: "join of one more",
  async run(testbed, plan, report) {
    for (const setting of chosen(SETTINGS, plan)) {
      const sizes = SIZES[setting.name === "Deno" ? "Deno" : "Chromium"];
      const kinds = sizes.flatMap((size) => [`${size}`, `${size} direct`]);
      const samples = await compare(
        setting,
        plan,
        kinds,
        (one) => measure(testbed, setting, one, sizes),
      );
      for (const size of sizes) {
        const name = `${setting.name}, the ${size === 2 ? "2nd" : `${size}th`} member`;
        report({
          name,
          unit: "ms",
          samples: samples[`${size}`] ?? {},
          goals: goalsOf(setting, size),
        });
        report({
          name: `${name}, all channels`,
          unit: "ms",
          samples: samples[`${size} direct`] ?? {},
          goals: [],
        });
      }
    }
  },
};

function goalsOf({ contestants }: Setting, size: number): Goal[] {
  if (size === 2) return [{ against: "bare", atMost: AT_MOST_BARE }];
  if (size === 12 && contestants.includes("netflux4")) {
    return [{ against: "netflux4", atMost: AT_MOST_NETFLUX4 }];
  }
  return [];
}

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
  sizes: readonly number[],
): Promise<Record<string, Sample>> {
  await using group = await testbed.open(contestant, runtimes);
  const samples: Record<string, Sample> = {};
  for (const index of runtimes.keys()) {
    const there = group.players.slice(0, index + 1);
    await Promise.all(there.map((player) => player.call("watch", index, DEADLINE_MS)));
    const begun = await group.join(index);
    const { members, direct } = await convergenceOf(there, begun);
    if (!sizes.includes(index + 1)) continue;
    samples[`${index + 1}`] = { value: members };
    samples[`${index + 1} direct`] = { value: direct };
  }
  return samples;
}
