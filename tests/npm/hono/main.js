// A Hono app with a GroupServer at /groups/.
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { GroupServer } from "netflux/server";

const app = new Hono();
app.get("/", serveStatic({ path: "index.html" }));
app.get("/page.js", serveStatic({ path: "page.js" }));
const rewriteRequestPath = (path) => path.replace("/netflux/", "/");
app.get("/netflux/*", serveStatic({ root: "node_modules/netflux/browser", rewriteRequestPath }));

const server = new GroupServer({
  onGroup(group) {
    group.onMessage = (id) => group.sendTo(id, "hello of the server");
  },
});
const http = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  console.log(`at http://127.0.0.1:${port}`);
});
server.attach(http, { path: "/groups/" });

process.on("SIGTERM", async () => {
  await server.close();
  http.close();
});
