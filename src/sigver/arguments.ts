/**
 * What the command line and the environment ask of the server.
 *
 * @sansio
 * @module
 */

import { parseArgs } from "node:util";
import type { Given } from "./flag.ts";
import { type FlagName, type FlagValues, type NamedFlag, SECTIONS } from "./flags.ts";
import { DEFAULT_LIMITS, type SigverLimits } from "./limits.ts";
import type { SigverOptions } from "./options.ts";

/** Files for TLS: the private key, and the certificate with its chain, in PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** TURN servers, with their secret or the file that it is in. */
export interface TurnArguments {
  readonly urls: readonly string[];
  readonly secret: { readonly text: string } | { readonly file: string };
  readonly ttlS: number;
}

/** The flags that make no sense alone. */
type Halves = keyof TlsFiles | "turnUrl" | "turnSecret" | "turnSecretFile" | "turnTtl";

/** To listen, and how: every flag's value, those together that belong together. */
export interface ListenArguments extends Omit<FlagValues, Halves> {
  readonly type: "listen";
  /** Without them peers are told of no TURN server. */
  readonly turn: TurnArguments | undefined;
  /** Without them connections are not encrypted. */
  readonly tls: TlsFiles | undefined;
}

/** What was asked for. */
export type Arguments =
  | ListenArguments
  | { readonly type: "help" }
  | { readonly type: "version" }
  | Misuse;

/** The arguments cannot be used. */
interface Misuse {
  readonly type: "misuse";
  readonly reason: string;
}

/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Reads arguments: a flag counts more than its variable, and that more than the default. */
export function parseArguments(args: readonly string[], env: EnvironmentVariables): Arguments {
  const given = new Map<FlagName, Given>();
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") {
      return misuse(token.kind === "positional" ? token.value : "--", "not an argument of sigver");
    }
    const { name: option, rawName, value, inlineValue } = token;
    const named = BY_OPTION.get(option);
    const isQuestion = option === "help" || option === "version";
    if (!isQuestion && named === undefined) return misuse(rawName, "unknown option");
    if (named?.flag.placeholder === undefined) {
      if (value !== undefined) return misuse(rawName, "it takes no value");
    } else if (value === undefined || value === "" || (!inlineValue && value.startsWith("-"))) {
      return misuse(rawName, "value missing");
    }
    if (isQuestion) return { type: option };
    if (named) given.set(named.name, [...given.get(named.name) ?? [], value ?? "true"]);
  }
  return judge((flag) => given.get(flag.name) ?? inEnvironment(flag, env));
}

const BY_OPTION: ReadonlyMap<string, NamedFlag> = new Map(
  SECTIONS.flatMap(({ flags }) => flags.map((named) => [named.option, named])),
);

const OPTIONS: Readonly<Record<string, { readonly type: "boolean" | "string" }>> = Object
  .fromEntries([
    ["help", { type: "boolean" }],
    ["version", { type: "boolean" }],
    ...[...BY_OPTION].map(([option, { flag }]) => [
      option,
      { type: flag.placeholder === undefined ? "boolean" : "string" },
    ]),
  ]);

/** An empty variable says nothing. */
function inEnvironment(
  { variable, flag }: NamedFlag,
  env: EnvironmentVariables,
): Given | undefined {
  const text = env[variable] ?? "";
  const texts = flag.repeats ? text.split(",").map((one) => one.trim()) : [text];
  const [first, ...more] = texts.filter((one) => one !== "");
  return first === undefined ? undefined : [first, ...more];
}

function judge(givenTo: (flag: NamedFlag) => Given | undefined): Arguments {
  const values: Partial<Record<FlagName, unknown>> = {};
  for (const named of BY_OPTION.values()) {
    const { name, option, flag } = named;
    const given = givenTo(named);
    const reading = given === undefined ? { value: flag.fallback } : flag.read(given);
    if ("misfit" in reading) {
      const { expected } = flag;
      const state = `${expected} expected, ${JSON.stringify(reading.misfit)} given`;
      return misuse(`the ${option.replaceAll("-", " ")}`, state);
    }
    values[name] = reading.value;
  }
  // Each flag of the table has given its value above.
  return judgeTogether(values as FlagValues);
}

/** What no flag can judge alone. */
function judgeTogether({ key, cert, ...settings }: FlagValues): Arguments {
  if (key === undefined && cert !== undefined) return misuse("TLS", "--cert given without --key");
  if (key !== undefined && cert === undefined) return misuse("TLS", "--key given without --cert");
  const tls = key === undefined || cert === undefined ? undefined : { key, cert };
  const { turnUrl, turnSecret, turnSecretFile, turnTtl, ...rest } = settings;
  const turn = turnOf(turnUrl, turnSecret, turnSecretFile, turnTtl);
  if (turn !== undefined && "type" in turn) return turn;
  return { type: "listen", ...rest, tls, turn };
}

function turnOf(
  urls: readonly string[],
  text: string | undefined,
  file: string | undefined,
  ttlS: number,
): TurnArguments | Misuse | undefined {
  if (text !== undefined && file !== undefined) {
    return misuse("TURN", "--turn-secret given besides --turn-secret-file");
  }
  const flag = file === undefined ? "--turn-secret" : "--turn-secret-file";
  const secret = text === undefined ? file === undefined ? undefined : { file } : { text };
  if (secret === undefined) {
    return urls.length === 0 ? undefined : misuse("TURN", `--turn-url given without ${flag}`);
  }
  return urls.length === 0
    ? misuse("TURN", `${flag} given without --turn-url`)
    : { urls, secret, ttlS };
}

/** What a server is to be told, apart from what it hears others by. */
export function sigverOptionsOf(asked: ListenArguments): SigverOptions {
  const { origin, secret, trustedProxy, logLevel, logAddresses, sharded } = asked;
  return {
    logLevel,
    logAddresses,
    limits: Object.fromEntries(
      Object.keys(DEFAULT_LIMITS).map((name) => [name, asked[name as keyof SigverLimits]]),
    ),
    ...(origin.length > 0 ? { origins: origin } : {}),
    ...(secret === undefined ? {} : { secret }),
    trustedProxies: trustedProxy,
    sharded,
  };
}

function misuse(what: string, state: string): Misuse {
  return { type: "misuse", reason: `Cannot use ${what}: ${state}` };
}
