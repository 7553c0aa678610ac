// Verifies the laboratory itself: a socket behind each NAT asks a real STUN server for its kind.

import type { Host } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";
import { Coturn } from "./coturn.ts";
import { Internet } from "./internet.ts";
import { type NatKind, NATS } from "./kinds.ts";
import type { Finding } from "./probe.ts";

export interface Verified {
  readonly kind: NatKind;
  readonly finding: Finding;
  readonly isRight: boolean;
}

export async function verifyNats(signal: AbortSignal): Promise<Verified[]> {
  await using internet = await Internet.open("kinds");
  const server = await internet.connect("coturn");
  await using _ = await Coturn.open(server);
  const homes: (readonly [NatKind, Host])[] = [];
  // In sequence: each host draws the next address.
  for (const kind of Object.keys(NATS) as NatKind[]) {
    const name = `peer-${kind}`;
    const host = kind === "none"
      ? await internet.connect(name)
      : await internet.connectHome(name, kind, kind);
    homes.push([kind, host]);
  }
  return await Promise.all(homes.map(async ([kind, host]) => {
    const finding = await probeFrom(host, [server.address, server.other], signal);
    const { mapping, filtering } = NATS[kind];
    const isRight = finding.mapping === mapping && finding.filtering === filtering;
    return { kind, finding, isRight };
  }));
}

/** Returns the error of STUN over TLS with the coturn of the guide, if any. */
export async function verifyTls(signal: AbortSignal): Promise<string[]> {
  await using internet = await Internet.open("tls");
  const server = await internet.connect("coturn");
  await using coturn = await Coturn.open(server);
  const client = await internet.connect("client");
  const answer = await run(client, "tls_probe.ts", [server.address, ...coturn.certificate], signal);
  const expected = client.address;
  return answer.split(":")[0] === expected ? [] : [`${expected} expected, "${answer}" came`];
}

async function probeFrom(
  host: Host,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<Finding> {
  // Only the probe prints such lines.
  return JSON.parse(await run(host, "probe.ts", servers, signal)) as Finding;
}

/** Returns the line that the program prints. */
async function run(
  { namespace }: Host,
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  let printed: string | undefined;
  await using process = new Process({
    name: `${script} at ${namespace}`,
    script: new URL(script, import.meta.url),
    args,
    namespace,
    printed: (line) => printed ??= line,
  });
  const hasEnded = () => printed !== undefined || process.fault !== undefined;
  await until(`${script} has looked`, hasEnded, undefined, signal);
  if (printed === undefined) throw new Error(process.fault);
  return printed;
}
