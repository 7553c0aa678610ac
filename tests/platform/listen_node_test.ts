// Tests the HTTP servers of Node, in Node and in Deno, which also implements them.

import { expect } from "expect";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import process from "node:process";
// @ts-types="@types/ws"
import { WebSocket, WebSocketServer } from "ws";
import {
  CLOSE_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  SERVER_CLOSE_TIMEOUT_MS,
  SERVER_MESSAGE_BYTES_MAX,
} from "../../src/base/limits.ts";
import { attach, listen, upgrade } from "../../src/platform/listen.node.ts";
import type { AttachOptions, NodeServer, RequestHandler } from "../../src/platform/http_server.ts";
import { makeCertificate } from "../support/certificate.ts";
import { withTimeout } from "../support/with_timeout.ts";

const echo = (asked: Request): Response => {
  if (asked.headers.get("upgrade") !== "websocket") {
    return new Response(`${asked.method} ${asked.url} ${asked.headers.get("x-said")}`, {
      status: 202,
      headers: { "x-from": "the handler" },
    });
  }
  const { response, socket } = upgrade(asked);
  socket.onmessage = ({ data }) => socket.send(`${new URL(asked.url).pathname} ${data}`);
  return response;
};

Deno.test("listen() passes web-standard requests, and returns its address", async () => {
  const listening = await listen({ hostname: "127.0.0.1" }, echo);
  const { hostname, port, secure } = listening;
  expect([hostname, port > 0, secure]).toEqual(["127.0.0.1", true, false]);
  const url = `http://127.0.0.1:${port}/a?b=c`;
  const reply = await fetch(url, { headers: { "x-said": "hello" } });
  expect([reply.status, reply.headers.get("x-from")]).toEqual([202, "the handler"]);
  expect(await reply.text()).toBe(`GET ${url} hello`);
  expect(await exchange(`ws://127.0.0.1:${port}/room`, "hello")).toBe("/room hello");
  await listening.close();
  await expect(fetch(url)).rejects.toThrow();
});

