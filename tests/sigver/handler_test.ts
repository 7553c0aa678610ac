// Tests the handler with clients whose codec is protobufjs with the schema in docs/, since a fault
// of this library's codec would not show if both sides used it.

import { expect } from "expect";
import protobuf from "protobufjs";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import {
  type AdmissionRequest,
  createHandler,
  listen,
  Sigver,
  type SigverEvent,
} from "../../sigver.ts";
import { SIGVER_SILENCE_MS } from "../../src/base/sigver_limits.ts";
import { attach } from "../../src/platform/listen.node.ts";
import { DEFAULT_LIMITS } from "../../src/sigver/limits.ts";
import { SOCKET } from "../../src/sigver/handler.ts";
import type { Channel } from "../../src/transport/channel.ts";
import type { UpgradeDecision } from "../../src/transport/transport.ts";
import {
  textPage,
  upgradeHandler,
  type UpgradeRequest,
} from "../../src/transport/websocket_upgrade.ts";
import { StrictLog, VirtualClock } from "./support/fakes.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { HANDSHAKE_HEADERS } from "../support/handshake.ts";
import { hurry } from "../support/hurry.ts";
import { until } from "../support/until.ts";
import { foreignSocket } from "../support/foreign_socket.ts";

const SCHEMA = `
syntax = "proto3";
message Message {
  oneof type {
    bool heartbeat = 1;
    Content content = 2;
    GroupData connect = 3;
    bool connected = 4;
  }
}
message Content {
  uint32 senderId = 1;
  uint32 recipientId = 2;
  bool lastData = 3;
  bytes data = 4;
}
message GroupData {
  uint32 id = 1;
  repeated uint32 members = 2;
}`;

const Message = protobuf.parse(SCHEMA).root.lookupType("Message");

/** Ends when each WebSocket of the server has ended. */
async function withServer(
  body: (host: string, sigver: Sigver) => Promise<void>,
  sigver = new Sigver(),
): Promise<void> {
  const ends: Promise<void>[] = [];
  const ask = async (request: UpgradeRequest): Promise<UpgradeDecision> => {
    const admission = await sigver.ask(request);
    if (admission.type === "refuse") return admission;
    const take = (channel: Channel) => {
      ends.push(new Promise((ended) => admission.accept(watch(channel, ended))));
    };
    return { ...admission, accept: take };
  };
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(
    options,
    upgradeHandler({ ask, page: () => textPage("Sigver"), socket: SOCKET }),
  );
  try {
    await body(`127.0.0.1:${server.addr.port}`, sigver);
  } finally {
    sigver.close();
    await Promise.all(ends);
    await server.shutdown();
  }
  expect(sigver.load).toEqual({ rooms: 0, sessions: 0 });
}

/** Reports the end of a channel to a further callback. */
function watch(channel: Channel, ended: () => void): Channel {
  return {
    kind: channel.kind,
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    send: (frame) => channel.send(frame),
    close: (code, reason) => channel.close(code, reason),
    abort: (code, reason) => channel.abort(code, reason),
    listen: (sink) =>
      channel.listen({
        received: (frame) => sink?.received(frame),
        bufferedAmountLow: () => sink?.bufferedAmountLow(),
        closed(end) {
          sink?.closed(end);
          ended();
        },
      }),
  };
}

