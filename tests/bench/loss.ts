// Measures the age of the newest position of another member, over a link that loses packets.

import { findBrowser } from "../../scripts/browsers.ts";
import { installMissing } from "../../scripts/install_programs.ts";
import { lossMissing } from "../chaos/network.ts";
import { namespacesForbidden } from "../support/namespaces.ts";
import { compare } from "./compare.ts";
import { quantile } from "./figures.ts";
import { LossyTestbed } from "./lossy_testbed.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, type Setting } from "./settings.ts";

const LOSSES_PERCENT = [0, 1, 2, 5, 10] as const;
const DURATION_MS = 20_000;
const POSITION_BYTES = 100;
/** Time for the first position to open channels, for the loss to take effect, and after the end. */
const MARGIN_MS = 1_000;

const KINDS = ["p50", "p99"] as const;

const CONTESTANTS: readonly string[] = [
  "netflux latest",
  "netflux unreliable",
  "netflux",
  "bare",
  "bare unreliable",
];

interface LossSetting extends Setting {
  readonly percent: number;
}

const SETTINGS: readonly LossSetting[] = LOSSES_PERCENT.map((percent) => ({
  name: `Chromium ↔ Chromium, ${percent} % lost`,
  runtimes: ["Chromium", "Chromium"],
  contestants: CONTESTANTS,
  percent,
}));

export const loss: Measurement = {
  name: "loss",
  title: "age of positions, where packets are lost",
  async unavailable() {
    const forbidden = namespacesForbidden();
    if (forbidden !== undefined) return forbidden;
    if (findBrowser("chromium") === undefined) return "there is no Chromium";
    return await installMissing({ ip: "iproute2", nft: "nftables" }) ?? await lossMissing();
  },
  async run({ earlier }, plan, report) {
    const settings = chosen(SETTINGS, plan);
    if (settings.length === 0) return;
    await using testbed = await LossyTestbed.open(earlier);
    for (const setting of settings) {
      const samples = await compare(
        setting,
        plan,
        KINDS,
        (contestant) => measure(testbed, setting, contestant),
      );
      for (const kind of KINDS) {
        report({ name: `${setting.name}, ${kind}`, unit: "ms", samples: samples[kind], goals: [] });
      }
    }
  },
};

async function measure(
  testbed: LossyTestbed,
  { percent }: LossSetting,
  contestant: string,
): Promise<Record<typeof KINDS[number], Sample>> {
  // How long a join takes under loss is another question.
  await testbed.lose(0);
  await using group = await testbed.gather(contestant);
  const read = async () => {
    await pause(MARGIN_MS);
    await testbed.lose(percent);
    await pause(MARGIN_MS);
    return await group.playerAt(1).call("sampleAges", DURATION_MS);
  };
  const [, ages] = await Promise.all([
    group.sender.call("move", DURATION_MS + 3 * MARGIN_MS, POSITION_BYTES),
    read(),
  ]);
  return {
    "p50": { value: quantile(ages, 0.5) },
    "p99": { value: quantile(ages, 0.99) },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
