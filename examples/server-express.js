/**
 * Express, and a server that is a member of each group: `node server-express.js`.
 *
 * It gives newcomers to chat.js what was said: `node chat.js Ada ws://localhost:3000/groups/`.
 */

import process from "node:process";
import express from "express";
import { GroupServer } from "netflux/server";

const LINES_KEPT = 100;
const port = process.env.PORT ?? 3000;
/** The lines of each group by its key: they outlast the membership of the server. */
const archive = new Map();

const groups = new GroupServer({
  onGroup(group) {
    const said = archive.get(group.key) ?? [];
    archive.set(group.key, said);
    const presence = group.presence({ name: "Archive" });
    const chat = group.channel("chat");
    group.onMemberJoin = (id) => said.forEach((line) => chat.sendTo(id, line));
    chat.onMessage = (id, text) => {
      said.push(`${presence.get(id)?.name} said: ${text}`);
      if (said.length > LINES_KEPT) said.shift();
    };
  },
});

const app = express();
app.get("/", (_request, response) => response.json([...groups.groups.keys()]));
const server = app.listen(port, (error) => {
  if (error) throw error;
  console.log(`http://localhost:${port}`);
});
groups.attach(server, { path: "/groups/" });

process.on("SIGTERM", async () => {
  await groups.close();
  server.close();
});
