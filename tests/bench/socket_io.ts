// Messages are volatile: the server drops those that a slow connection cannot take.

import { BULK_MESSAGE_BYTES, type Meeting, type Member, type MemberSink } from "./member.ts";

interface SocketIo {
  io(url: string, options: object): Socket;
}

interface Socket {
  readonly id: string;
  readonly volatile: Pick<Socket, "emit">;
  on(type: "members", listener: (members: string[]) => void): void;
  on(type: "position", listener: (sender: string, data: ArrayBuffer) => void): void;
  on(type: "connect", listener: () => void): void;
  emit(type: string, value: unknown): void;
}

export async function socketIo(
  { servers, key }: Meeting,
  sink: MemberSink,
): Promise<Member> {
  const { socketIo: { io } } = globalThis as unknown as { readonly socketIo: SocketIo };
  const port = servers["socket.io volatile"];
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  let members: readonly string[] = [];
  socket.on("members", (list) => {
    members = list;
    sink.changed();
  });
  socket.on("position", (sender, data) => sink.received(sender, new Uint8Array(data)));
  await new Promise<void>((resolve) => socket.on("connect", resolve));
  socket.emit("join", key);
  const peers = () => members.filter((id) => id !== socket.id);
  return {
    bulkBytes: BULK_MESSAGE_BYTES,
    sendsMax: 1,
    peers,
    // All members are reached through the server.
    direct: () => peers().length,
    send: (data) => socket.volatile.emit("position", data),
  };
}
