/**
 * A group that behaves: a bot that is there, and one newcomer after the other that joins, says a
 * word, hears the answer and leaves. Started with the server's URL and the key; prints a line of
 * JSON for each.
 *
 * @module
 */

import { Bot } from "../../bot.ts";
import { WebGroup } from "../../mod.ts";

/** How one newcomer fared. */
export interface Stay {
  /** To JOINED, and to the answer after it. */
  readonly joinMs: number;
  readonly answerMs: number;
  /** What went wrong; `undefined` when nothing did. */
  readonly fault?: string;
}

/** A newcomer that is not in, or not answered, after so long has failed. */
const PATIENCE_MS = 60_000;

const PAUSE_MS = 200;

const LANES = 2;

async function main(signalingServer: string, key: string): Promise<void> {
  const rtcConfiguration = { iceServers: [] };
  const bot = new Bot({
    leaveOnceAlone: false,
    webGroupOptions: { signalingServer, rtcConfiguration },
  });
  await bot.listen({ hostname: "127.0.0.1" });
  const hall = await bot.join(key);
  hall.onMessage = (id, data) => hall.sendTo(id, data);
  // deno-lint-ignore no-console -- its one output
  const tell = (stay: Stay) => console.log(JSON.stringify(stay));
  await Promise.all(Array.from({ length: LANES }, async () => {
    while (true) {
      tell(await stay(signalingServer, key, hall.myId));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }));
}

async function stay(signalingServer: string, key: string, bot: number): Promise<Stay> {
  const group = new WebGroup({ signalingServer });
  const start = performance.now();
  let joined = NaN;
  const fault = await Promise.race([
    (async () => {
      await group.join(key);
      joined = performance.now();
      const answer = new Promise<void>((resolve) => group.onMessage = () => resolve());
      await group.sendTo(bot, "a word");
      await answer;
    })().then(() => undefined, (error) => String(error)),
    new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve(`nothing in ${PATIENCE_MS} ms`), PATIENCE_MS);
      Deno.unrefTimer(timer);
    }),
  ]);
  const end = performance.now();
  await group.leave();
  const times = { joinMs: joined - start, answerMs: end - joined };
  return fault === undefined ? times : { ...times, fault };
}

if (import.meta.main) await main(Deno.args[0] ?? "", Deno.args[1] ?? "");
