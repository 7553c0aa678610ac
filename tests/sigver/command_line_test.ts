import { expect } from "expect";
import {
  type Arguments,
  type EnvironmentVariables,
  type FlagValues,
  parseArguments,
  sigverOptionsOf,
} from "../../src/sigver_cli/command_line.ts";
import { DEFAULT_LIMITS } from "../../src/sigver/limits.ts";

/** Other flags are not compared. */
type Expected =
  | { readonly misuse: string }
  | Partial<FlagValues> & Pick<Arguments, "type">;

interface Row {
  readonly args: string;
  readonly env?: EnvironmentVariables;
  readonly then: Expected;
}

function listen(host = "0.0.0.0", port = 8000, tls?: { key: string; cert: string }): Expected {
  return { type: "listen", host, port, key: tls?.key, cert: tls?.cert };
}

function turn(
  urls: readonly string[],
  secret: { readonly text: string } | { readonly file: string },
  ttlS = 86_400,
): Expected {
  const [turnSecret, turnSecretFile] = "text" in secret
    ? [secret.text, undefined]
    : [undefined, secret.file];
  return { type: "listen", turnUrl: urls, turnSecret, turnSecretFile, turnTtl: ttlS };
}

function unknown(option: string): Expected {
  return misuse(`Cannot use ${option}: unknown option, --help lists all`);
}

function misuse(reason: string): Expected {
  return { misuse: reason };
}

const TLS = { key: "k.pem", cert: "c.pem" };

const ROWS: readonly Row[] = [
  { args: "", then: listen() },
  { args: "--host ::1 --port 0", then: listen("::1", 0) },
  { args: "--host=::1 --port=65535", then: listen("::1", 65_535) },
  { args: "--port 1 --port 2", then: listen("0.0.0.0", 2) },
  { args: "--key k.pem --cert c.pem", then: listen("0.0.0.0", 8000, TLS) },
  { args: "", env: { SIGVER_HOST: "h", SIGVER_PORT: "9" }, then: listen("h", 9) },
  { args: "--port 7", env: { SIGVER_HOST: "h", SIGVER_PORT: "9" }, then: listen("h", 7) },
  { args: "", env: { SIGVER_HOST: "", SIGVER_PORT: "", SIGVER_KEY: "" }, then: listen() },
  { args: "--port 7", env: { SIGVER_PORT: "nonsense" }, then: listen("0.0.0.0", 7) },
  {
    args: "--key k.pem",
    env: { SIGVER_CERT: "c.pem", SIGVER_KEY: "other" },
    then: listen("0.0.0.0", 8000, TLS),
  },
  { args: "--help", then: { type: "help" } },
  { args: "-h", then: { type: "help" } },
  { args: "--version", then: { type: "version" } },
  { args: "--port 1 --help", then: { type: "help" } },
  { args: "--bogus", then: unknown("--bogus") },
  { args: "--bogus=1 --help", then: unknown("--bogus") },
  { args: "-p 1", then: unknown("-p") },
  { args: "--constructor 1", then: unknown("--constructor") },
  { args: "--__proto__=1", then: unknown("--__proto__") },
  { args: "8000", then: misuse("Cannot use 8000: not an argument of sigver") },
  { args: "-- 8000", then: misuse("Cannot use --: not an argument of sigver") },
  { args: "--help=no", then: misuse("Cannot use --help: it has no value") },
  { args: "--port", then: misuse("Cannot use --port: value missing") },
  { args: "--port=", then: misuse("Cannot use --port: value missing") },
  { args: "--host --port 1", then: misuse("Cannot use --host: value missing") },
  ...["65536", "http", "1e3", "8000.0", "+1", "999999"].map((port) => ({
    args: `--port ${port}`,
    then: misuse(`Cannot use the port: 0 to 65535 expected, "${port}" given`),
  })),
  { args: "--port=-1", then: misuse('Cannot use the port: 0 to 65535 expected, "-1" given') },
  {
    args: "",
    env: { SIGVER_PORT: "x" },
    then: misuse('Cannot use the port: 0 to 65535 expected, "x" given'),
  },
  { args: "--key k.pem", then: misuse("Cannot use TLS: --key given without --cert") },
  { args: "--cert c.pem", then: misuse("Cannot use TLS: --cert given without --key") },
  {
    args: "",
    env: { SIGVER_CERT: "c" },
    then: misuse("Cannot use TLS: --cert given without --key"),
  },
  { args: "", then: { type: "listen", turnUrl: [], stunUrl: [] } },
  {
    args: "--stun-url stun:a --stun-url stuns:b:5349",
    then: { type: "listen", turnUrl: [], stunUrl: ["stun:a", "stuns:b:5349"] },
  },
  {
    args: "--turn-url turn:a --turn-url turns:a?transport=tcp --turn-secret s",
    then: turn(["turn:a", "turns:a?transport=tcp"], { text: "s" }),
  },
  {
    args: "--turn-secret-file f --turn-ttl 60",
    env: { SIGVER_TURN_URL: "turn:a, turn:b" },
    then: turn(["turn:a", "turn:b"], { file: "f" }, 60),
  },
  {
    args: "",
    env: { SIGVER_TURN_URL: "turn:a", SIGVER_TURN_SECRET: "s" },
    then: turn(["turn:a"], { text: "s" }),
  },
  {
    args: "--turn-url turn:a",
    then: misuse("Cannot use TURN: --turn-url given without --turn-secret"),
  },
  {
    args: "--turn-secret s",
    then: misuse("Cannot use TURN: --turn-secret given without --turn-url"),
  },
  {
    args: "",
    env: { SIGVER_TURN_SECRET_FILE: "f" },
    then: misuse("Cannot use TURN: --turn-secret-file given without --turn-url"),
  },
  {
    args: "--turn-url turn:a --turn-secret s --turn-secret-file f",
    then: misuse("Cannot use TURN: --turn-secret given besides --turn-secret-file"),
  },
  {
    args: "--turn-url stun:a --turn-secret s",
    then: misuse('Cannot use the turn url: a turn: or turns: URL expected, "stun:a" given'),
  },
  {
    args: "--stun-url stun:",
    then: misuse('Cannot use the stun url: a stun: or stuns: URL expected, "stun:" given'),
  },
  {
    args: "--jwks https://a.example/jwks.json",
    then: { type: "listen", secret: undefined, jwks: "https://a.example/jwks.json" },
  },
  {
    args: "--secret s --jwks https://a.example/jwks.json",
    then: misuse("Cannot use tokens: --secret given besides --jwks"),
  },
  {
    args: "--turn-ttl 59",
    then: misuse('Cannot use the turn ttl: 60 to 2592000 expected, "59" given'),
  },
];

