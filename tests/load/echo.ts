// The baseline of the load test: an echo server with nothing but WebSockets of Deno.

Deno.serve({ hostname: "0.0.0.0", port: Number(Deno.args[0]), onListen: () => {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
});
