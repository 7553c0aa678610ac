import { expect } from "expect";
import { createServer } from "node:http";
import { Hono } from "hono";
import { generateKeyPair, SignJWT } from "jose";
import { Bot } from "../../bot.ts";
import { WebGroup } from "../../mod.ts";
import { BOT_GROUPS_MAX } from "../../src/bot/limits.ts";
import { listen as listenInDeno } from "../../src/platform/listen.deno.ts";
import { listen as listenInNode } from "../../src/platform/listen.node.ts";
import { silentLog } from "../../src/platform/log.ts";
import { webPlatform } from "../../src/platform/web.ts";
import { GroupServer, type GroupServerOptions } from "../../src/server/server.ts";
import { webTransport } from "../../src/transport/web.ts";
import { signToken } from "../sigver/support/token.ts";
import { HANDSHAKE_HEADERS } from "../support/handshake.ts";
import { hurry } from "../support/hurry.ts";
import { until } from "../support/until.ts";

/** A page of its own, and a GroupServer at /groups/. */
class Program implements AsyncDisposable {
  readonly server: GroupServer;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: GroupServerOptions = {}) {
    this.server = new GroupServer({ path: "/groups/", ...options });
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request, info) =>
        new URL(request.url).pathname === "/page"
          ? new Response("a page")
          : this.server.handler(request, info),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#http.addr.port}`;
  }

  page(query = ""): WebGroup {
    return new WebGroup({ signalingServer: `${this.url}/groups/${query}`, autoRejoin: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.#http.shutdown();
  }
}

Deno.test("GroupServer.handler serves its path beside the program's pages", async () => {
  await using program = new Program();
  const asked = async (path: string) => {
    const response = await fetch(`${program.url}${path}`);
    return [response.status, (await response.text()).split("\n")[0]];
  };
  expect(await asked("/page")).toEqual([200, "a page"]);
  expect(await asked("/groups/healthz")).toEqual([200, "ok"]);
  const metrics = await (await fetch(`${program.url}/groups/metrics`)).text();
  expect(metrics).toMatch(/^sigver_connections 0$/m);
  expect(metrics).toMatch(/^groupserver_relayed_bytes_total 0$/m);
  expect(await asked("/elsewhere")).toEqual([
    404,
    "Cannot serve this: a path below /groups/ expected",
  ]);
});

for (const relay of ["always", "needed"] as const) {
  Deno.test(`GroupServer with relay "${relay}" unites pages without WebRTC`, async () => {
    for (const key of ["room", "a/b", "ä ?#%", "%2F", "50%"]) {
      await using program = new Program({ relay });
      await using one = program.page();
      await using other = program.page();
      const heard: unknown[] = [];
      one.onMessage = (_, data) => heard.push(data);
      await one.join(key);
      await other.join(key);
      await until(`the pages of ${key} see each other`, () => one.members.length === 3);
      await other.send("hello");
      await until("a message arrives", () => heard.length === 1);
      expect([key, heard, [...program.server.groups.keys()]]).toEqual([key, ["hello"], [key]]);
    }
  });
}

Deno.test("GroupServer calls admit with the request of each WebSocket", async () => {
  const asked: string[] = [];
  await using program = new Program({
    relay: "always",
    admit: (request) => {
      const url = new URL(request.url);
      asked.push(url.searchParams.has("type") ? "dial" : "signaling");
      return url.searchParams.get("pass") === "let me in";
    },
  });
  await using welcome = program.page("?pass=let%20me%20in");
  await welcome.join("key");
  expect(welcome.members.length).toBe(2);
  expect(asked).toEqual(["signaling", "dial"]);
  await using stranger = program.page();
  const refused = await stranger.join("key").catch((error) => error.name);
  expect([refused, program.server.groups.get("key")?.members.length]).toEqual([
    "SignalingError",
    2,
  ]);
});

Deno.test("GroupServer.close() flushes sent messages, and then closes all connections", async () => {
  await using program = new Program({
    onGroup(group) {
      group.addEventListener(
        "memberjoin",
        ({ member }) => group.sendTo(member, "x".repeat(1_000_000)),
      );
    },
  });
  const page = program.page();
  const heard: number[] = [];
  page.onMessage = (_, data) => heard.push(data.length);
  await page.join("key");
  await program.server.close();
  await until("the page has lost the server", () => page.signalingState === 3);
  expect([heard, program.server.ready, program.server.groups.size]).toEqual([
    [1_000_000],
    false,
    0,
  ]);
  const answer = await fetch(`${program.url}/groups/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, "the server stops\n"]);
  await page.leave();
});

Deno.test("GroupServer rejects invalid options", () => {
  const wrong: readonly [unknown, string][] = [
    [{ path: "groups" }, 'Cannot use "groups" as path: a path such as "/groups/" expected'],
    [
      { relay: "sometimes" },
      'Cannot use "sometimes" as relay: "needed", "always" or "never" expected',
    ],
    [{ onGroup: 1 }, "Cannot use 1 as onGroup: a function expected"],
    [{ webGroupOptions: { token: "t" } }, "Cannot use option token: one of topology, rtc"],
    [{ webGroupOptions: { graceTime: -1 } }, "Cannot use -1 ms as graceTime"],
    [{ relay: "never", onGroup() {} }, 'Cannot use onGroup with relay "never"'],
    [{ trustedProxies: "::1" }, 'Cannot use "::1" as trustedProxies: an array expected'],
    [{ admit: "all" }, 'Cannot use "all" as admit: a function expected'],
    [{ maxGroups: 0 }, "Cannot use limit maxGroups: at least 1 expected, 0 came"],
  ];
  for (const [options, message] of wrong) {
    expect(() => new GroupServer(options as GroupServerOptions)).toThrow(message);
  }
});

Deno.test("GroupServer.attach() rejects unknown options, without which it would take all WebSockets", async () => {
  await using server = new GroupServer();
  for (
    const [options, message] of [[{ paths: "/groups/" }, "option paths"], ["/groups/", "an object"]]
  ) {
    expect(() => server.attach(createServer(), options as Record<never, never>)).toThrow(
      message as string,
    );
  }
});

Deno.test("GroupServer passes errors of handlers and listeners to onError, and continues", async () => {
  const errors: unknown[] = [];
  await using program = new Program({
    onGroup(group) {
      group.onMessage = (_, data) => String(data).at(0) && fail(`handler ${data}`);
      group.addEventListener("message", ({ data }) => fail(`listener ${data}`));
      group.channel("chat").addEventListener("message", ({ data }) => fail(`channel ${data}`));
      group.presence({}).onChange = () => fail("presence");
      throw new Error("onGroup");
    },
    onError: (error) => errors.push((error as Error).message),
  });
  const page = program.page();
  await page.join("key");
  await page.send("one");
  page.channel("chat").send("two");
  page.presence({ name: "Ada" });
  const expected = ["channel two", "handler one", "listener one", "onGroup", "presence"];
  await until("all errors are reported", () => errors.length === expected.length, () => errors);
  expect(errors.sort()).toEqual(expected);
  await page.leave();
});

Deno.test("GroupServer passes the error of an asynchronous onGroup to onError", async () => {
  const errors: unknown[] = [];
  await using program = new Program({
    onGroup: () => Promise.reject("asynchronous"),
    onError: (error) => errors.push(error),
  });
  const page = program.page();
  await page.join("key");
  expect(errors).toEqual(["asynchronous"]);
  await page.leave();
});

Deno.test("GroupServer prints the error of an onError that throws, and refuses each client in time", async () => {
  const { privateKey } = await generateKeyPair("ES256");
  const token = await new SignJWT({ key: "key" }).setProtectedHeader({ alg: "ES256" })
    .setExpirationTime("1h").sign(privateKey);
  const platform = webPlatform(silentLog);
  for (const keys of [{ admit: () => fail("admit") }, { jwks: "http://127.0.0.1:1/" }]) {
    const printed: unknown[] = [];
    const report = (error: unknown) => printed.push((error as Error).message);
    const environment = {
      platform: { ...platform, log: { ...silentLog, report } },
      transport: webTransport(),
    };
    const onError = () => fail("onError");
    const options = { ...keys, onError, relay: "never", limits: { sockets: 1 } } as const;
    await using server = new GroupServer(options, environment);
    const request = new Request("http://host/key");
    for (let count = 0; count < 3; count++) {
      const decision = await server.ask({ url: `ws://host/key?token=${token}`, request });
      if (decision.type === "admit") throw new Error("no client is admitted");
      expect(decision.reason).toMatch(/refuses this client|cannot load the keys/);
      decision.onClosed?.();
    }
    expect(new Set(printed)).toEqual(new Set(["onError"]));
  }
});

