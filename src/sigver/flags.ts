/**
 * The flags of the program, one a line: everything else that tells of them is made of this table.
 *
 * A flag is written with hyphens on the command line, and as `SIGVER_` and capitals in the
 * environment: `logFormat` is `--log-format` and `SIGVER_LOG_FORMAT`.
 *
 * @module
 */

import { DRAIN_SECONDS_MAX } from "../base/limits.ts";
import { choice, type Flag, integer, many, matching, text, toggle } from "./flag.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import { STUN_URL, TURN_URL } from "./ice.ts";
import { DEFAULT_LIMITS, type SigverLimits } from "./limits.ts";
import { LOG_LEVELS } from "./log.ts";
import { LOG_FORMATS } from "./log_lines.ts";

const PORT_MAX = 65_535;

/** Whoever wants none can have one that nobody reaches. */
const LIMIT_MAX = 1_000_000_000;

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
  "Several servers as one": {
    nats: many(text("URL", "NATS by which servers are one, as nats://localhost:4222; none")),
    sharded: toggle("a balancer shares groups out among servers that do not know each other"),
    reusePort: toggle(
      "share the port with other processes of this machine (in Deno: --unstable-net)",
    ),
  },
  "Who may come in": {
    origin: many(text("ORIGIN", "origin whose pages may come in, as https://app.example.org; any")),
    secret: text("SECRET", "secret of the tokens that let in; on the command line others see it"),
    trustedProxy: many(text("ADDRESS", "proxy whose X-Forwarded-For is believed, or 10.0.0.0/8")),
  },
  "How much clients may do": limitFlags({
    sockets: "sockets at once",
    addressSockets: "sockets of one address at once",
    addressOpeningsPerSecond: "new sockets of one address a second, in the long run",
    addressOpeningsBurst: "new sockets of one address in one instant",
    addressMessagesPerSecond: "messages from one address a second, in the long run",
    addressMessagesBurst: "messages from one address in one instant",
    groupSockets: "sockets of one group at once",
    groupMembers: "members of one group at once",
    frameBytes: "bytes of a frame",
    messagesPerSecond: "messages of one socket a second, in the long run",
    messagesBurst: "messages of one socket in one instant",
    connectsPerSecond: "connects of one socket a second, in the long run",
    connectsBurst: "connects of one socket in one instant",
    queueBytes: "bytes that wait to be sent to one socket",
    handshakeMs: "milliseconds to the first connect of a socket",
    memberPairings: "newcomers that one member is paired with at once",
    pairingLetters: "letters of a pairing in one direction",
    pairingBytes: "bytes of the letters of a pairing in one direction",
    pairingMs: "milliseconds for which letters of a pairing pass",
  }),
} satisfies Readonly<Record<string, Readonly<Record<string, Flag<unknown>>>>>;

/** One for each limit, called as it is. */
function limitFlags(
  purposes: Readonly<Record<keyof SigverLimits, string>>,
): Readonly<Record<keyof SigverLimits, Flag<number>>> {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof SigverLimits)[];
  const flags = names.map((name) => {
    const range = { min: 1, max: LIMIT_MAX };
    return [name, integer("N", purposes[name], DEFAULT_LIMITS[name], range)];
  });
  // One flag for each name.
  return Object.fromEntries(flags) as Record<keyof SigverLimits, Flag<number>>;
}

type Sections = typeof FLAGS;

/** The name of a flag's property. */
export type FlagName = { [Title in keyof Sections]: keyof Sections[Title] }[keyof Sections];

type FlagOf<Name> = {
  [Title in keyof Sections]: Name extends keyof Sections[Title] ? Sections[Title][Name] : never;
}[keyof Sections];

/** The value of each flag. */
export type FlagValues = {
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
