import type { Participants } from "./participants.ts";
import type { Impact } from "./checker.ts";
import type { Testbed } from "./testbed.ts";

/** The requirements on the machine. */
export type Need = "chromium" | "namespaces" | "filter";

/** One fault, and what it does. */
export interface Scenario {
  /** For the command line. */
  readonly name: string;
  /** For people: the fault and its target. */
  readonly fault: string;
  /** It is part of the short form. */
  readonly short?: true;
  readonly needs: readonly Need[];
  readonly participants: Participants;
  readonly impact: Impact;
  readonly begin: (testbed: Testbed) => Promise<unknown> | void;
  /** The duration; 0 for a permanent fault. */
  readonly lastsMs: number;
  readonly end?: (testbed: Testbed) => Promise<unknown> | void;
  /** No member may be declared dead; otherwise the scenario fails. */
  readonly mustStay?: true;
}
