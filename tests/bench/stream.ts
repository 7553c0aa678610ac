// Measures a long stream between two processes: speed, and memory on both sides, also with a reader
// that pauses. Bare channels send messages instead.

import { compare } from "./compare.ts";
import type { Measurement, Sample } from "./measurement.ts";
import { chosen, PAIRS, type Setting } from "./settings.ts";
import type { MemberGroup, Testbed } from "./testbed.ts";

const BYTES = 1_000_000_000;
/** The first data makes a process grow permanently. */
const WARM_UP_BYTES = 50_000_000;
const REST_MS = 2_000;
const LOOK_EVERY_MS = 50;
const QUIET_MS = 8_000;

const UNITS = {
  "rate": "MB/s",
  "growth of the writer": "MB",
  "growth of the reader": "MB",
  "growth of the writer, reader at rest": "MB",
  "growth of the reader, at rest": "MB",
} as const;

type Kind = keyof typeof UNITS;

const KINDS = Object.keys(UNITS) as Kind[];

/** Only processes report their memory. */
const SETTINGS: readonly Setting[] = PAIRS.filter(({ runtimes }) => !runtimes.includes("Chromium"));

/** 1 GB takes long enough for a single round. */
export const stream: Measurement = {
  name: "stream",
  title: "a stream of 1 GB",
  async run(testbed, plan, report) {
    for (const setting of chosen(SETTINGS, plan)) {
      const samples = await compare(
        setting,
        { ...plan, rounds: 1 },
        KINDS,
        (contestant) => measure(testbed, setting, contestant),
      );
      for (const kind of KINDS) {
        const name = `${setting.name}, ${kind}`;
        report({ name, unit: UNITS[kind], samples: samples[kind], goals: [] });
      }
    }
  },
};

async function measure(
  testbed: Testbed,
  { runtimes }: Setting,
  contestant: string,
): Promise<Partial<Record<Kind, Sample>>> {
  await using group = await testbed.gather(contestant, runtimes);
  await pour(group, WARM_UP_BYTES);
  const { rate, writer, reader } = await pour(group, BYTES);
  const all = { rate, "growth of the writer": writer, "growth of the reader": reader };
  // Without streams there is no backpressure by the reader.
  if (contestant.startsWith("bare")) return all;
  await group.playerAt(1).call("rest", REST_MS);
  const resting = await pour(group, WARM_UP_BYTES);
  return {
    ...all,
    "growth of the writer, reader at rest": resting.writer,
    "growth of the reader, at rest": resting.reader,
  };
}

interface Outcome {
  readonly rate: Sample;
  readonly writer: Sample;
  readonly reader: Sample;
}

async function pour(
  { sender, players: [, reader = sender] }: MemberGroup,
  bytes: number,
): Promise<Outcome> {
  await Promise.all([sender.growth(), reader.growth()]);
  const { bytes: before } = await reader.call("poured");
  const begun = await sender.call("pour", bytes);
  let [came, last = begun] = [0, begun];
  while (came < bytes && Date.now() - last < REST_MS + QUIET_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const poured = await reader.call("poured");
    came = poured.bytes - before;
    last = Math.max(begun, poured.last ?? begun);
  }
  const [ofWriter, ofReader] = await Promise.all([sender.growth(), reader.growth()]);
  const isWhole = came >= bytes;
  return {
    rate: { value: isWhole ? came / (last - begun) / 1e3 : undefined },
    writer: { value: ofWriter / 1e6 },
    reader: { value: ofReader / 1e6 },
  };
}