class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #received: unknown[] = [];
  #waiting: ((message: unknown) => void) | undefined;

  constructor(url: string) {
    this.socket = foreignSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.closed = new Promise((resolve) => this.socket.onclose = ({ code }) => resolve(code));
    this.socket.onmessage = ({ data }) => {
      const decoded = Message.decode(new Uint8Array(data));
      const message = Message.toObject(decoded, { bytes: Array });
      if (this.#waiting) this.#waiting(message);
      else this.#received.push(message);
      this.#waiting = undefined;
    };
  }

  async opened(): Promise<this> {
    await new Promise((resolve) => this.socket.onopen = resolve);
    return this;
  }

  send(message: Record<string, unknown>): void {
    this.socket.send(Message.encode(Message.create(message)).finish() as Uint8Array<ArrayBuffer>);
  }

  receive(): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      const first = this.#received.shift();
      if (first === undefined) this.#waiting = resolve as (message: unknown) => void;
      else resolve(first as Record<string, unknown>);
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

interface Row {
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
}

const ROWS: readonly Row[] = [
  { method: "GET", status: 200 },
  { method: "HEAD", status: 200 },
  { method: "GET", headers: { upgrade: "h2c" }, status: 200 },
  { method: "POST", status: 405 },
  { method: "OPTIONS", status: 405 },
  { method: "POST", headers: { upgrade: "websocket" }, status: 405 },
  { method: "HEAD", headers: { upgrade: "websocket" }, status: 405 },
  { method: "GET", headers: { upgrade: "websocket" }, status: 400 },
];

for (const { method, headers = {}, status } of ROWS) {
  Deno.test(`createHandler() answers ${method} ${JSON.stringify(headers)}: ${status}`, async () => {
    const sigver = new Sigver();
    const handle = createHandler(sigver);
    const response = await handle(new Request("http://127.0.0.1/key", { method, headers }));
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("allow")).toBe(status === 405 ? "GET, HEAD" : null);
    const text = await response.text();
    expect(text.split("\n").length).toBe(method === "HEAD" && status === 200 ? 1 : 2);
    expect(sigver.load).toEqual({ rooms: 0, sessions: 0 });
  });
}

Deno.test("createHandler() answers 400 to a malformed Host header", async () => {
  // Deno.serve passes such a request; a program cannot create one.
  const request = { method: "GET", headers: new Headers(), url: "http://a b/" } as Request;
  const response = await createHandler(new Sigver())(request);
  expect([response.status, await response.text()])
    .toEqual([400, "Bad request: malformed Host header\n"]);
});

Deno.test("createHandler() serves /healthz and /readyz", async () => {
  const sigver = new Sigver();
  const handle = createHandler(sigver);
  const told = async (path: string) => {
    const response = await handle(new Request(`http://127.0.0.1${path}`));
    return [response.status, await response.text()];
  };
  expect(await told("/healthz")).toEqual([200, "ok\n"]);
  expect(await told("/readyz")).toEqual([200, "ready\n"]);
  sigver.close();
  expect(await told("/healthz")).toEqual([200, "ok\n"]);
  expect(await told("/readyz")).toEqual([503, "the server stops\n"]);
});

Deno.test("createHandler() serves metrics for Prometheus at /metrics", async () => {
  await withServer(async (host, sigver) => {
    const client = await new Client(`ws://${host}/secret-key`).opened();
    client.send({ connect: { id: 4_000_000_001, members: [] } });
    await client.receive();
    const other = await new Client(`ws://${host}/secret-key`).opened();
    other.socket.send(Uint8Array.of(7, 7, 7));
    expect(await other.closed).toBe(4743);
    const response = await createHandler(sigver)(new Request(`http://${host}/metrics`));
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(text).not.toContain("secret");
    const values = Object.fromEntries(
      text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => line.split(" ")),
    );
    expect(values).toMatchObject({
      sigver_connections: "1",
      sigver_groups: "1",
      sigver_connections_opened_total: "2",
      'sigver_connections_closed_total{code="4743"}': "1",
      'sigver_messages_received_total{type="connect"}': "1",
      'sigver_messages_sent_total{type="connected"}': "1",
      sigver_sent_bytes_total: "2",
    });
    await client.close();
  });
});

Deno.test("Sigver follows the protocol, as decoded by an independent codec", async () => {
  await withServer(async (host) => {
    const member = await new Client(`ws://${host}/some%20key`).opened();
    member.send({ connect: { id: 4_000_000_001, members: [] } });
    expect(await member.receive()).toEqual({ connected: true });

    const newcomer = await new Client(`ws://${host}/some%20key`).opened();
    newcomer.send({ connect: { id: 4_000_000_002 } });
    expect(await newcomer.receive()).toEqual({ connected: false });
    newcomer.send({ heartbeat: true });

    // The server ignores a claimed senderId.
    newcomer.send({ content: { senderId: 77, data: Uint8Array.of(1, 2) } });
    const signal = await member.receive();
    const { senderId } = signal.content as { senderId: number };
    expect(signal).toEqual({ content: { senderId, data: [1, 2] } });
    expect(senderId).toBeGreaterThan(0);
    expect(senderId).toBeLessThan(2 ** 31);

    member.send({ content: { recipientId: senderId, lastData: true, data: Uint8Array.of(3) } });
    const answer = { recipientId: senderId, lastData: true, data: [3] };
    expect(await newcomer.receive()).toEqual({ content: answer });

    newcomer.send({ connect: { id: 4_000_000_002, members: [4_000_000_001] } });
    expect(await newcomer.receive()).toEqual({ connected: true });
    await newcomer.close();
    const gone = await member.receive();
    expect(gone).toMatchObject({ content: { senderId } });
    expect((gone.content as { data?: number[] }).data ?? []).toEqual([]);
    await member.close();
  });
});

