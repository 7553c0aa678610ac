/** Introduces the members with bare channels. The last part of the URL names the room. */
export class Rendezvous {
  readonly #rooms = new Map<string, Map<string, WebSocket>>();

  admit(request: Request): Response {
    const { pathname } = new URL(request.url);
    const { socket, response } = Deno.upgradeWebSocket(request);
    const room = this.#rooms.get(pathname) ?? new Map<string, WebSocket>();
    this.#rooms.set(pathname, room);
    const name = crypto.randomUUID();
    socket.onopen = () => {
      socket.send(JSON.stringify({ there: [...room.keys()] }));
      room.set(name, socket);
    };
    socket.onmessage = ({ data }) => {
      const { to, ...signal }: { readonly to: string } = JSON.parse(data);
      room.get(to)?.send(JSON.stringify({ from: name, ...signal }));
    };
    socket.onclose = () => {
      room.delete(name);
      if (room.size === 0) this.#rooms.delete(pathname);
    };
    return response;
  }
}
