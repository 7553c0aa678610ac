/**
 * What a measurement is, and what it gives.
 *
 * @module
 */

import type { Testbed } from "./testbed.ts";

/** What one group, in one round, had to show. */
export interface Sample {
  /** In the unit of its row; `undefined` where it came to nothing. */
  readonly value: number | undefined;
  readonly sent?: number;
  readonly received?: number;
  /** Messages in the wrong order, twice, or not as they were sent. */
  readonly faulty?: number;
}

/** What is wanted of ours: beside another one, or by itself. */
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
  /** Measures, and tells each row when it is complete. */
  run(testbed: Testbed, plan: Plan, tell: (row: Row) => void): Promise<void>;
}

/** How much to measure. */
export interface Plan {
  /** How often each contestant is measured. */
  readonly rounds: number;
  /** What the name of a setting has to have in it; empty for all settings. */
  readonly where: string;
  /** Whether an earlier revision of ours is measured, too. */
  readonly hasEarlier?: boolean;
}
