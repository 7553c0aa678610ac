// `background_group.ts SERVER KEY` runs a bot and, one after the other, newcomers that join, send,
// wait for the reply, and leave. Prints a line of JSON for each newcomer.

import { Bot } from "../../bot.ts";
import { WebGroup } from "../../mod.ts";
import { withTimeout } from "../support/with_timeout.ts";

export interface JoinResult {
  readonly joinMs: number;
  readonly isAnswered: boolean;
  /** The reason if it did not join. */
  readonly fault?: string;
}

const JOIN_MS = 60_000;

const ANSWER_MS = 10_000;

const PAUSE_MS = 200;

const LANES = 2;

async function main(signalingServer: string, key: string): Promise<void> {
  const rtcConfiguration = { iceServers: [] };
  const bot = new Bot({
    leaveOnceAlone: false,
    webGroupOptions: { signalingServer, rtcConfiguration },
  });
  await bot.listen({ hostname: "127.0.0.1" });
  const botGroup = await bot.join(key);
  botGroup.onMessage = (id, data) => botGroup.sendTo(id, data);
  // deno-lint-ignore no-console -- its one output
  const tell = (joinOnce: JoinResult) => console.log(JSON.stringify(joinOnce));
  await Promise.all(Array.from({ length: LANES }, async () => {
    while (true) {
      tell(await joinOnce(signalingServer, key, botGroup.myId));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }));
}

async function joinOnce(signalingServer: string, key: string, bot: number): Promise<JoinResult> {
  const group = new WebGroup({ signalingServer });
  const start = performance.now();
  try {
    const fault = await withTimeout(group.join(key), JOIN_MS, "way in").then(
      () => undefined,
      String,
    );
    if (fault !== undefined) return { joinMs: NaN, isAnswered: false, fault };
    const joinMs = performance.now() - start;
    const answer = new Promise<undefined>((resolve) => group.onMessage = () => resolve(undefined));
    const word = group.sendTo(bot, "a word").then(() => answer);
    const isAnswered = await withTimeout(word, ANSWER_MS, "answer").then(() => true, () => false);
    return { joinMs, isAnswered };
  } finally {
    await group.leave();
  }
}

if (import.meta.main) await main(Deno.args[0] ?? "", Deno.args[1] ?? "");
