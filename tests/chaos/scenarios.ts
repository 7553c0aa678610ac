import { NETWORK_SCENARIOS } from "./network_scenarios.ts";
import { PAGE_SCENARIOS } from "./page_scenarios.ts";
import { PROCESS_SCENARIOS } from "./process_scenarios.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...PROCESS_SCENARIOS,
  ...NETWORK_SCENARIOS,
  ...PAGE_SCENARIOS,
];
