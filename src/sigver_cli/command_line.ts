/**
 * Parses the command line and the environment, and prints the help.
 *
 * It uses `parseArgs` of node:util: commander accepts `--host --port` and empty variables, and has
 * no lists in variables.
 *
 * @sansio
 * @module
 */

import { parseArgs } from "node:util";
import { type Flag, type FlagValues, NAMED_FLAGS, type NamedFlag } from "./flags.ts";
import { DEFAULT_LIMITS, type SigverLimits } from "../sigver/limits.ts";
import type { SigverOptions } from "../sigver/options.ts";

/** The parsed arguments: the value of each flag, or a question. */
export type Arguments =
  | FlagValues & { readonly type: "listen" }
  | { readonly type: "help" | "version" };

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * Parses arguments. A flag takes precedence over its variable.
 *
 * @throws {TypeError} They cannot be used; the message says why.
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
    if (!isQuestion && flag === undefined) throw misuse(rawName, "unknown option");
    if (flag?.placeholder === undefined) {
      if (value !== undefined) throw misuse(rawName, "it takes no value");
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

const OPTIONS: Readonly<Record<string, { readonly type: "boolean" | "string" }>> = {
  help: { type: "boolean" },
  version: { type: "boolean" },
  ...Object.fromEntries(NAMED_FLAGS.map(({ option, placeholder }) => [
    option,
    { type: placeholder === undefined ? "boolean" : "string" },
  ])),
};

/** An empty variable counts as absent. */
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

/** The options of the server, without the parts that need files or connections. */
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
  --help                print this
  --version             print the version

Signals
  SIGTERM, SIGINT       closes all clients within --drain, and ends; twice: ends
                        at once
  SIGHUP                reads the key and the certificate again

Paths
  /KEY                  a WebSocket to it is a client of the group of that key
  /healthz, /readyz     whether it runs, and whether it takes clients
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

/** A flag, and beside it, or below if it is long, its lines of explanation. */
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
