// The flags of `sigver`. The parser, the help and docs/SIGVER.md are derived from this table.
// (commander accepts `--host --port` and empty variables, and does not support lists in variables.)
//
// @sansio

import { parseArgs, type ParseArgsConfig } from "node:util";
import { DRAIN_SECONDS_MAX } from "../base/limits.ts";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../base/sigver_limits.ts";
import { RELAY_MODES } from "../server/options.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../sigver/event_log.ts";
import { STUN_URL, TURN_URL } from "../sigver/ice.ts";
import { DEFAULT_LIMITS, LIMITS, type SigverLimits } from "../sigver/limits.ts";
import type { SigverOptions } from "../sigver/options.ts";

/** A command-line flag, which can also be set by an environment variable. */
export interface Flag<Value> {
  readonly purpose: string;
  /** The placeholder of the value in the help; a flag without it has no value. */
  readonly placeholder?: string;
  readonly expected: string;
  readonly fallback: Value;
  readonly repeats?: true;
  /** Parses a value; returns `undefined` if it has another form. */
  readonly parse: (text: string) => unknown;
}

/** The highest value of a limit flag, which no client reaches: it means no limit. */
const LIMIT_MAX = 1_000_000_000;
const TURN_TTL = [TURN_TTL_S, TURN_TTL_S_MIN, TURN_TTL_S_MAX] as const;
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
  logAddresses: toggle("log addresses, not their pseudonyms"),
  drain: integer("SECONDS", "time over which clients are disconnected", 3, 0, DRAIN_SECONDS_MAX),
  stunUrl: many(text("URL", "STUN server that peers use", undefined, STUN_URL)),
  turnUrl: many(text("URL", "TURN server that peers use", undefined, TURN_URL)),
  turnSecret: text("SECRET", "secret of the TURN servers, static-auth-secret of coturn"),
  turnSecretFile: text("FILE", "file with that secret, to keep it off the command line"),
  turnTtl: integer("SECONDS", "lifetime of TURN passwords", ...TURN_TTL),
  nats: many(text("URL", "NATS between the servers, such as nats://localhost:4222")),
  sharded: toggle("a load balancer distributes groups among servers without a bus"),
  reusePort: toggle("share the port with other processes (Node from 22.12; Deno: --unstable-net)"),
  origin: many(text("ORIGIN", "admit only pages of this origin, as https://app.example.org")),
  secret: text("SECRET", "secret of tokens (JWT, HS256); on the command line others see it"),
  jwks: text("URL", "public keys of tokens (JWKS), instead of a secret"),
  trustedProxy: many(text("ADDRESS", "proxy whose X-Forwarded-For is trusted, or 10.0.0.0/8")),
  ...limitFlags(),
};

/** The title of each section of the help, by the first flag of the section. */
const TITLES: { readonly [Name in FlagName]?: string } = {
  host: "Where it listens",
  relay: "A member of groups",
  logFormat: "How it is operated",
  stunUrl: "STUN and TURN for peers",
  nats: "Several servers as one",
  origin: "Access",
  sockets: "Limits for clients",
};

export type FlagName = keyof typeof FLAGS;

export type FlagValues = { readonly [Name in FlagName]: typeof FLAGS[Name]["fallback"] };

/** The flags with their names, such as `--log-format` and `SIGVER_LOG_FORMAT` for `logFormat`. */
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
      /** The default as text; empty without a default. */
      shownFallback: String(fallback || ""),
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

/** A flag that is false by default, and true if it is given or its variable is `true`. */
export function toggle(purpose: string): Flag<boolean> {
  const parse = (value: string) => value === "true" || (value === "false" ? false : undefined);
  return { purpose, expected: "true or false", parse, fallback: false };
}

/** A flag with any number of values: it is repeated, or its variable contains commas. */
export function many<Value>(one: Flag<Value>): Flag<readonly NonNullable<Value>[]> {
  return { ...one, fallback: [], repeats: true };
}

function limitFlags(): Record<keyof SigverLimits, Flag<number>> {
  const flags = Object.entries(LIMITS).map(([name, [fallback, purpose]]) =>
    [name, integer("N", purpose, fallback, 1, LIMIT_MAX)] as const
  );
  return Object.fromEntries(flags) as Record<keyof SigverLimits, Flag<number>>;
}

export type Arguments =
  | FlagValues & { readonly type: "listen" }
  | { readonly type: "help" | "version" };

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Parses arguments. A flag takes precedence over its variable.
 *
 * @throws {TypeError} An argument is invalid; the message explains it.
 */
export function parseArguments(args: readonly string[], env: EnvironmentVariables): Arguments {
  const given = new Map<NamedFlag, string[]>();
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") {
      throw misuse(token.kind === "positional" ? token.value : "--", "not an argument of sigver");
    }
    const { name: option, rawName, value, inlineValue } = token;
    const flag = NAMED_FLAGS.find((one) => one.option === option);
    const isQuestion = option === "help" || option === "version";
    if (!isQuestion && flag === undefined) {
      throw misuse(rawName, "unknown option, --help lists all");
    }
    if (flag?.placeholder === undefined) {
      if (value !== undefined) throw misuse(rawName, "it has no value");
    } else if (value === undefined || value === "" || (!inlineValue && value.startsWith("-"))) {
      throw misuse(rawName, "value missing");
    }
    if (isQuestion) return { type: option };
    if (flag) given.set(flag, [...given.get(flag) ?? [], value ?? "true"]);
  }
  const values = NAMED_FLAGS.map((flag) => {
    const texts = given.get(flag) ?? variableOf(flag, env);
    return [flag.name, parseFlag(flag.option, flag, texts)];
  });
  const flags = Object.fromEntries(values) as unknown as FlagValues;
  checkCombinations(flags);
  return { type: "listen", ...flags };
}