function fail(message: string): never {
  throw new Error(message);
}

Deno.test("GroupServer.handler works as a route of a Hono app", async () => {
  const server = new GroupServer({ path: "/groups/", relay: "always" });
  const app = new Hono<{ Bindings: Deno.ServeHandlerInfo<Deno.NetAddr> }>();
  app.get("/page", (context) => context.text("a page"));
  app.all("/groups/*", (context) => server.handler(context.req.raw, context.env));
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const url = `http://127.0.0.1:${http.addr.port}`;
  const asked = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return [response.status, (await response.text()).split("\n")[0]];
  };
  expect(await asked("/page")).toEqual([200, "a page"]);
  expect(await asked("/groups/healthz")).toEqual([200, "ok"]);
  {
    const page = () => new WebGroup({ signalingServer: `${url}/groups/`, autoRejoin: false });
    await using one = page();
    await using other = page();
    const heard: unknown[] = [];
    one.onMessage = (_, data) => heard.push(data);
    await Promise.all([one.join("room"), other.join("room")]);
    await until("the pages see each other", () => other.members.length === 3);
    await other.send("hello");
    await until("one hears the other", () => heard.length === 1);
    expect(heard).toEqual(["hello"]);
  }
  await server.close();
  await http.shutdown();
});

Deno.test("a GroupServer or a Bot that is closed while it begins to listen does not listen", async () => {
  const servers = [new GroupServer(), new Bot({ signalingServer: "ws://127.0.0.1:1" })];
  for (const server of servers) {
    const listening = server.listen({ hostname: "127.0.0.1" });
    await server.close();
    await expect(listening).rejects.toMatchObject({ name: "InvalidStateError" });
    await expect(server.listen()).rejects.toMatchObject({ name: "InvalidStateError" });
  }
});

