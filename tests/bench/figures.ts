import type { Goal, Row, Sample } from "./measurement.ts";

/** The smallest value that is not exceeded by `share` of all values; `undefined` without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function medianOf(samples: readonly Sample[] = []): number | undefined {
  return quantile(samples.flatMap(({ value }) => value === undefined ? [] : [value]), 0.5);
}

export interface Verdict {
  /** The name of the other contestant; `undefined` for an absolute goal. */
  readonly against: string | undefined;
  /** Of the medians: this library / the other one, or that of this library alone. */
  readonly ratio: number | undefined;
  /** Such as `≥ 0.9`; `undefined` without a goal. */
  readonly goal: string | undefined;
  readonly isMet: boolean | undefined;
}

/** Compares the first contestant, this library, with each other one and with the goals. */
export function verdictsOf({ samples, goals }: Row): Verdict[] {
  const [[, first] = [], ...others] = Object.entries(samples);
  const value = medianOf(first);
  const alone = goals.filter(({ against }) => against === undefined)
    .map((goal) => judge(undefined, value, goal));
  return [
    ...alone,
    ...others.map(([against, theirs]) => {
      const yardstick = medianOf(theirs);
      const ratio = value === undefined || yardstick === undefined ? undefined : value / yardstick;
      return judge(against, ratio, goals.find((goal) => goal.against === against));
    }),
  ];
}

function judge(against: string | undefined, ratio: number | undefined, goal?: Goal): Verdict {
  if (goal === undefined) return { against, ratio, goal: undefined, isMet: undefined };
  const { atLeast = -Infinity, atMost = Infinity } = goal;
  return {
    against,
    ratio,
    goal: goal.atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`,
    isMet: ratio === undefined ? undefined : ratio >= atLeast && ratio <= atMost,
  };
}

/** Lost, damaged and failed messages over all rounds; empty if there are none. */
export function problemsOf(samples: readonly Sample[]): string {
  const sum = (key: "sent" | "received" | "faulty") =>
    samples.reduce((total, sample) => total + (sample[key] ?? 0), 0);
  const failed = samples.filter(({ value }) => value === undefined).length;
  const [sent, received, faulty] = [sum("sent"), sum("received"), sum("faulty")];
  return [
    failed > 0 ? `failed ${failed} of ${samples.length}` : "",
    received < sent ? `delivered ${grouped(received)} of ${grouped(sent)}` : "",
    faulty > 0 ? `${grouped(faulty)} not in order` : "",
  ].filter((part) => part !== "").join(", ");
}

/** With three significant digits, or all digits before the point. */
export function shown(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100) return grouped(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
