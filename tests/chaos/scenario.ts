/**
 * What a scenario is: what is done to whom, for how long, and whom that takes from whom.
 *
 * @module
 */

import type { Participants } from "./participants.ts";
import type { Impact } from "./checker.ts";
import type { Testbed } from "./testbed.ts";

/** What a scenario needs of the machine. */
export type Need = "chromium" | "namespaces" | "filter";

/** One fault, and what it does. */
export interface Scenario {
  /** For the command line. */
  readonly name: string;
  /** For people: what is done to whom. */
  readonly fault: string;
  /** It is part of the short form. */
  readonly short?: true;
  readonly needs: readonly Need[];
  readonly participants: Participants;
  readonly impact: Impact;
  readonly begin: (testbed: Testbed) => Promise<unknown> | void;
  /** How long it lasts; 0 for what nobody can end. */
  readonly lastsMs: number;
  readonly end?: (testbed: Testbed) => Promise<unknown> | void;
  /** Nobody may be taken for gone: the scenario fails if somebody is. */
  readonly mustStay?: true;
}
