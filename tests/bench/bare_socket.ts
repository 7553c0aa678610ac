// The baseline for WebSockets: a bare one between two Deno processes.

import { BULK_MESSAGE_BYTES, type Meeting, type Member, type MemberSink } from "./member.ts";

const BUFFERED_BYTES_HIGH = 1_048_576;
const FRAME_BYTES = 65_536;

export async function bareSocket({ index, port }: Meeting, sink: MemberSink): Promise<Member> {
  const member = new SocketMember(sink);
  if (index > 0) {
    const opened = Promise.withResolvers<unknown>();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.onopen = opened.resolve;
    socket.onerror = opened.reject;
    member.take(socket);
    await opened.promise;
    sink.changed();
  } else {
    Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => sink.changed();
      member.take(socket);
      return response;
    });
  }
  return member;
}

class SocketMember implements Member {
  readonly bulkBytes = FRAME_BYTES;
  readonly sendsMax = 1;
  readonly #sink: MemberSink;
  #socket: WebSocket | undefined;

  constructor(sink: MemberSink) {
    this.#sink = sink;
  }

  take(socket: WebSocket): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#sink.received("other", new Uint8Array(data));
  }

  peers(): string[] {
    return this.#socket?.readyState === WebSocket.OPEN ? ["other"] : [];
  }

  direct(): number {
    return this.peers().length;
  }

  send(data: Uint8Array<ArrayBuffer>): Promise<unknown> | void {
    this.#socket?.send(data);
    if (this.#bufferedBytes > BUFFERED_BYTES_HIGH) return this.#drained();
  }

  get #bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  async #drained(): Promise<void> {
    while (this.#bufferedBytes > BULK_MESSAGE_BYTES / 2) {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}
