/**
 * What a scenario is, and the stage that it is played on.
 *
 * @module
 */

import { Company } from "./company.ts";

/** What was measured. */
export interface Findings {
  /** How long each newcomer took that came while something was wrong, or after. */
  readonly newcomersMs: readonly number[];
  /** How long it took until parts of a group were one again. */
  readonly mergeMs: number;
}

/** Something that goes wrong with several servers. */
export interface Scenario {
  readonly name: string;
  /** For the table. */
  readonly fault: string;
  /** For the table: what is measured as the merge. */
  readonly parts: string;
  readonly play: (stage: Stage) => Promise<Findings>;
}

/** Everything that a scenario starts ends with it, and all companies are judged. */
export class Stage implements AsyncDisposable {
  readonly stack = new AsyncDisposableStack();
  readonly #companies: Company[] = [];

  /** Keeps something until the end. */
  use<Value extends AsyncDisposable>(value: Value): Value {
    return this.stack.use(value);
  }

  /** A new group of nobody. */
  company(): Company {
    const company = this.use(new Company());
    this.#companies.push(company);
    return company;
  }

  /** A new group, with a member that came by each of some servers, in which all talk. */
  async talkers(servers: readonly string[]): Promise<Company> {
    const company = this.company();
    for (const server of servers) await company.arrive(server);
    await company.meet();
    company.talk();
    return company;
  }

  /** All that must not be. */
  async judge(): Promise<readonly string[]> {
    return (await Promise.all(this.#companies.map((company) => company.judge()))).flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

/** Waits; what is waited for shows nowhere. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
