/**
 * Express, a signaling server and a bot at one port: `node bot-express.js`.
 *
 * The bot is in the group of chat.js before anybody comes, and gives newcomers what was said:
 * `node chat.js Ada ws://localhost:3000/signaling/`.
 */

import http from "node:http";
import process from "node:process";
import express from "express";
import { Bot } from "netflux";
import { createHandler, share, Sigver } from "netflux/sigver";

const LINES_KEPT = 100;
const port = process.env.PORT ?? 3000;
const origin = `ws://localhost:${port}`;

const app = express();
const server = http.createServer(app);
const claims = ({ pathname }) => pathname.startsWith("/signaling/");
share(server, createHandler(new Sigver()), { claims });

const bot = new Bot({
  server,
  url: `${origin}/bot/`,
  signalingServer: `${origin}/signaling/`,
});
bot.onWebGroup = (group) => {
  const names = new Map();
  const said = [];
  group.onMemberJoin = (id) => {
    group.sendTo(id, JSON.stringify({ name: "Archive" }));
    for (const text of said) group.sendTo(id, JSON.stringify({ text }));
  };
  group.onMessage = (id, data) => {
    const { name, text } = JSON.parse(data);
    if (name !== undefined) names.set(id, name);
    if (text !== undefined) said.push(`${names.get(id)} said: ${text}`);
    if (said.length > LINES_KEPT) said.shift();
  };
};

app.get("/", (_request, response) => {
  response.json([...bot.webGroups.values()].map(({ key, members }) => ({ key, members })));
});
server.listen(port, async () => {
  await bot.join("examples/chat");
  console.log(`http://localhost:${port}`);
});
