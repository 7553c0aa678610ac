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
/** What was said, by the key of the group; the server leaves a group once it is alone. */
const archive = new Map();

const groups = new GroupServer({
  onGroup(group) {
    const names = new Map();
    const said = archive.get(group.key) ?? [];
    archive.set(group.key, said);
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
  },
});

const app = express();
app.get("/", (_request, response) => response.json([...groups.groups.keys()]));
const server = app.listen(port, () => console.log(`http://localhost:${port}`));
groups.attach(server, { path: "/groups/" });

process.on("SIGTERM", async () => {
  await groups.close();
  server.close();
});
