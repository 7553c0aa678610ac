// `deno run -A socket_io_server.ts PORT`

import { Server } from "socket.io";

const server = new Server(Number(Deno.args[0]), { cors: { origin: "*" } });
server.on("connection", (socket) => {
  socket.on("join", async (room: string) => {
    await socket.join(room);
    const members = () => [...server.sockets.adapter.rooms.get(room) ?? []];
    server.to(room).emit("members", members());
    socket.on("disconnect", () => server.to(room).emit("members", members()));
    socket.on("position", (data: Uint8Array) => {
      socket.to(room).volatile.emit("position", socket.id, data);
    });
  });
});
