// The conformance suite of candidate pairs, for each implementation of WebRTC.

import type { CandidatePair } from "../../src/transport/channel.ts";
import { check, RecordingSink } from "../support/recording_sink.ts";
import type { Case, Pair } from "./channel.ts";

/** The cases for any test runner: each makes its own pairs. */
export function pathConformance(name: string, makePair: () => Promise<Pair>): readonly Case[] {
  return CASES.map(([what, body]) => ({
    name: `${name} ${what}`,
    async run() {
      const pair = await makePair();
      try {
        await body(pair);
      } finally {
        await pair.cleanUp();
      }
    },
  }));
}

const CASES: readonly (readonly [what: string, body: (pair: Pair) => Promise<void>])[] = [
  ["tells the types of the candidates that ICE chose, on both sides", tellTypes],
  ["tells no path that it is asked for after its end", tellNothingAfter],
  ["settles when it ends while it is asked", settleAtEnd],
  ["settles when its connection is taken away while it is asked", settleWhenKilled],
];

/** Without a STUN server, the peers know each other's address by signals or by pings. */
async function tellTypes({ a, b }: Pair): Promise<void> {
  for (const channel of [a, b]) {
    const path = await channel.selectedCandidatePair?.();
    const { localCandidateType: local, remoteCandidateType: remote, protocol } = path ?? {};
    for (const type of [local, remote]) {
      check(type === "host" || type === "prflx", `candidate types ${local} and ${remote}`);
    }
    check(protocol === "udp" || protocol === undefined, `protocol ${protocol}`);
  }
}

async function tellNothingAfter({ a, b }: Pair): Promise<void> {
  const [earA, earB] = [new RecordingSink(), new RecordingSink()];
  a.listen(earA);
  b.listen(earB);
  a.close();
  await Promise.all([earA.ended(), earB.ended()]);
  for (const channel of [a, b]) checkNothing(await channel.selectedCandidatePair?.());
}

async function settleAtEnd({ a }: Pair): Promise<void> {
  const sink = new RecordingSink();
  a.listen(sink);
  const asked = a.selectedCandidatePair?.();
  a.abort();
  await Promise.all([asked, sink.ended()]);
  checkNothing(await a.selectedCandidatePair?.());
}

async function settleWhenKilled(pair: Pair): Promise<void> {
  const sinks = [new RecordingSink(), new RecordingSink()];
  pair.a.listen(sinks[0]!);
  pair.b.listen(sinks[1]!);
  const asked = [pair.a.selectedCandidatePair?.(), pair.b.selectedCandidatePair?.()];
  pair.kill?.();
  // A connection that is closed from inside fires no event: its owner reports the end.
  pair.a.abort();
  pair.b.abort();
  await Promise.all([...asked, ...sinks.map((sink) => sink.ended())]);
}

function checkNothing(path: CandidatePair | undefined): void {
  check(path === undefined, `a path after the end: ${JSON.stringify(path)}`);
}
