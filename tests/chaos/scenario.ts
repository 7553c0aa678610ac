import type { Participants } from "./participants.ts";
import type { Impact } from "./checker.ts";
import type { Testbed } from "./testbed.ts";

export type Need = "chromium" | "namespaces" | "filter";

export interface Scenario {
  readonly name: string;
  /** The fault and its target, for people. */
  readonly fault: string;
  readonly short?: true;
  readonly needs: readonly Need[];
  readonly participants: Participants;
  readonly impact: Impact;
  readonly begin: (testbed: Testbed) => Promise<unknown> | void;
  /** 0 for a permanent fault. */
  readonly lastsMs: number;
  readonly end?: (testbed: Testbed) => Promise<unknown> | void;
  /** The scenario fails if any member is declared dead. */
  readonly mustStay?: true;
}
