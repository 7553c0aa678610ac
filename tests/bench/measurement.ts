import type { Testbed } from "./testbed.ts";

export interface Sample {
  /** In the unit of its row; `undefined` if the run had no result. */
  readonly value: number | undefined;
  readonly sent?: number;
  readonly received?: number;
  /** Messages out of order, duplicated or damaged. */
  readonly faulty?: number;
}

/** A goal of this library: relative to another contestant, or absolute. */
export interface Goal {
  readonly against?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** This library first. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly goals: readonly Goal[];
}

export interface Measurement {
  readonly name: string;
  readonly title: string;
  /** Installs missing programs if it can; returns why it cannot run here, if so. */
  unavailable?(): Promise<string | undefined>;
  run(testbed: Testbed, plan: Plan, report: (row: Row) => void): Promise<void>;
}

export interface Plan {
  /** Runs of each contestant. */
  readonly rounds: number;
  /** Selects settings by a part of their names; empty for all. */
  readonly where: string;
  readonly hasEarlier?: boolean;
  /** Aborts the run. */
  readonly signal?: AbortSignal;
}
