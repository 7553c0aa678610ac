import { bulk } from "./bulk.ts";
import { channel } from "./channel.ts";
import { crowd } from "./crowd.ts";
import { join } from "./join.ts";
import { latency } from "./latency.ts";
import { loss } from "./loss.ts";
import type { Measurement } from "./measurement.ts";
import { small } from "./small.ts";
import { stream } from "./stream.ts";

export const MEASUREMENTS: readonly Measurement[] = [
  bulk,
  small,
  latency,
  channel,
  loss,
  stream,
  join,
  crowd,
];
