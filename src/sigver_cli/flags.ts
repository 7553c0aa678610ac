/**
 * The flags of the program, one a line: the parser, the help and docs/SIGVER.md follow this table.
 *
 * @sansio
 * @module
 */

import { DRAIN_SECONDS_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../sigver/event_log.ts";
import { STUN_URL, TURN_URL } from "../sigver/ice.ts";
import { RELAY_MODES } from "../server/options.ts";
import { LIMITS, type SigverLimits } from "../sigver/limits.ts";

/** A flag of the command line, or its variable in the environment. */
export interface Flag<Value> {
  readonly purpose: string;
  /** Stands for the value in the help; a flag without takes none. */
  readonly placeholder?: string;
  /** The form of a value, for errors. */
  readonly expected: string;
  readonly fallback: Value;
  /** All values count, and not only the last. */
  readonly repeats?: true;
  /** Parses a value; returns `undefined` if it has another form. */
  readonly parse: (text: string) => unknown;
}

/** A limit that no client reaches is none. */
const LIMIT_MAX = 1_000_000_000;

const ANY_TEXT = { form: /./s, expected: "a text" };

export const FLAGS = {
  host: text("HOST", "address to listen at", "0.0.0.0"),
  port: integer("PORT", "port to listen at, 0 for any", 8000, 0, 65_535),
  key: text("FILE", "private key for TLS, PEM; read again on SIGHUP"),
  cert: text("FILE", "certificate chain for TLS, PEM; read again on SIGHUP"),
  relay: choice(
    RELAY_MODES,
    "when the server is a member of a group, and relays: where peers need it, in all, in none",
    "never",
  ),
  logFormat: choice(LOG_FORMATS, "form of the lines on standard error", "text"),
  logLevel: choice(LOG_LEVELS, "the least severe level that is logged", "info"),
  logAddresses: toggle("log addresses as they are, and not as pseudonyms"),
  drain: integer("SECONDS", "time to close all clients in", 3, 0, DRAIN_SECONDS_MAX),
  stunUrl: many(text("URL", "STUN server that peers use", undefined, STUN_URL)),
  turnUrl: many(text("URL", "TURN server that peers use", undefined, TURN_URL)),
  turnSecret: text("SECRET", "secret of the TURN servers, static-auth-secret of coturn"),
  turnSecretFile: text("FILE", "file with that secret, which other users cannot read then"),
  turnTtl: integer(
    "SECONDS",
    "lifetime of TURN passwords",
    TURN_TTL_S,
    TURN_TTL_S_MIN,
    TURN_TTL_S_MAX,
  ),
  nats: many(text("URL", "NATS that connects the servers, as nats://localhost:4222; none")),
  sharded: toggle("a load balancer distributes groups among servers without a bus"),
  reusePort: toggle("share the port with other processes (in Deno: --unstable-net)"),
  origin: many(text("ORIGIN", "origin whose pages are admitted, as https://app.example.org; any")),
  secret: text("SECRET", "secret of tokens (JWT, HS256); on the command line others see it"),
  jwks: text("URL", "public keys of tokens (JWKS), instead of a secret"),
  trustedProxy: many(text("ADDRESS", "proxy whose X-Forwarded-For is trusted, or 10.0.0.0/8")),
  ...limitFlags(),
};

/** The title of each section of the help, with its first flag. */
const TITLES: { readonly [Name in FlagName]?: string } = {
  host: "Where it listens",
  relay: "A member of groups",
  logFormat: "How it is operated",
  stunUrl: "STUN and TURN for peers",
  nats: "Several servers as one",
  origin: "Who may come in",
  sockets: "How much clients may do",
};

export type FlagName = keyof typeof FLAGS;

export type FlagValues = { readonly [Name in FlagName]: typeof FLAGS[Name]["fallback"] };

/** The flags with their names: `logFormat` is `--log-format` and `SIGVER_LOG_FORMAT`. */
export const NAMED_FLAGS = (Object.entries(FLAGS) as [FlagName, Flag<unknown>][])
  .map(([name, flag]) => {
    const { placeholder, purpose, repeats, fallback } = flag;
    const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return {
      ...flag,
      name,
      option,
      variable: `SIGVER_${option.replaceAll("-", "_").toUpperCase()}`,
      usage: placeholder === undefined ? `--${option}` : `--${option} ${placeholder}`,
      explanation: repeats ? `${purpose} (repeatable; with commas in the variable)` : purpose,
      /** The default as text; empty if there is none. */
      shownFallback: String(fallback || ""),
      /** The title of the section that it begins. */
      title: TITLES[name],
    };
  });

export type NamedFlag = typeof NAMED_FLAGS[number];

export function text<Fallback extends string | undefined = undefined>(
  placeholder: string,
  purpose: string,
  fallback?: Fallback,
  { form, expected } = ANY_TEXT,
): Flag<string | Fallback> {
  const parse = (value: string) => form.test(value) ? value : undefined;
  return { placeholder, purpose, expected, parse, fallback: fallback as Fallback };
}

export function integer(
  placeholder: string,
  purpose: string,
  fallback: number,
  min: number,
  max: number,
): Flag<number> {
  const parse = (value: string) => {
    const number = Number(value);
    return /^\d{1,16}$/.test(value) && number >= min && number <= max ? number : undefined;
  };
  return { placeholder, purpose, expected: `${min} to ${max}`, parse, fallback };
}

export function choice<const Word extends string>(
  words: readonly Word[],
  purpose: string,
  fallback: NoInfer<Word>,
): Flag<Word> {
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  const parse = (value: string) => words.find((word) => word === value);
  return { placeholder: words.join("|"), purpose, expected, parse, fallback };
}

/** False by default; true if the flag is given, or its variable is `true`. */
export function toggle(purpose: string): Flag<boolean> {
  const parse = (value: string) => value === "true" || (value === "false" ? false : undefined);
  return { purpose, expected: "true or false", parse, fallback: false };
}

/** Any number of values: the flag again, or commas in the variable. */
export function many<Value>(one: Flag<Value>): Flag<readonly NonNullable<Value>[]> {
  return { ...one, fallback: [], repeats: true };
}

function limitFlags(): Record<keyof SigverLimits, Flag<number>> {
  const flags = Object.entries(LIMITS).map(([name, [fallback, purpose]]) =>
    [name, integer("N", purpose, fallback, 1, LIMIT_MAX)] as const
  );
  return Object.fromEntries(flags) as Record<keyof SigverLimits, Flag<number>>;
}
