import type { Testbed } from "./testbed.ts";

/** The result of one group in one round. */
export interface Sample {
  /** In the unit of its row; `undefined` where it came to nothing. */
  readonly value: number | undefined;
  readonly sent?: number;
  readonly received?: number;
  /** Messages in the wrong order, twice, or not as they were sent. */
  readonly faulty?: number;
}

/** A goal of this library: relative to another contestant, or absolute. */
export interface Goal {
  readonly against?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One line of figures: what was measured, for each contestant. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Ours first. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly goals: readonly Goal[];
}

/** One thing that can be measured by its name. */
export interface Measurement {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Measures, and reports each row when it is complete. */
  run(testbed: Testbed, plan: Plan, tell: (row: Row) => void): Promise<void>;
}

/** How much to measure. */
export interface Plan {
  /** How often each contestant is measured. */
  readonly rounds: number;
  /** A part of the names of the selected settings; empty for all. */
  readonly where: string;
  /** Whether an earlier revision of this library is measured, too. */
  readonly hasEarlier?: boolean;
}