Deno.test({
  name: "GroupServer.close() does not wait forever for a client that does not finish its request",
  // Deno goes on waiting for them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    for (const listen of [listenInDeno, listenInNode]) {
      for (
        const sent of ["", "GET / HT", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\na"]
      ) {
        const server = await listen({ hostname: "127.0.0.1" }, () => new Response("a page"));
        const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
        await client.write(new TextEncoder().encode(sent));
        using _hurry = hurry();
        await server.close();
        client.close();
      }
    }
  },
});

Deno.test("GroupServer requires token and origin also for dials to it as a member", async () => {
  const secret = "a secret of at least 32 characters";
  const origin = "https://app.example.org";
  await using program = new Program({ secret, origins: [origin], relay: "always" });
  const token = await signToken(secret, { key: "board" });
  await using member = program.page(`?token=${token}`);
  await member.join("board");
  const statusOf = async (place: string, from: string) => {
    const { hostname, port } = new URL(program.url);
    const group = program.server.groups.get("board")!.id;
    const query = `wcId=${group}&senderId=${2 ** 31 + 5}&key=board`;
    const client = await Deno.connect({ hostname, port: Number(port) });
    const path = `/groups/${place}${place.includes("?") ? "&" : "?"}${query}`;
    await client.write(
      new TextEncoder().encode(
        `GET ${path} HTTP/1.1\r\n${HANDSHAKE_HEADERS}Origin: ${from}\r\n\r\n`,
      ),
    );
    const answer = new Uint8Array(1_000);
    const length = await client.read(answer) ?? 0;
    client.close();
    return Number(new TextDecoder().decode(answer.subarray(0, length)).split(" ")[1]);
  };
  const places = ["board?type=0", "board?type=1", "?type=1", "?type=2"];
  const statuses = async (from: string, rest = "") =>
    await Promise.all(places.map((place) => statusOf(`${place}${rest}`, from)));
  expect(await statuses(origin)).toEqual([401, 401, 401, 401]);
  expect(await statuses("https://evil.example", `&token=${token}`)).toEqual([403, 403, 403, 403]);
  expect(await statusOf(`board?type=1&token=${token}`, origin)).toBe(101);
  expect(await statusOf("?type=0&proof=AA", origin)).toBe(403);
});

