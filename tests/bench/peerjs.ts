// PeerJS has no groups: a newcomer connects to each member whose name is below its own.

import {
  BULK_MESSAGE_BYTES,
  type Meeting,
  type Member,
  type MemberSink,
  RTC_CONFIGURATION,
} from "./member.ts";

interface PeerJs {
  readonly Peer: new (name: string, options: object) => Peer;
}

interface Peer {
  on(type: "open", listener: () => void): void;
  on(type: "connection", listener: (connection: Connection) => void): void;
  connect(name: string, options: object): Connection;
}

interface Connection {
  readonly peer: string;
  readonly open: boolean;
  on(type: "open", listener: () => void): void;
  on(type: "data", listener: (data: ArrayBuffer | Uint8Array) => void): void;
  send(data: Uint8Array): void;
}

export async function peerjs({ servers, key, index }: Meeting, sink: MemberSink): Promise<Member> {
  const { peerjs: { Peer } } = globalThis as unknown as { readonly peerjs: PeerJs };
  const config = RTC_CONFIGURATION;
  const nameOf = (of: number) => `${key}-${of}`;
  const peer = new Peer(nameOf(index), {
    host: "127.0.0.1",
    port: servers.peerjs,
    path: "/",
    config,
  });
  const connections = new Map<string, Connection>();
  const take = (connection: Connection) =>
    new Promise<void>((resolve) => {
      connections.set(connection.peer, connection);
      connection.on("data", (data) => sink.received(connection.peer, new Uint8Array(data)));
      connection.on("open", () => {
        sink.changed();
        resolve();
      });
    });
  peer.on("connection", take);
  await new Promise<void>((resolve) => peer.on("open", resolve));
  const others = Array.from({ length: index }, (_, of) => nameOf(of));
  await Promise.all(others.map((name) => take(peer.connect(name, { reliable: true }))));
  const open = () => [...connections.values()].filter((connection) => connection.open);
  return {
    bulkBytes: BULK_MESSAGE_BYTES,
    sendsMax: Infinity,
    peers: () => open().map(({ peer }) => peer),
    direct: () => open().length,
    send(data, name) {
      if (name !== undefined) return connections.get(name)?.send(data);
      for (const connection of open()) connection.send(data);
    },
  };
}
