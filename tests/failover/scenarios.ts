import { NATS_RESTARTED } from "./nats_restarted.ts";
import { NODE_KILLED } from "./node_killed.ts";
import { LINK_CUT, LINK_SILENT } from "./node_split.ts";
import type { Scenario } from "./scenario.ts";
import { RELAY_KILLED, RELAY_KILLED_NATS } from "./relay_killed.ts";
import { SHARDS } from "./shards.ts";
import { SHARED_PORT } from "./shared_port.ts";

export const SCENARIOS: readonly Scenario[] = [
  NODE_KILLED,
  NATS_RESTARTED,
  LINK_CUT,
  LINK_SILENT,
  SHARDS,
  SHARED_PORT,
  RELAY_KILLED,
  RELAY_KILLED_NATS,
];
