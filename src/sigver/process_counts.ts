/**
 * What the process takes that the server runs in, told as Prometheus' own clients tell it.
 *
 * @module
 */

import process from "node:process";
import { metric } from "./counts.ts";

/** When the process began, in seconds since 1970: the same number in each answer. */
const STARTED_AT_S = Date.now() / 1000 - process.uptime();

/** For how long the process runs. */
export function uptimeS(): number {
  return process.uptime();
}

/** The text of the metrics of this process. */
export function exposeProcess(): string {
  const { user, system } = process.cpuUsage();
  return [
    metric("process_start_time_seconds", "gauge", "When the process began, since 1970.", [
      ["", STARTED_AT_S],
    ]),
    metric("process_cpu_seconds_total", "counter", "Time that processors worked for it.", [
      ["", (user + system) / 1e6],
    ]),
    metric("process_resident_memory_bytes", "gauge", "Memory that it holds.", [
      ["", process.memoryUsage().rss],
    ]),
  ].join("");
}
