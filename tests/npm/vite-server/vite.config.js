// Vite's dev server with a GroupServer at /groups/, beside hot module replacement.
import { GroupServer } from "netflux/server";
import { defineConfig } from "vite";

const groupServer = {
  name: "group-server",
  configureServer({ httpServer }) {
    const server = new GroupServer({
      onGroup(group) {
        group.onMessage = (id) => group.sendTo(id, "hello of the server");
      },
    });
    server.attach(httpServer, { path: "/groups/" });
    httpServer.on("close", () => server.close());
  },
};

export default defineConfig({ plugins: [groupServer] });