Deno.test("GroupServer: a page dials it as a member with a new token", async () => {
  const secret = "a secret of at least 32 characters";
  await using program = new Program({ secret, relay: "always" });
  let tokens = 0;
  await using page = new WebGroup({
    signalingServer: `${program.url}/groups/`,
    token: (key) => {
      tokens++;
      return signToken(secret, { key });
    },
  });
  await page.join("board");
  await until("the server is a neighbor", () => page.neighbors.length === 1);
  expect(tokens).toBeGreaterThanOrEqual(2);
  const stats = await page.getStats();
  expect([...stats.values()].map(({ channel }) => channel)).toEqual(["ws"]);
});

const INFO = { remoteAddr: { hostname: "192.0.2.1" } };

function upgradeOf(url: string): Request {
  return new Request(url, { headers: { upgrade: "websocket", connection: "Upgrade" } });
}

for (const path of ["/my groups/", "/räume/", "/a b/../c/"]) {
  Deno.test(`GroupServer serves the path ${path}`, async () => {
    await using server = new GroupServer({ path });
    const response = await server.handler(new Request(`http://localhost${path}healthz`), INFO);
    expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
  });
}

Deno.test("GroupServer counts requests that admit refuses", async () => {
  await using server = new GroupServer({ admit: () => false });
  const response = await server.handler(upgradeOf("http://localhost/key"), INFO);
  expect(response.status).toBe(403);
  expect(server.metrics()).toMatch(/^sigver_refused_total\{reason="admit"\} 1$/m);
});

Deno.test("GroupServer checks limits by address before it calls admit", async () => {
  let calls = 0;
  await using server = new GroupServer({
    limits: { connectionsPerIpBurst: 2, connectionsPerIpPerSecond: 0.1 },
    admit: () => (calls++, false),
  });
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) {
    statuses.push((await server.handler(upgradeOf("http://localhost/key"), INFO)).status);
  }
  expect([calls, statuses]).toEqual([2, [403, 403, 429, 429]]);
});

Deno.test("GroupServer limits the sockets of an address that dials the member", async () => {
  await using program = new Program({ relay: "always", limits: { connectionsPerIp: 8 } });
  const page = program.page();
  await page.join("key");
  const wcId = program.server.groups.get("key")!.id;
  const decisions = await Promise.all(Array.from({ length: 12 }, (_, index) => {
    const url = `ws://localhost/key?type=1&wcId=${wcId}&senderId=${1_000 + index}&key=key`;
    return program.server.ask({ url, remote: "192.0.2.1" });
  }));
  const types = decisions.map((decision) => decision.type === "refuse" ? decision.status : "admit");
  expect(types).toEqual([...Array(8).fill("admit"), ...Array(4).fill(429)]);
  for (const decision of decisions) if (decision.type === "admit") decision.onClosed?.();
  await page.leave();
});

Deno.test("GroupServer limits guesses of keys by dials", async () => {
  const limits = { connectionsPerIpBurst: 2, connectionsPerIpPerSecond: 0.1 };
  await using server = new GroupServer({ relay: "always", limits });
  const statuses: number[] = [];
  for (let guess = 0; guess < 4; guess++) {
    const url = `http://localhost/guess${guess}?type=1&wcId=5&senderId=6&key=guess${guess}`;
    statuses.push((await server.handler(upgradeOf(url), INFO)).status);
  }
  expect(statuses).toEqual([404, 404, 429, 429]);
});