Deno.test("listen() passes bodies in both directions, and repeated headers", async () => {
  const listening = await listen({ hostname: "127.0.0.1" }, async (asked) => {
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
    return new Response((await asked.text()).toUpperCase(), { headers });
  });
  const url = `http://127.0.0.1:${listening.port}/`;
  const reply = await fetch(url, { method: "POST", body: "hello".repeat(20_000) });
  expect(await reply.text()).toBe("HELLO".repeat(20_000));
  expect(reply.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  await listening.close();
});

Deno.test("listen() passes the client address, with and without a WebSocket", async () => {
  const addresses: string[] = [];
  const listening = await listen({ hostname: "127.0.0.1" }, (asked, { remoteAddr }) => {
    addresses.push(remoteAddr.hostname);
    return echo(asked);
  });
  const host = `127.0.0.1:${listening.port}`;
  await (await fetch(`http://${host}/`)).text();
  await exchange(`ws://${host}/room`, "hello");
  expect(addresses).toEqual(["127.0.0.1", "127.0.0.1"]);
  await listening.close();
});

Deno.test("listen() closes a WebSocket whose message exceeds the limit", async () => {
  const listening = await listen({ hostname: "127.0.0.1" }, echo);
  const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/`);
  socket.onopen = () => socket.send(new Uint8Array(SERVER_MESSAGE_BYTES_MAX + 1));
  const code = await new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
  expect(code).toBe(1009);
  await listening.close();
});

Deno.test("listen() ends a TLS handshake that does not finish, and close() does not wait for it", async () => {
  const options = { hostname: "127.0.0.1", ...await makeCertificate("handshake") };
  const listening = await listen(options, echo);
  const client = connect(listening.port, "127.0.0.1").on("error", () => {}).resume();
  const ended = new Promise((resolve) => client.once("close", resolve));
  await new Promise((connected) => client.once("connect", connected));
  // The server has accepted the connection when it has answered a later one.
  await write(`127.0.0.1:${listening.port}`, "no handshake");
  const closed = listening.close();
  await withTimeout(closed, SERVER_CLOSE_TIMEOUT_MS + 1_000, "the end of close()");
  await withTimeout(ended, HEADERS_TIMEOUT_MS, "the end of the connection");
});

Deno.test("listen() responds with 500 to a handler that throws, warns, and continues", async () => {
  const warning = new Promise<Error>((resolve) => process.once("warning", resolve));
  const listening = await listen({ hostname: "127.0.0.1" }, (asked) => {
    if (asked.url.endsWith("/bad")) throw new Error("a bug of the program");
    return echo(asked);
  });
  const host = `127.0.0.1:${listening.port}`;
  const reply = await fetch(`http://${host}/bad`);
  expect([reply.status, await reply.text()]).toEqual([
    500,
    "Internal server error: the request handler failed\n",
  ]);
  expect((await warning).message).toBe("a bug of the program");
  expect(await exchange(`ws://${host}/bad`, "")).toBe("Unexpected server response: 500");
  expect(await exchange(`ws://${host}/good`, "hello")).toBe("/good hello");
  await listening.close();
});

Deno.test("listen() responds with 500 to a handler that returns no response, and continues", async () => {
  const warnings: string[] = [];
  const warn = ({ message }: Error) => warnings.push(message);
  process.on("warning", warn);
  const listening = await listen({ hostname: "127.0.0.1" }, (asked) => {
    if (asked.url.endsWith("/nothing")) return undefined as unknown as Response;
    if (asked.url.endsWith("/error")) return Response.error();
    return echo(asked);
  });
  const host = `127.0.0.1:${listening.port}`;
  for (const path of ["nothing", "error"]) {
    const reply = await fetch(`http://${host}/${path}`);
    expect([reply.status, await reply.text()]).toEqual([
      500,
      "Internal server error: the request handler failed\n",
    ]);
    expect(await exchange(`ws://${host}/${path}`, "")).toBe("Unexpected server response: 500");
  }
  expect(await exchange(`ws://${host}/good`, "hello")).toBe("/good hello");
  expect(new Set(warnings)).toEqual(new Set(["Cannot reply: a Response expected"]));
  process.off("warning", warn);
  await listening.close();
});

Deno.test("listen() ends the connection of a body that fails, and cancels that of a client that left", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  let cancel = () => {};
  const canceled = new Promise<void>((resolve) => cancel = resolve);
  const listening = await listen({ hostname: "127.0.0.1" }, (asked) => {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(new TextEncoder().encode("the beginning"));
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (asked.url.endsWith("/bad")) controller.error(new Error("the source is lost"));
    };
    return new Response(new ReadableStream({ start, pull, cancel: () => cancel() }));
  });
  const url = `http://127.0.0.1:${listening.port}`;
  await expect(fetch(`${url}/bad`).then((reply) => reply.text())).rejects.toThrow();
  expect((await warned).message).toBe("the source is lost");
  expect(await exchange(`ws://127.0.0.1:${listening.port}/bad`, "")).toBe("socket hang up");
  const client = connect(listening.port, "127.0.0.1");
  client.write("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => client.once("data", resolve));
  client.destroy();
  await canceled;
  await listening.close();
});

Deno.test("listen() rejects a certificate without a key", async () => {
  for (const [half, name] of [[{ cert: "x" }, "cert"], [{ key: "x" }, "key"]] as const) {
    await expect(listen(half, echo)).rejects.toThrow(`cert and key expected, only ${name} given`);
  }
});

Deno.test("listen() rejects when the port is in use", async () => {
  const listening = await listen({ hostname: "127.0.0.1" }, echo);
  const { port } = listening;
  await expect(listen({ hostname: "127.0.0.1", port }, echo)).rejects.toThrow("EADDRINUSE");
  await listening.close();
});