/** The options that have a value, or a short form. All others have neither. */
const OPTIONS: ParseArgsConfig["options"] = {
  help: { type: "boolean", short: "h" },
  ...Object.fromEntries(
    NAMED_FLAGS.filter(({ placeholder }) => placeholder !== undefined)
      .map(({ option }) => [option, { type: "string" }]),
  ),
};

/** Returns the values in an environment variable; an empty one counts as absent. */
function variableOf({ variable, repeats }: NamedFlag, env: EnvironmentVariables): string[] {
  const text = env[variable] ?? "";
  const texts = repeats ? text.split(",").map((one) => one.trim()) : [text];
  return texts.filter((one) => one !== "");
}

export function parseFlag(option: string, flag: Flag<unknown>, given: readonly string[]): unknown {
  const { expected, fallback, repeats, parse } = flag;
  if (given.length === 0) return fallback;
  const values = (repeats ? given : given.slice(-1)).map((text) => {
    const value = parse(text);
    if (value !== undefined) return value;
    const state = `${expected} expected, ${JSON.stringify(text)} given`;
    throw misuse(`the ${option.replaceAll("-", " ")}`, state);
  });
  return repeats ? values : values[0];
}

function checkCombinations(flags: FlagValues): void {
  const { key, cert, secret, jwks, turnUrl, turnSecret, turnSecretFile } = flags;
  const hasUrl = turnUrl.length > 0;
  const misuses: readonly (readonly [boolean, name: string, state: string])[] = [
    [!key && !!cert, "TLS", "--cert given without --key"],
    [!!key && !cert, "TLS", "--key given without --cert"],
    [!!secret && !!jwks, "tokens", "--secret given besides --jwks"],
    [!!turnSecret && !!turnSecretFile, "TURN", "--turn-secret given besides --turn-secret-file"],
    [hasUrl && !turnSecret && !turnSecretFile, "TURN", "--turn-url given without --turn-secret"],
    [!hasUrl && !!turnSecret, "TURN", "--turn-secret given without --turn-url"],
    [!hasUrl && !!turnSecretFile, "TURN", "--turn-secret-file given without --turn-url"],
  ];
  for (const [isMisuse, name, state] of misuses) if (isMisuse) throw misuse(name, state);
}

function misuse(name: string, state: string): TypeError {
  return new TypeError(`Cannot use ${name}: ${state}`);
}

/** Returns the options of the server, except those that need files or connections. */
export function sigverOptionsOf(args: FlagValues): Omit<SigverOptions, "admit"> {
  const { origin, secret, jwks, trustedProxy, logLevel, logAddresses, sharded } = args;
  const names = Object.keys(DEFAULT_LIMITS) as (keyof SigverLimits)[];
  return {
    logLevel,
    logAddresses,
    limits: Object.fromEntries(names.map((name) => [name, args[name]])),
    origins: origin.length > 0 ? origin : undefined,
    secret,
    jwks,
    trustedProxies: trustedProxy,
    sharded,
  };
}

export function helpText(): string {
  const flags = NAMED_FLAGS.map(({ usage, explanation, variable, shownFallback, title }) => {
    const names = shownFallback === "" ? variable : `${variable}; ${shownFallback}`;
    const entry = helpEntry(usage, `${explanation} (${names})`);
    return title === undefined ? entry : `\n${title}\n${entry}`;
  });
  return [INTRODUCTION, ...flags, OUTRO].join("");
}

const INTRODUCTION = `Sigver, the signaling server of Netflux

Usage: sigver [OPTION ...]

Introduces each newcomer to a member of its group. It prints the address that
it listens at, and logs on standard error. Each flag can be given by its
variable instead, which is named behind it, with the default.
`;

const OUTRO = `
Besides
  -h, --help            print this
  --version             print the version

Signals
  SIGTERM, SIGINT       closes all clients within --drain, and ends; twice: ends
                        at once
  SIGHUP                reads the key and the certificate again

Paths
  /KEY                  a WebSocket to it is a client of the group of that key
  /healthz, /readyz     whether it runs, and whether it accepts clients
  /metrics              for Prometheus
  /                     a page for people

Exit codes
  0                     it was stopped, or asked for help or its version
  2                     it was started the wrong way, or NATS refuses it: a line
                        says why

Examples
  sigver --port 8000
  sigver --port 443 --key key.pem --cert chain.pem --log-format json
  SIGVER_HOST=127.0.0.1 SIGVER_LOG_LEVEL=warn sigver

More: docs/SIGVER.md
`;

/** Formats a flag with its explanation, which begins on a new line if the flag is long. */
function helpEntry(head: string, text: string): string {
  const indent = " ".repeat(24);
  const lines = [`  ${head} `.padEnd(24)];
  if (head.length > 20) lines.push(indent);
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length > 80) lines.push(indent);
    lines.push(`${lines.pop()}${word} `);
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
