// The metrics of the process in which a server runs.

import process from "node:process";
import { counter, gauge } from "./metrics.ts";

/** Seconds since 1970, computed once so that all replies have the same number. */
const STARTED_AT_S = Date.now() / 1000 - process.uptime();

export function uptimeS(): number {
  return process.uptime();
}

export function exposeProcess(): string {
  const { user, system } = process.cpuUsage();
  return [
    gauge("process_start_time_seconds", "Start of the process, since 1970.", STARTED_AT_S),
    counter("process_cpu_seconds_total", "Processor time.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Memory.", process.memoryUsage().rss),
  ].join("");
}