for (const { args, env = {}, then } of ROWS) {
  Deno.test(`parseArguments(${JSON.stringify(args)}, ${JSON.stringify(env)})`, () => {
    const parse = () => parseArguments(args.split(" ").filter((arg) => arg !== ""), env);
    if ("misuse" in then) expect(parse).toThrow(new TypeError(then.misuse));
    else expect(parse()).toMatchObject(then);
  });
}

function optionsFor(args: string, env: EnvironmentVariables = {}): unknown {
  const asked = parseArguments(args.split(" ").filter((arg) => arg !== ""), env);
  if (asked.type !== "listen") throw new Error(JSON.stringify(asked));
  return sigverOptionsOf(asked);
}

const REST = { logLevel: "info", logAddresses: false, sharded: false };

Deno.test("sigverOptionsOf() returns the defaults without arguments", () => {
  expect(optionsFor("")).toEqual({ limits: DEFAULT_LIMITS, trustedProxies: [], ...REST });
});

Deno.test("sigverOptionsOf() returns all limits and all options of access", () => {
  const names = Object.keys(DEFAULT_LIMITS);
  const option = (name: string) => `--${name.replaceAll(/[A-Z]/g, (it) => `-${it.toLowerCase()}`)}`;
  const limits = names.map((name, index) => `${option(name)} ${index + 1}`).join(" ");
  const env = {
    SIGVER_ORIGIN: "https://a.example, https://b.example",
    SIGVER_SECRET: "a secret of some length",
  };
  const proxies = "--trusted-proxy 127.0.0.1 --trusted-proxy 10.0.0.0/8";
  expect(optionsFor(`${limits} ${proxies}`, env)).toEqual({
    limits: Object.fromEntries(names.map((name, index) => [name, index + 1])),
    origins: ["https://a.example", "https://b.example"],
    secret: "a secret of some length",
    trustedProxies: ["127.0.0.1", "10.0.0.0/8"],
    ...REST,
  });
});
