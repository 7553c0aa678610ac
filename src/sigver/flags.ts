/**
 * The flags of the program, one a line: everything else that tells of them is made of this table.
 *
 * A flag is written with hyphens on the command line, and as `SIGVER_` and capitals in the
 * environment: `logFormat` is `--log-format` and `SIGVER_LOG_FORMAT`.
 *
 * @module
 */

import { DRAIN_SECONDS_MAX, TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/limits.ts";
import { choice, type Flag, integer, many, matching, text, toggle } from "./flag.ts";
import { STUN_URL, TURN_URL } from "./ice.ts";
import { LOG_LEVELS } from "./log.ts";
import { LOG_FORMATS } from "./log_lines.ts";

const PORT_MAX = 65_535;

/** The flags by the name of their property, in sections as `--help` prints them. */
export const FLAGS = {
  "Where it listens": {
    host: text("HOST", "address to listen at", "0.0.0.0"),
    port: integer("PORT", "port to listen at, 0 for any", 8000, { max: PORT_MAX }),
    key: text("FILE", "private key for TLS, PEM; read again on SIGHUP"),
    cert: text("FILE", "certificate chain for TLS, PEM; read again on SIGHUP"),
  },
  "How it is operated": {
    logFormat: choice(LOG_FORMATS, "form of the lines on standard error", "text"),
    logLevel: choice(LOG_LEVELS, "the least that is logged", "info"),
    logAddresses: toggle("log addresses as they are, and not by an alias"),
    drain: integer("SECONDS", "time to send clients away in before it stops", 3, {
      max: DRAIN_SECONDS_MAX,
    }),
  },
  "STUN and TURN for peers": {
    stunUrl: many(matching("URL", "STUN server that peers use", STUN_URL.expected, STUN_URL.form)),
    turnUrl: many(matching("URL", "TURN server that peers use", TURN_URL.expected, TURN_URL.form)),
    turnSecret: text("SECRET", "secret of the TURN servers, static-auth-secret of coturn"),
    turnSecretFile: text("FILE", "file with that secret, which other users cannot read then"),
    turnTtl: integer("SECONDS", "time that a password for TURN is good for", TURN_TTL_S, {
      min: TURN_TTL_S_MIN,
      max: TURN_TTL_S_MAX,
    }),
  },
} satisfies Readonly<Record<string, Readonly<Record<string, Flag<unknown>>>>>;

type Sections = typeof FLAGS;

/** The name of a flag's property. */
export type FlagName = { [Title in keyof Sections]: keyof Sections[Title] }[keyof Sections];

type FlagOf<Name> = {
  [Title in keyof Sections]: Name extends keyof Sections[Title] ? Sections[Title][Name] : never;
}[keyof Sections];

/** The value of each flag. */
export type Settings = {
  readonly [Name in FlagName]: FlagOf<Name> extends Flag<infer Value> ? Value : never;
};

/** A flag, with what it is called. */
export interface NamedFlag {
  readonly name: FlagName;
  /** On the command line, without its two hyphens. */
  readonly option: string;
  /** In the environment. */
  readonly variable: string;
  readonly flag: Flag<unknown>;
}

/** A section of flags, in the order of the table. */
export interface Section {
  readonly title: string;
  readonly flags: readonly NamedFlag[];
}

/** All sections, in the order of the table. */
export const SECTIONS: readonly Section[] = Object.entries(FLAGS).map(([title, flags]) => ({
  title,
  flags: Object.entries(flags).map(([name, flag]) => named(name as FlagName, flag)),
}));

function named(name: FlagName, flag: Flag<unknown>): NamedFlag {
  const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const variable = `SIGVER_${option.replaceAll("-", "_").toUpperCase()}`;
  return { name, option, variable, flag };
}
