// An Express app with a GroupServer at /groups/.
import express from "express";
import { GroupServer } from "netflux/server";

const app = express();
app.get("/", (_, response) => response.sendFile("index.html", { root: "." }));
app.get("/page.js", (_, response) => response.sendFile("page.js", { root: "." }));
app.use("/netflux", express.static("node_modules/netflux/browser"));

const server = new GroupServer({
  onGroup(group) {
    group.onMessage = (id) => group.sendTo(id, "hello of the server");
  },
});
const http = app.listen(0, "127.0.0.1", () => console.log(`at http://127.0.0.1:${http.address().port}`));
server.attach(http, { path: "/groups/" });

process.on("SIGTERM", async () => {
  await server.close();
  http.close();
});