Deno.test("attach() leaves the routes and the WebSockets of the program untouched", async () => {
  await withServer(
    (server) => {
      server.on("request", (_, response) => response.end("the program's"));
      const own = new WebSocketServer({ noServer: true });
      server.on("upgrade", (message, socket, head) => {
        if (message.url !== "/own") return;
        own.handleUpgrade(message, socket, head, (client) => client.send("the program's"));
      });
    },
    [[echo, { accepts: ({ pathname }) => pathname === "/ours" }]],
    async (host) => {
      expect(await (await fetch(`http://${host}/`)).text()).toBe("the program's");
      expect(await exchange(`ws://${host}/ours`, "hello")).toBe("/ours hello");
      expect(await exchange(`ws://${host}/own`, "hello")).toBe("the program's");
    },
  );
});

Deno.test("attach() routes WebSockets by `accepts`, and refuses others", async () => {
  const named = (name: string): RequestHandler => (asked) => {
    if (asked.headers.get("upgrade") !== "websocket") return new Response(name);
    const { response, socket } = upgrade(asked);
    socket.onmessage = () => socket.send(name);
    return response;
  };
  const accepts = (path: string): AttachOptions => ({
    accepts: ({ pathname }) => pathname === path,
  });
  await withServer(
    () => {},
    [[named("one"), accepts("/1")], [named("two"), accepts("/2")]],
    async (host) => {
      expect(await exchange(`ws://${host}/1`, "")).toBe("one");
      expect(await exchange(`ws://${host}/2`, "")).toBe("two");
      expect(await exchange(`ws://${host}/nobody`, "")).toBe("Unexpected server response: 404");
      expect(await (await fetch(`http://${host}/`)).text()).toBe("two");
    },
  );
});

Deno.test("attach() leaves a WebSocket of the program to it, whatever Host the client names", async () => {
  const own = new WebSocketServer({ noServer: true });
  const server = createServer();
  const accepts = ({ pathname }: URL) => pathname.startsWith("/ours/");
  attach(server, echo, { accepts });
  server.on("upgrade", (message, socket, head) => {
    if (message.url !== "/own") return;
    own.handleUpgrade(message, socket, head, (client) => client.send("the program's"));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  for (const host of ["localhost", "localhost/ours/", "localhost/ours/?", "localhost\\ours/#"]) {
    const url = `ws://127.0.0.1:${port}/own`;
    expect([host, await exchange(url, "hello", { host })]).toEqual([host, "the program's"]);
  }
  await new Promise((closed) => server.close(closed));
});

Deno.test({
  name: "attach() leaves requests that offer another protocol to the program, with their bodies",
  // Its server does not pass such requests on.
  ignore: process.versions["deno"] !== undefined,
  async fn() {
    const program = (server: Server) =>
      server.on("request", (message, response) => {
        message.setEncoding("utf8");
        let body = "";
        message.on("data", (text: string) => body += text);
        message.on("end", () => response.end(`${message.method} ${message.url} ${body}`));
      });
    await withServer(program, [[echo, { accepts: () => true }]], async (host) => {
      const offering = "Host: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n";
      expect(await write(host, `GET /page HTTP/1.1\r\n${offering}\r\n`))
        .toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\nGET \/page $/s);
      const chunked = `${offering}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
      expect(await write(host, `POST /form HTTP/1.1\r\n${chunked}`)).toMatch(/POST \/form hello/);
      expect(await exchange(`ws://${host}/room`, "hello")).toBe("/room hello");
    });
  },
});

Deno.test("attach() compresses messages only if the options say so", async () => {
  for (const perMessageDeflate of [true, false]) {
    const options = { accepts: () => true, perMessageDeflate };
    await withServer(() => {}, [[echo, options]], async (host) => {
      const client = new WebSocket(`ws://${host}/`, { perMessageDeflate: true });
      await new Promise((opened) => client.once("open", opened));
      expect(client.extensions).toBe(perMessageDeflate ? "permessage-deflate" : "");
      client.close();
      await new Promise((closed) => client.once("close", closed));
    });
  }
});

Deno.test("attach() rejects malformed handshakes and URLs, and continues", async () => {
  await withServer(() => {}, [[guarded, { accepts: () => true }]], async (host) => {
    const upgrading = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    expect(await write(host, `GET / HTTP/1.1\r\nHost: x\r\n${upgrading}\r\n`)).toMatch(/ 400 /);
    expect(await write(host, `GET / HTTP/1.1\r\nHost: a b\r\n${upgrading}\r\n`)).toMatch(/ 400 /);
    expect(await write(host, "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"))
      .toMatch(/ 400 /);
    expect(await exchange(`ws://${host}/still`, "here")).toBe("/still here");
  });
});

Deno.test("attach() ends a refused socket, even if the client neither closes nor reads", async () => {
  const server = createServer();
  attach(server, () => new Response("no", { status: 403 }), { accepts: () => true });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const handshake =
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  const clients = (["closes", "reads", "does neither"] as const).map((kind) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: kind !== "closes" });
    socket.on("error", () => {});
    socket.on("connect", () => socket.write(handshake));
    if (kind === "does neither") socket.pause();
    else socket.resume();
    return socket;
  });
  const count = () =>
    new Promise<number>((resolve) =>
      server.getConnections((_, connections) => resolve(connections))
    );
  let refused = 0;
  server.on("upgrade", () => refused++);
  while (refused < clients.length) await later();
  const withTimeout = Date.now() + 2 * CLOSE_TIMEOUT_MS;
  while (await count() > 0 && Date.now() < withTimeout) await later();
  expect(await count()).toBe(0);
  for (const client of clients) client.destroy();
  await new Promise((closed) => server.close(closed));
});

