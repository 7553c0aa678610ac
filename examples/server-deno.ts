/**
 * `Deno.serve`, and a server that is a member of each group: `deno run -A server-deno.ts`.
 *
 * It gives newcomers to chat.js what was said: `node chat.js Ada ws://localhost:3000/groups/`.
 */

import { GroupServer } from "netflux/server";

const LINES_KEPT = 100;
/** The lines of each group by its key: they outlast the membership of the server. */
const archive = new Map<string, string[]>();

const server = new GroupServer({
  path: "/groups/",
  onGroup(group) {
    const said = archive.get(group.key) ?? [];
    archive.set(group.key, said);
    const presence = group.presence({ name: "Archive" });
    const chat = group.channel<string>("chat");
    group.onMemberJoin = (id) => said.forEach((line) => chat.sendTo(id, line));
    chat.onMessage = (id, text) => {
      said.push(`${presence.get(id)?.name} said: ${text}`);
      if (said.length > LINES_KEPT) said.shift();
    };
  },
});

Deno.serve(
  { port: Number(Deno.env.get("PORT") ?? 3000) },
  (request, info) =>
    new URL(request.url).pathname.startsWith("/groups/")
      ? server.handler(request, info)
      : Response.json([...server.groups.keys()]),
);