const CLOSES: readonly {
  readonly name: string;
  readonly path: string;
  readonly frame?: string | Uint8Array<ArrayBuffer>;
  readonly code: number;
}[] = [
  { name: "no key", path: "", code: 4741 },
  { name: "a key that is too long", path: "k".repeat(513), code: 4741 },
  { name: "a text frame", path: "key", frame: "heartbeat", code: 4743 },
  { name: "an empty frame", path: "key", frame: new Uint8Array(), code: 4743 },
  { name: "nonsense", path: "key", frame: Uint8Array.of(7, 7, 7), code: 4743 },
  {
    name: "a frame that is too large",
    path: "key",
    frame: new Uint8Array(DEFAULT_LIMITS.frameBytes + 1),
    code: 4743,
  },
];

for (const { name, path, frame, code } of CLOSES) {
  Deno.test(`Sigver closes a WebSocket with ${code} for ${name}`, async () => {
    await withServer(async (host) => {
      const client = await new Client(`ws://${host}/${path}`).opened();
      if (frame !== undefined) client.socket.send(frame);
      expect(await client.closed).toBe(code);
    });
  });
}

Deno.test("Sigver closes a WebSocket at once with 4746 above the message rate", async () => {
  const limits = { messagesPerSecond: 0.001, messagesBurst: 3 };
  await withServer(async (host) => {
    const client = await new Client(`ws://${host}/key`).opened();
    for (let time = 0; time < 4; time++) client.send({ heartbeat: true });
    expect(await client.closed).toBe(4746);
  }, new Sigver({ limits }));
});

Deno.test("Sigver closes the silent member's WebSocket with 4744", async () => {
  const clock = new VirtualClock();
  const sigver = new Sigver({}, { clock, random: seededRandom(1), log: new StrictLog() });
  await withServer(async (host) => {
    const member = await new Client(`ws://${host}/key`).opened();
    member.send({ connect: { id: 1 } });
    expect(await member.receive()).toEqual({ connected: true });
    const newcomer = await new Client(`ws://${host}/key?favored`).opened();
    newcomer.send({ connect: { id: 2 } });
    expect(await newcomer.receive()).toEqual({ connected: false });
    clock.pass(SIGVER_SILENCE_MS + 1);
    expect(await newcomer.receive()).toEqual({ heartbeat: true });
    newcomer.send({ connect: { id: 2 } });
    expect(await newcomer.receive()).toEqual({ connected: true });
    expect(await member.closed).toBe(4744);
    await newcomer.close();
  }, sigver);
});

Deno.test("Sigver.close() ends WebSockets with 1001", async () => {
  await withServer(async (host, sigver) => {
    const client = await new Client(`ws://${host}/key`).opened();
    client.send({ connect: { id: 1 } });
    await client.receive();
    sigver.close();
    expect(await client.closed).toBe(1001);
  });
});

Deno.test("Sigver.close() waits until its clients have the close frame, and have answered", async () => {
  await withServer(async (host, sigver) => {
    const [hostname = "", port] = host.split(":");
    const client = await Deno.connect({ hostname, port: Number(port) });
    await client.write(
      new TextEncoder().encode(`GET /key HTTP/1.1\r\n${HANDSHAKE_HEADERS}\r\n`),
    );
    const buffer = new Uint8Array(1_024);
    await client.read(buffer);
    let isClosed = false;
    const closed = sigver.close().then(() => isClosed = true);
    const length = await client.read(buffer) ?? 0;
    const [close, , high = 0, low = 0] = buffer.subarray(0, length);
    expect([close, high * 256 + low, isClosed]).toEqual([0x88, 1001, false]);
    client.close();
    await closed;
  });
});

