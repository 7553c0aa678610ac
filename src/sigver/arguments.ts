/**
 * What the command line and the environment ask of the server (pure).
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Files for TLS: the private key, and the certificate with its chain, in PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** Where to listen. */
export interface ListenArguments {
  readonly type: "listen";
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Without them connections are not encrypted. */
  readonly tls: TlsFiles | undefined;
}

/** What was asked for. */
export type Arguments =
  | ListenArguments
  | { readonly type: "help" }
  | { readonly type: "version" }
  | { readonly type: "misuse"; readonly reason: string };

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads arguments: a flag counts more than its variable, and that more than the default. */
export function parseArguments(args: readonly string[], env: Environment): Arguments {
  const flags = new Map<string, string>();
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") {
      return misuse(token.kind === "positional" ? token.value : "--", "not an argument of sigver");
    }
    const { name, rawName, value, inlineValue } = token;
    if (name === "help" || name === "version") {
      if (value !== undefined) return misuse(rawName, "it takes no value");
      return { type: name };
    }
    if (!isSetting(name)) return misuse(rawName, "unknown option");
    if (value === undefined || value === "" || (!inlineValue && value.startsWith("-"))) {
      return misuse(rawName, "value missing");
    }
    flags.set(name, value);
  }
  return judge((name) => flags.get(name) ?? (env[VARIABLES[name]] || undefined));
}

/** What `--help` prints. */
export const HELP = `Sigver, the signaling server of Netflux

Usage: sigver [--host HOST] [--port PORT] [--key FILE --cert FILE]

  --host HOST   address to listen at (SIGVER_HOST; 0.0.0.0)
  --port PORT   port to listen at, 0 for any (SIGVER_PORT; 8000)
  --key FILE    private key for TLS, PEM (SIGVER_KEY)
  --cert FILE   certificate for TLS, PEM (SIGVER_CERT)
  --help        print this
  --version     print the version
`;

const OPTIONS = {
  host: { type: "string" },
  port: { type: "string" },
  key: { type: "string" },
  cert: { type: "string" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const;

const VARIABLES = {
  host: "SIGVER_HOST",
  port: "SIGVER_PORT",
  key: "SIGVER_KEY",
  cert: "SIGVER_CERT",
} as const;

type Setting = keyof typeof VARIABLES;

const DEFAULT_HOST = "0.0.0.0";

const DEFAULT_PORT = "8000";

const PORT_MAX = 65_535;

function isSetting(name: string): name is Setting {
  return Object.hasOwn(VARIABLES, name);
}

function judge(setting: (name: Setting) => string | undefined): Arguments {
  const port = setting("port") ?? DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) {
    return misuse("the port", `0 to ${PORT_MAX} expected, ${JSON.stringify(port)} given`);
  }
  const key = setting("key");
  const cert = setting("cert");
  if (key === undefined && cert !== undefined) return misuse("TLS", "--cert given without --key");
  if (key !== undefined && cert === undefined) return misuse("TLS", "--key given without --cert");
  const tls = key === undefined || cert === undefined ? undefined : { key, cert };
  return { type: "listen", host: setting("host") ?? DEFAULT_HOST, port: Number(port), tls };
}

function misuse(what: string, state: string): Arguments {
  return { type: "misuse", reason: `Cannot use ${what}: ${state}` };
}