Deno.test("attach() rejects a wrong argument with an explanation", () => {
  expect(() => attach({ port: 1 } as unknown as NodeServer, echo, { accepts: () => true }))
    .toThrow("a server of node:http or node:https expected");
  const options = { accepts: () => true, perMessageDefalte: true };
  expect(() => attach(createServer(), echo, options)).toThrow(
    "Cannot use option perMessageDefalte: one of accepts, perMessageDeflate expected",
  );
});

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function guarded(asked: Request): Response {
  try {
    return echo(asked);
  } catch {
    return new Response(null, { status: 400 });
  }
}

/** @param body Runs with a server that handlers share with a program. */
async function withServer(
  program: (server: Server) => void,
  handlers: readonly (readonly [RequestHandler, AttachOptions])[],
  body: (host: string) => Promise<void>,
): Promise<void> {
  const server = createServer();
  program(server);
  const attachments = handlers.map(([handler, options]) => attach(server, handler, options));
  expect(attachments.map((one) => one.url)).toEqual(handlers.map(() => undefined));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  expect(attachments.map((one) => one.url)).toEqual(
    handlers.map(() => `ws://127.0.0.1:${port}/`),
  );
  try {
    await body(`127.0.0.1:${port}`);
    const count = server.listenerCount("upgrade");
    for (const one of attachments) one.detach();
    expect(server.listenerCount("upgrade")).toBe(count - attachments.length);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

/** Returns the reply over a WebSocket, or the error if it does not open. */
function exchange(url: string, text: string, headers = {}): Promise<string> {
  return new Promise((resolve) => {
    const client = new WebSocket(url, { headers });
    client.once("open", () => client.send(text));
    client.once("message", (data) => {
      client.once("close", () => resolve(String(data)));
      client.close();
    });
    client.once("error", (error) => resolve(error.message));
  });
}

/** Returns everything that the server writes until it closes. */
function write(host: string, text: string): Promise<string> {
  const [hostname, port] = host.split(":");
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on("data", (bytes) => received += bytes);
    socket.on("close", () => resolve(received));
  });
}