Deno.test("Sigver counts a close after a text frame as its own, with 4743", async () => {
  const events: SigverEvent[] = [];
  const sigver = new Sigver({ logLevel: "debug", log: (event) => events.push(event) });
  await withServer(async (host) => {
    const client = await new Client(`ws://${host}/key`).opened();
    client.socket.send("text");
    expect(await client.closed).toBe(4743);
    const closed = () => events.filter(({ event }) => event === "closed");
    await until("the server has seen the end", () => closed().length > 0);
    expect(closed()).toMatchObject([{ code: 4743 }]);
  }, sigver);
  expect(sigver.metrics()).toContain('sigver_connections_closed_total{code="4743"} 1');
});

Deno.test({
  name: "Sigver knows the addresses of clients behind a proxy that uses a Unix socket",
  ignore: Deno.build.os === "windows",
  async fn() {
    const asked: (string | undefined)[] = [];
    const admit = ({ address }: AdmissionRequest) => {
      asked.push(address);
      return false;
    };
    const sigver = new Sigver({ trustedProxies: ["127.0.0.1"], admit });
    const folder = await Deno.makeTempDir();
    const [path, nodePath] = [`${folder}/deno.sock`, `${folder}/node.sock`];
    const server = Deno.serve({ path, onListen() {} }, createHandler(sigver));
    const node = createServer();
    attach(node, createHandler(sigver), { accepts: () => true });
    await new Promise<void>((listening) => node.listen(nodePath, listening));
    const handshake = `GET /key HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7\r\n${HANDSHAKE_HEADERS}\r\n`;
    for (const address of [path, nodePath]) {
      const socket = connect(address);
      socket.write(handshake);
      await once(socket, "data");
      socket.destroy();
    }
    expect(asked).toEqual(["192.0.2.7", "192.0.2.7"]);
    sigver.close();
    await server.shutdown();
    await new Promise((closed) => node.close(closed));
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("createHandler() names what it expects if the request is that of node:http", () => {
  const sigver = new Sigver();
  const request = { method: "GET", url: "/", headers: { host: "localhost" } };
  expect(() => createHandler(sigver)(request as unknown as Request)).toThrow(
    "as request: a Request of the Fetch Standard (for node:http, use attach() or listen())",
  );
  sigver.close();
});

Deno.test("createHandler() refuses with 403 when admit throws", async () => {
  const sigver = new Sigver({ admit: () => Promise.reject(new Error("the database is away")) });
  const { error } = console;
  const printed: unknown[] = [];
  // deno-lint-ignore no-console -- what the server prints is the point
  console.error = (text) => printed.push(text);
  try {
    const handler = createHandler(sigver);
    const request = new Request("http://localhost/key", { headers: { upgrade: "websocket" } });
    expect((await handler(request, {})).status).toBe(403);
  } finally {
    // deno-lint-ignore no-console -- as before
    console.error = error;
  }
  expect(printed.map(String)).toEqual(["Error: the database is away"]);
  sigver.close();
});

Deno.test({
  name: "createHandler() frees the place of a client that leaves before its WebSocket opens",
  // Deno never ends the upgrades of such clients.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using _hurry = hurry();
    const sigver = new Sigver();
    const server = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
    for (let count = 0; count < 8; count++) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`GET /key HTTP/1.1\r\n${HANDSHAKE_HEADERS}\r\n`, () => socket.resetAndDestroy());
      await once(socket, "close");
    }
    await until("all places are free", () => sigver.held.sockets === 0);
    sigver.close();
    await server.close();
  },
});

Deno.test("createHandler() counts a client that is not admitted while its WebSocket is open", async () => {
  const sigver = new Sigver({ origins: ["https://good.example"], limits: { connectionsPerIp: 1 } });
  const server = await listen({ hostname: "127.0.0.1" }, createHandler(sigver));
  const handshake = `GET /key HTTP/1.1\r\nOrigin: https://bad.example\r\n${HANDSHAKE_HEADERS}\r\n`;
  const dial = async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(handshake);
    const [answer] = await once(socket, "data");
    return { socket, status: String(answer).split(" ")[1] };
  };
  const first = await dial();
  const second = await dial();
  // Neither answers the close frame.
  expect([first.status, second.status]).toEqual(["101", "429"]);
  for (const { socket } of [first, second]) socket.destroy();
  await until("its place is free", () => sigver.held.sockets === 0);
  sigver.close();
  await server.close();
});
