// `deno task decode HEX` decodes a frame of docs/PROTOCOL.md, and prints it.

// deno-lint-ignore-file no-console -- a program that talks to people
import { ProtocolError } from "../src/base/errors.ts";
import { describe } from "../src/platform/trace.ts";
import { decodeChannelMessage } from "../src/wire/channel_message.ts";
import { decodeConnect } from "../src/wire/connect_message.ts";
import { decodeEnvelope, Service } from "../src/wire/envelope.ts";
import { decodeJoinHandshake } from "../src/wire/join_handshake.ts";
import { decodeLegacyMessage } from "../src/wire/legacy_message.ts";
import { decodeMeshMessage } from "../src/wire/mesh_message.ts";
import { decodeRtcSignal } from "../src/wire/rtc_signal.ts";
import { decodeSessionFrame } from "../src/wire/session_frame.ts";
import { decodeSignaling } from "../src/wire/signaling.ts";

const HELP = `Decodes a frame of docs/PROTOCOL.md

Usage: deno task decode [--as KIND] HEX

  HEX        the bytes, two digits each; spaces and colons are ignored
  --as KIND  signaling (a frame to or from the server), member (between members), or
             handshake (the first frame of a channel); by default, every possible kind
  --help     print this

Exit code 1: the bytes are no frame of that kind.
`;

const HEX = /^([0-9a-f]{2})+$/i;

const SERVICES: ReadonlyMap<number, readonly [string, (bytes: Uint8Array) => object]> = new Map([
  [Service.HEARTBEAT, ["heartbeat", () => ({})]],
  [Service.CHANNEL_BUILDER, ["channel builder", decodeConnect]],
  [Service.DATA_CHANNEL_BUILDER, ["data channel builder", decodeRtcSignal]],
  [Service.FULL_MESH, ["full mesh", decodeMeshMessage]],
  [Service.USER, ["user message", decodeLegacyMessage]],
  [Service.SESSION, ["session", decodeSessionFrame]],
  [Service.UNRELIABLE, ["unreliable", decodeChannelMessage]],
]);

const KINDS: Readonly<Record<string, (bytes: Uint8Array) => string[]>> = {
  signaling(bytes) {
    const message = decodeSignaling(bytes);
    if (message.type !== "content" || message.data === undefined) return [describe(message)];
    return [describe(message), ...indent(member(message.data))];
  },
  member,
  handshake: (bytes) => [describe(decodeJoinHandshake(bytes))],
};

if (import.meta.main) Deno.exit(main(Deno.args));

function main(args: readonly string[]): number {
  if (args.length === 0 || args.includes("--help")) {
    console.log(HELP);
    return args.length === 0 ? 2 : 0;
  }
  const isNamed = args[0] === "--as";
  const kind = isNamed ? args[1] ?? "" : undefined;
  if (kind !== undefined && KINDS[kind] === undefined) {
    console.error(`Cannot decode: --as ${Object.keys(KINDS).join(", ")} expected, ${kind} came`);
    return 2;
  }
  const hex = args.slice(isNamed ? 2 : 0).join("").replaceAll(/[\s:]/g, "");
  if (!HEX.test(hex)) {
    console.error(`Cannot decode: bytes as pairs of hex digits expected, "${hex}" came`);
    return 2;
  }
  const bytes = Uint8Array.fromHex(hex);
  const kinds = kind === undefined ? Object.keys(KINDS) : [kind];
  const failures: string[] = [];
  for (const name of kinds) {
    try {
      const lines = KINDS[name]!(bytes);
      console.log(`as ${name}:`);
      for (const line of indent(lines)) console.log(line);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      failures.push(`as ${name}: ${error.message}`);
    }
  }
  if (failures.length < kinds.length) return 0;
  for (const failure of failures) console.error(failure);
  return 1;
}

export function member(bytes: Uint8Array): string[] {
  const { content, service, ...envelope } = decodeEnvelope(bytes);
  const [name, decode] = SERVICES.get(service) ?? ["unknown", () => content];
  return [
    `service ${service} (${name}) ${describe(envelope)}`,
    ...indent([describe(decode(content))]),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
