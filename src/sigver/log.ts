/**
 * What a server tells of what it does: one event at a time, with fields that stay what they are.
 *
 * Groups, whose keys are secrets, and addresses, which are people's, are told by an alias.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";
import { type Alias, aliases } from "./alias.ts";

/**
 * How much an event matters: `error` needs somebody, `warn` may, `info` is about the server,
 * `debug` about each client.
 *
 * @example
 * ```ts
 * import { type LogLevel, Sigver } from "@netflux/netflux/sigver";
 *
 * const logLevel: LogLevel = "debug";
 * const sigver = new Sigver({ log: (event) => console.log(event), logLevel });
 * sigver.close();
 * ```
 */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** How much an event matters, the most first. */
export const LOG_LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/**
 * What happened; docs/SIGVER.md lists the events with their fields.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverEvent } from "@netflux/netflux/sigver";
 *
 * const log = ({ level, event, reason }: SigverEvent) => console.log(level, event, reason);
 * const sigver = new Sigver({ log });
 * sigver.close();
 * ```
 */
export interface SigverEvent {
  /** How much it matters. */
  readonly level: LogLevel;
  /** What happened, in one word. */
  readonly event: string;
  /** The client, by a number that no other has in this process. */
  readonly client?: number;
  /** The group, by an alias of 8 hexadecimal digits that is another one in each process. */
  readonly group?: string;
  /** Where somebody is: by an alias like the group's, unless addresses are shown. */
  readonly address?: string;
  /** The close code. */
  readonly code?: number;
  /** Why, for people. */
  readonly reason?: string;
  /** How many clients it is about. */
  readonly clients?: number;
  /** How long it took or takes. */
  readonly seconds?: number;
}

/**
 * Where a server's events go, and which.
 *
 * @example
 * ```ts
 * import { type LogOptions, Sigver } from "@netflux/netflux/sigver";
 *
 * const options: LogOptions = { log: (event) => console.log(JSON.stringify(event)) };
 * const sigver = new Sigver(options);
 * sigver.close();
 * ```
 */
export interface LogOptions {
  /** Is told each event; nobody, unless given. */
  readonly log?: ((event: SigverEvent) => void) | undefined;
  /** The least that is told; `info` unless given. */
  readonly logLevel?: LogLevel | undefined;
  /** Whether addresses are told as they are; by an alias unless given. */
  readonly logAddresses?: boolean | undefined;
}

/** Something to tell of, before its group and its address have their aliases. */
export type Fact = Omit<SigverEvent, "level" | "event">;

/** Tells a program what matters to it. */
export class Journal {
  readonly #log: (event: SigverEvent) => void;
  readonly #levels: ReadonlySet<LogLevel>;
  readonly #showsAddresses: boolean;
  readonly #alias: Alias;

  constructor({ log, logLevel = "info", logAddresses = false }: LogOptions, random: Random) {
    const least = LOG_LEVELS.indexOf(logLevel);
    if (least === -1) {
      const expected = LOG_LEVELS.join(", ");
      throw new TypeError(`Cannot log from ${JSON.stringify(logLevel)} on: ${expected} expected`);
    }
    this.#log = log ?? (() => {});
    this.#levels = new Set(log ? LOG_LEVELS.slice(0, least + 1) : []);
    this.#showsAddresses = logAddresses;
    this.#alias = aliases(random);
  }

  /** Tells of something, unless it matters too little; what it costs else is one look. */
  tell(level: LogLevel, event: string, fact: Fact = {}): void {
    if (!this.#levels.has(level)) return;
    const { group, address } = fact;
    this.#log({
      level,
      event,
      ...fact,
      ...(group === undefined ? {} : { group: this.#alias(group) }),
      ...(address === undefined || this.#showsAddresses ? {} : { address: this.#alias(address) }),
    });
  }
}
