/**
 * A signaling server and a bot with `Deno.serve`: `deno run -A bot-deno.ts`.
 *
 * The bot is in the group of chat.js before anybody comes, and gives newcomers what was said:
 * `node chat.js Ada ws://localhost:3000/signaling/`.
 */

import { Bot } from "netflux";
import { createHandler, Sigver } from "netflux/sigver";

const LINES_KEPT = 100;
const port = Number(Deno.env.get("PORT") ?? 3000);
const origin = `ws://localhost:${port}`;

const signal = createHandler(new Sigver());
const bot = new Bot({ url: `${origin}/bot/`, signalingServer: `${origin}/signaling/` });
bot.onWebGroup = (group) => {
  const names = new Map<number, string>();
  const said: string[] = [];
  group.onMemberJoin = (id) => {
    group.sendTo(id, JSON.stringify({ name: "Archive" }));
    for (const text of said) group.sendTo(id, JSON.stringify({ text }));
  };
  group.onMessage = (id, data) => {
    const { name, text } = JSON.parse(String(data));
    if (name !== undefined) names.set(id, name);
    if (text !== undefined) said.push(`${names.get(id)} said: ${text}`);
    if (said.length > LINES_KEPT) said.shift();
  };
};

Deno.serve({ port }, (request, info) => {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/signaling/")) return signal(request, info);
  if (pathname.startsWith("/bot/")) return bot.handler(request, info);
  return Response.json([...bot.webGroups.values()].map(({ key, members }) => ({ key, members })));
});
await bot.join("examples/chat");
console.log(`The archive is at ${bot.url}`);
