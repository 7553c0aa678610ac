/**
 * The flags of the program, one a line: the parser, the help and docs/SIGVER.md follow this table.
 *
 * The name of a flag gives its option and its variable: `logFormat` is `--log-format` and
 * `SIGVER_LOG_FORMAT`.
 *
 * @sansio
 * @module
 */

import { DRAIN_SECONDS_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./event_log.ts";
import { STUN_URL, TURN_URL } from "./ice.ts";
import { DEFAULT_LIMITS, type SigverLimits } from "./limits.ts";

/** A flag of the command line, or its variable in the environment. */
export interface Flag<Value> {
  readonly purpose: string;
  /** Stands for the value in the help; `undefined` if the flag takes none. */
  readonly placeholder: string | undefined;
  /** The form of a value, for errors. */
  readonly expected: string;
  readonly fallback: Value;
  /** Whether all values count, and not only the last. */
  readonly repeats: boolean;
  /** Parses a value; returns `undefined` if it has another form. */
  readonly parse: (text: string) => unknown;
}

const ANY_TEXT = { form: /./s, expected: "a text" };

/** The flags by name, in the sections of `--help`. */
export const FLAGS = {
  "Where it listens": {
    host: text("HOST", "address to listen at", "0.0.0.0"),
    port: integer("PORT", "port to listen at, 0 for any", 8000, { max: 65_535 }),
    key: text("FILE", "private key for TLS, PEM; read again on SIGHUP"),
    cert: text("FILE", "certificate chain for TLS, PEM; read again on SIGHUP"),
  },
  "How it is operated": {
    logFormat: choice(LOG_FORMATS, "form of the lines on standard error", "text"),
    logLevel: choice(LOG_LEVELS, "the least severe level that is logged", "info"),
    logAddresses: toggle("log addresses as they are, and not as pseudonyms"),
    drain: integer("SECONDS", "time to close all clients in before it stops", 3, {
      max: DRAIN_SECONDS_MAX,
    }),
  },
  "STUN and TURN for peers": {
    stunUrl: many(text("URL", "STUN server that peers use", undefined, STUN_URL)),
    turnUrl: many(text("URL", "TURN server that peers use", undefined, TURN_URL)),
    turnSecret: text("SECRET", "secret of the TURN servers, static-auth-secret of coturn"),
    turnSecretFile: text("FILE", "file with that secret, which other users cannot read then"),
    turnTtl: integer("SECONDS", "lifetime of a password for TURN", TURN_TTL_S, {
      min: TURN_TTL_S_MIN,
      max: TURN_TTL_S_MAX,
    }),
  },
  "Several servers as one": {
    nats: many(text("URL", "NATS that connects the servers, as nats://localhost:4222; none")),
    sharded: toggle("a load balancer distributes groups among servers without a bus"),
    reusePort: toggle(
      "share the port with other processes of this machine (in Deno: --unstable-net)",
    ),
  },
  "Who may come in": {
    origin: many(
      text("ORIGIN", "origin whose pages are admitted, as https://app.example.org; any"),
    ),
    secret: text("SECRET", "secret of tokens (JWT, HS256); on the command line others see it"),
    jwks: text("URL", "public keys of tokens (JWKS), instead of a secret"),
    trustedProxy: many(text("ADDRESS", "proxy whose X-Forwarded-For is trusted, or 10.0.0.0/8")),
  },
  "How much clients may do": limitFlags({
    sockets: "sockets at once",
    connectionsPerIp: "sockets of one address at once",
    connectionsPerIpPerSecond: "new sockets of one address a second, in the long run",
    connectionsPerIpBurst: "new sockets of one address in one instant",
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
    signalsPerPairing: "signals of a pairing in one direction",
    pairingBytes: "bytes of the signals of a pairing in one direction",
    pairingMs: "milliseconds for which a pairing passes signals",
  }),
} satisfies Readonly<Record<string, Readonly<Record<string, Flag<unknown>>>>>;

type Sections = typeof FLAGS;

/** The name of a flag. */
export type FlagName = { [Title in keyof Sections]: keyof Sections[Title] }[keyof Sections];

type ValueOf<Name> = {
  [Title in keyof Sections]: Name extends keyof Sections[Title]
    ? Sections[Title][Name] extends Flag<infer Value> ? Value : never
    : never;
}[keyof Sections];

/** The value of each flag. */
export type FlagValues = { readonly [Name in FlagName]: ValueOf<Name> };

/** A flag with its names. */
export interface NamedFlag extends Flag<unknown> {
  readonly name: FlagName;
  /** On the command line, without its two hyphens. */
  readonly option: string;
  /** In the environment. */
  readonly variable: string;
}

/** The sections of flags, in the order of the table. */
export const SECTIONS = Object.entries(FLAGS).map(([title, flags]) => ({
  title,
  flags: Object.entries(flags).map(([name, flag]): NamedFlag => {
    const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const variable = `SIGVER_${option.replaceAll("-", "_").toUpperCase()}`;
    return { ...flag, name: name as FlagName, option, variable };
  }),
}));

/** A text that is not empty, by default of any form. */
export function text<Fallback extends string | undefined = undefined>(
  placeholder: string,
  purpose: string,
  fallback?: Fallback,
  { form, expected }: { readonly form: RegExp; readonly expected: string } = ANY_TEXT,
): Flag<string | Fallback> {
  const parse = (value: string) => form.test(value) ? value : undefined;
  // It is of its type even if it is left out.
  return flag({ placeholder, purpose, expected, parse, fallback: fallback as Fallback });
}

/** An integer from `min` (0 by default) to `max`. */
export function integer(
  placeholder: string,
  purpose: string,
  fallback: number,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Flag<number> {
  const parse = (value: string) => {
    const number = Number(value);
    return /^\d{1,16}$/.test(value) && number >= min && number <= max ? number : undefined;
  };
  return flag({ placeholder, purpose, expected: `${min} to ${max}`, parse, fallback });
}

/** One of some words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  purpose: string,
  fallback: NoInfer<Word>,
): Flag<Word> {
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  const parse = (value: string) => words.find((word) => word === value);
  return flag({ placeholder: words.join("|"), purpose, expected, parse, fallback });
}

/** False by default; true if the flag is given, or its variable is `true`. */
export function toggle(purpose: string): Flag<boolean> {
  const parse = (value: string) => value === "true" || (value === "false" ? false : undefined);
  const expected = "true or false";
  return flag({ placeholder: undefined, purpose, expected, parse, fallback: false });
}

/** Any number of values: the flag again, or commas in the variable. */
export function many<Value>(one: Flag<Value>): Flag<readonly NonNullable<Value>[]> {
  return { ...one, fallback: [], repeats: true };
}

function flag<Value>(flag: Omit<Flag<Value>, "repeats">): Flag<Value> {
  return { ...flag, repeats: false };
}

function limitFlags(
  purposes: Readonly<Record<keyof SigverLimits, string>>,
): Readonly<Record<keyof SigverLimits, Flag<number>>> {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof SigverLimits)[];
  // A limit that no client reaches is none.
  const range = { min: 1, max: 1_000_000_000 };
  const flags = names.map((name) =>
    [name, integer("N", purposes[name], DEFAULT_LIMITS[name], range)] as const
  );
  // It has one flag for each name.
  return Object.fromEntries(flags) as Record<keyof SigverLimits, Flag<number>>;
}
