import type { Fault } from "./faults.ts";
import type { RunReport } from "./run.ts";

/** `undefined` options follow from the seed. */
export interface Task {
  readonly seed: number;
  readonly peers: number | undefined;
  readonly minutes: number | undefined;
  /** A second run has to behave the same. */
  readonly times: 1 | 2;
}

export interface Outcome {
  readonly seed: number;
  readonly report: RunReport | undefined;
  readonly failure: string | undefined;
}

export function summarize(
  outcomes: readonly Outcome[],
  times: Task["times"],
  tookMs: number,
): readonly string[] {
  const reports = outcomes.flatMap(({ report }) => report ?? []);
  const sum = (what: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + what(report), 0);
  const healed = reports.map(({ healedMs }) => healedMs).sort((a, b) => a - b);
  const healedAt = (part: number) => (healed[Math.floor(part * (healed.length - 1))] ?? 0) / 1000;
  const hash = reports.reduce((all, { hash }) => (Math.imul(all, 31) + hash) >>> 0, 7);
  const events = times * sum(({ eventCount }) => eventCount);
  const mildHours = sum(({ mildMemberMs }) => mildMemberMs) / 3_600_000;
  const faults = reports.map((report) => report.faults.length).sort((a, b) => a - b);
  return [
    `${reports.length} of ${outcomes.length} seeds hold${
      times === 2 ? ", each twice the same" : ""
    }; ` +
    `hash of all ${hash.toString(16).padStart(8, "0")}`,
    `${(sum(({ simulatedMs }) => simulatedMs) / 3_600_000).toFixed(1)} simulated hours, ` +
    `${events} events in ${(tookMs / 1000).toFixed(1)} s: ` +
    `${Math.round(events / (tookMs / 1000))} a second`,
    `${sum(({ delivered }) => delivered)} messages and ` +
    `${sum(({ streamed }) => streamed)} streams arrived; ` +
    `no member was declared dead in ${mildHours.toFixed(1)} mild member-hours`,
    `one group after the last fault: median ${healedAt(0.5)} s, 99 % ${healedAt(0.99)} s, ` +
    `slowest ${healedAt(1)} s`,
    `faults a run: median ${faults[faults.length >> 1] ?? 0}, fewest ${faults[0] ?? 0}; ` +
    countKinds(reports.flatMap((report) => report.faults)),
  ];
}

function countKinds(faults: readonly Fault[]): string {
  const kinds = new Map<string, number>();
  for (const { type } of faults) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  return [...kinds].sort().map(([kind, count]) => `${kind} ${count}`).join(", ");
}

export function showFault({ atMs, type, ...rest }: Fault): string {
  return `${(atMs / 1000).toFixed(3).padStart(9)} s  ${type} ${JSON.stringify(rest)}`;
}
