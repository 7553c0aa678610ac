// The event log of a server. Keys of groups are secrets and addresses are personal data, so the log
// contains pseudonyms of both.

import { unusable } from "../base/describe_value.ts";
import { hmacSha256 } from "../base/hmac_sha256.ts";
import type { Random } from "../base/ids.ts";

/**
 * The severity of an event: `error` needs an operator, `warn` may need one, `info` concerns the
 * server, `debug` each client.
 *
 * @example
 * ```ts
 * import { type LogLevel, Sigver } from "@netflux/netflux/sigver";
 *
 * const logLevel: LogLevel = "debug";
 * new Sigver({ log: (event) => console.log(event), logLevel }).close();
 * ```
 */
export type LogLevel = "error" | "warn" | "info" | "debug";

export const LOG_LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/**
 * An event of the log; docs/SIGVER.md lists all events with their fields.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverEvent } from "@netflux/netflux/sigver";
 *
 * const log = ({ level, event, reason }: SigverEvent) => console.log(level, event, reason);
 * new Sigver({ log }).close();
 * ```
 */
export interface SigverEvent {
  /** The severity. */
  readonly level: LogLevel;
  /** The name of the event. */
  readonly event: string;
  /** The number of the client, unique in this process. */
  readonly client?: number;
  /** A pseudonym of the group: 8 hexadecimal digits, different in each process. */
  readonly group?: string;
  /** An address, by default a pseudonym like that of a group. */
  readonly address?: string;
  /** The close code. */
  readonly code?: number;
  /** The reason, for people. */
  readonly reason?: string;
  /** The number of clients. */
  readonly clients?: number;
  /** The duration in seconds. */
  readonly seconds?: number;
}

/**
 * Which events are logged, and where.
 *
 * @example
 * ```ts
 * import { type LogOptions, Sigver } from "@netflux/netflux/sigver";
 *
 * const options: LogOptions = { log: (event) => console.log(JSON.stringify(event)) };
 * new Sigver(options).close();
 * ```
 */
export interface LogOptions {
  /** Called with each event; without it nothing is logged. */
  readonly log?: ((event: SigverEvent) => void) | undefined;
  /** The least severe level that is logged; `info` by default. */
  readonly logLevel?: LogLevel | undefined;
  /** Whether to log addresses in clear, not as pseudonyms; false by default. */
  readonly logAddresses?: boolean | undefined;
}

export class EventLog {
  readonly #log: (event: SigverEvent) => void;
  readonly #levels: ReadonlySet<LogLevel>;
  readonly #showsAddresses: boolean;
  readonly #secret: string;
  readonly #report: (error: unknown) => void;

  /** Errors of the callback are passed to `report`; that event is not logged. */
  constructor(
    { log, logLevel = "info", logAddresses = false }: LogOptions,
    random: Random,
    report: (error: unknown) => void = () => {},
  ) {
    const least = LOG_LEVELS.indexOf(logLevel);
    if (least === -1) throw unusable(logLevel, "logLevel", LOG_LEVELS.join(", "));
    this.#log = log ?? (() => {});
    this.#report = report;
    this.#levels = new Set(log ? LOG_LEVELS.slice(0, least + 1) : []);
    this.#showsAddresses = logAddresses;
    this.#secret = Array.from({ length: 4 }, () => random.uint32()).join();
  }

  write(level: LogLevel, event: string, fields: Omit<SigverEvent, "level" | "event"> = {}): void {
    if (!this.#levels.has(level)) return;
    const { group, address } = fields;
    const hidesAddress = address !== undefined && !this.#showsAddresses;
    const line = {
      level,
      event,
      ...fields,
      ...(group !== undefined && { group: this.#pseudonym(group) }),
      ...(hidesAddress && { address: this.#pseudonym(address) }),
    };
    try {
      this.#log(line);
    } catch (error) {
      this.#report(error);
    }
  }

  /** Hashes a text with a secret, so that the log cannot confirm a guessed key. */
  #pseudonym(text: string): string {
    return hmacSha256(this.#secret, text).slice(0, 8);
  }
}

export const LOG_FORMATS = ["text", "json"] as const;

/** Formats an event as a line: `2027-01-31T12:00:00.000Z info closed client=7 code=4743`. */
export function formatEvent(
  format: typeof LOG_FORMATS[number],
  timestamp: string,
  { level, event, ...fields }: SigverEvent,
): string {
  if (format === "json") return `${quoted({ ts: timestamp, level, event, ...fields })}\n`;
  const quote = (text: string) => /^[\w.:/@+-]+$/.test(text) ? text : quoted(text);
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quote(String(value))}`);
  return `${[timestamp, level, event, ...words].join(" ")}\n`;
}

/** Characters that terminals may interpret (ISO 6429, C1), and that JSON does not escape. */
const INVISIBLE = /[\x7f-\x9f\u2028\u2029]/g;

function quoted(value: unknown): string {
  return JSON.stringify(value).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
