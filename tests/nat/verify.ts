/**
 * Verifies that the NATs of the laboratory are of their kinds: a socket behind each asks a real
 * STUN server.
 *
 * @module
 */

import type { Host } from "../chaos/network.ts";
import { Process } from "../chaos/process.ts";
import { until } from "../support/until.ts";
import { Coturn } from "./coturn.ts";
import { Internet } from "./internet.ts";
import { type NatKind, NATS } from "./kinds.ts";
import type { Finding } from "./probe.ts";

/** What was found of a kind. */
export interface Verified {
  readonly kind: NatKind;
  readonly finding: Finding;
  readonly isRight: boolean;
}

/** Looks at all kinds at once. */
export async function verifyNats(signal: AbortSignal): Promise<Verified[]> {
  await using internet = await Internet.open("kinds");
  const server = await internet.connect("coturn");
  await using _ = await Coturn.open(server);
  const homes: (readonly [NatKind, Host])[] = [];
  // One after the other: the addresses are drawn in turn.
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

async function probeFrom(
  { namespace }: Host,
  servers: readonly string[],
  signal: AbortSignal,
): Promise<Finding> {
  let printed: string | undefined;
  await using process = new Process({
    name: `the probe at ${namespace}`,
    script: new URL("probe.ts", import.meta.url),
    args: servers,
    namespace,
    printed: (line) => printed ??= line,
  });
  const hasEnded = () => printed !== undefined || process.fault !== undefined;
  await until("the probe has looked", hasEnded, undefined, signal);
  if (printed === undefined) throw new Error(process.fault);
  // Only our probe writes there.
  return JSON.parse(printed) as Finding;
}
