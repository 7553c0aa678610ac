// A Fastify app with a GroupServer at /groups/.
import { resolve } from "node:path";
import files from "@fastify/static";
import fastify from "fastify";
import { GroupServer } from "netflux/server";

const app = fastify();
app.register(files, { root: resolve("node_modules/netflux/browser"), prefix: "/netflux/" });
app.get("/", (_, reply) => reply.sendFile("index.html", resolve(".")));
app.get("/page.js", (_, reply) => reply.sendFile("page.js", resolve(".")));

const server = new GroupServer({
  onGroup(group) {
    group.onMessage = (id) => group.sendTo(id, "hello of the server");
  },
});
server.attach(app.server, { path: "/groups/" });
console.log(`at ${await app.listen({ host: "127.0.0.1", port: 0 })}`);

process.on("SIGTERM", async () => {
  await server.close();
  await app.close();
});