Deno.test("GroupServer.close() answers /readyz with 503 at once", async () => {
  await using program = new Program({ relay: "always" });
  const page = program.page();
  await page.join("key");
  const closing = program.server.close();
  const ready = await program.server.handler(new Request(`${program.url}/groups/readyz`), INFO);
  await closing;
  await page.leave();
  expect(ready.status).toBe(503);
});

Deno.test("GroupServer.handler does not throw on a WebSocket with a malformed Host header", async () => {
  await using server = new GroupServer();
  await using http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, server.handler);
  const { hostname, port } = http.addr;
  const headers = HANDSHAKE_HEADERS.replace("localhost", "a b");
  for (const path of ["key", "key?type=1&wcId=5&senderId=6&key=key"]) {
    const client = await Deno.connect({ hostname, port });
    await client.write(new TextEncoder().encode(`GET /${path} HTTP/1.1\r\n${headers}\r\n`));
    const answer = new Uint8Array(1_000);
    const length = await client.read(answer) ?? 0;
    client.close();
    // It is closed with the code for an invalid URL.
    const status = new TextDecoder().decode(answer.subarray(0, length)).split(" ")[1];
    expect([path, status]).toEqual([path, "101"]);
  }
});

Deno.test("GroupServer asks admit about every WebSocket to the member without a proof", async () => {
  const asked: string[] = [];
  await using server = new GroupServer({ admit: ({ url }) => (asked.push(url), false) });
  const urls = [0, 1, 2].map((type) => `http://localhost/?type=${type}&wcId=5&senderId=6&key=key`);
  for (const url of urls) await server.handler(upgradeOf(url), INFO);
  expect(asked).toEqual(urls);
});

Deno.test("GroupServer has room for a bot with the most groups at one address", async () => {
  await using program = new Program({
    relay: "always",
    limits: { connectionsPerIp: undefined, connectionsPerIpBurst: undefined },
  });
  await using page = new WebGroup({ signalingServer: `${program.url}/groups/`, autoRejoin: false });
  await page.join("key");
  const { id } = program.server.groups.get("key")!;
  const statuses = new Set<unknown>();
  for (let index = 0; index < BOT_GROUPS_MAX; index++) {
    const dial = `key?type=1&wcId=${id}&senderId=${2 ** 31 + index}&key=key`;
    for (const place of [`key${index}`, dial]) {
      const url = `ws://localhost/${place}`;
      const decision = await program.server.ask({ url, remote: "192.0.2.1" });
      statuses.add(decision.type === "refuse" ? decision.status : decision.type);
    }
  }
  expect(statuses).toEqual(new Set(["admit"]));
});

Deno.test("a GroupServer decodes no frame that is too large for its signaling server", async () => {
  await using server = new GroupServer({ relay: "always" });
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, server.handler);
  const socket = new WebSocket(`ws://127.0.0.1:${http.addr.port}/key`);
  const end = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  await new Promise((resolve) => socket.onopen = resolve);
  // A connect, if it is decoded, for which the server joins the group.
  const connect = Uint8Array.of(0x1a, 2, 8, 1, 0x32, 0xff, 0xff, 0x7f);
  const frame = new Uint8Array(connect.length + 0x1f_ffff);
  frame.set(connect);
  socket.send(frame);
  const { code, reason } = await end;
  expect([code, reason, server.groups.size]).toEqual([4743, "the frame is too large", 0]);
  await server.close();
  await http.shutdown();
});

Deno.test("a GroupServer is no member of a group whose key no member can have", async () => {
  await using server = new GroupServer({ relay: "always" });
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, server.handler);
  for (const path of ["a%5C..%5Cb", "%5C.%5C", "%41", "%ff"]) {
    const socket = new WebSocket(`ws://127.0.0.1:${http.addr.port}/${path}`);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    const answer = new Promise((resolve) => socket.onmessage = resolve);
    await new Promise((resolve) => socket.onopen = resolve);
    socket.send(Uint8Array.of(0x1a, 2, 8, 1));
    expect(await Promise.race([closed, answer])).toMatchObject({ type: "message" });
    expect(server.groups.size).toBe(0);
    socket.close();
    await closed;
  }
  await server.close();
  await http.shutdown();
});
