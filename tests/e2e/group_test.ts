import { expect } from "expect";
import { Bot, ConnectionError, DeliveryError, SignalingError, WebGroup } from "../../bot.ts";
import { RTC } from "../support/deno_peer.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

Deno.test("WebGroup: two peers over WebRTC and a bot over WebSocket exchange messages", async () => {
  await using signaling = new Signaling();
  const options = { signalingServer: signaling.url, ...RTC };
  await using bot = new Bot({ signalingServer: signaling.url, webGroupOptions: RTC });
  await bot.listen({ hostname: "127.0.0.1" });
  await using a = new WebGroup(options);
  await using b = new WebGroup(options);
  await a.join("key");
  await b.join("key");
  await a.invite(bot.url);
  await until("all have channels", () => a.neighbors.length === 2 && b.neighbors.length === 2);
  const kinds = [...(await a.getStats()).values()].map(({ channel }) => channel).sort();
  expect(kinds).toEqual(["rtc", "ws"]);
  const types = [a, b].map(async (group) =>
    [...(await group.getStats()).values()]
      .map((
        { channel, ...stats },
      ) => [channel, stats.localCandidateType, stats.remoteCandidateType])
      .sort()
  );
  const isDirect = expect.stringMatching(/^(host|prflx)$/);
  for (const both of await Promise.all(types)) {
    expect(both).toEqual([["rtc", isDirect, isDirect], ["ws", undefined, undefined]]);
  }
  const received: [number, number][] = [];
  b.onMessage = (id, data) => received.push([id, data.length]);
  const [group] = [...bot.webGroups.values()];
  group!.onMessage = (id, data) => received.push([id, data.length]);
  await a.send(new Uint8Array(5_000_000));
  await until("5 MB arrive twice", () => received.length === 2);
  expect(received).toEqual([[a.myId, 5_000_000], [a.myId, 5_000_000]]);
});

Deno.test("WebGroup: a program that sends faster than the network loses nothing", async () => {
  await using signaling = new Signaling();
  const options = { signalingServer: signaling.url, ...RTC };
  await using a = new WebGroup(options);
  await using b = new WebGroup(options);
  await Promise.all([a.join("key"), b.join("key")]);
  await until("they have a channel", () => a.neighbors.length === 1 && b.neighbors.length === 1);
  const received: number[] = [];
  b.onMessage = (_id, data) => {
    if (data instanceof Uint8Array) received.push(data[0]! + 256 * data[1]!);
  };
  const count = 2_000;
  for (let index = 0; index < count; index++) {
    a.send(new Uint8Array(10_000).fill(index % 256, 0, 1).fill(index >> 8, 1, 2));
  }
  await until("all arrive", () => received.length === count, () => received.length);
  expect(received.every((number, index) => number === index)).toBe(true);
});

Deno.test("WebGroup reports a server that is absent or not a signaling server as an error", async () => {
  const web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      if (request.headers.get("upgrade") === null) return new Response("a web page");
      const { response, socket } = Deno.upgradeWebSocket(request);
      socket.onopen = () => socket.send("hello from a chat server");
      return response;
    },
  );
  const cases = [
    ["ws://127.0.0.1:1", "UNREACHABLE"],
    [`ws://127.0.0.1:${web.addr.port}`, "CLOSED"],
  ] as const;
  for (const [signalingServer, code] of cases) {
    const group = new WebGroup({ signalingServer, autoRejoin: false });
    const errors: string[] = [];
    group.addEventListener("error", ({ error }) => errors.push(error.code));
    const error = await group.join("key").catch((error) => error);
    expect(error).toBeInstanceOf(SignalingError);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("key");
    expect(errors).toEqual([code]);
    expect(group.state).toBe(2);
  }
  await web.shutdown();
});

Deno.test("WebGroup.invite() rejects without a bot at the URL, and accepts IPv6", async () => {
  await using signaling = new Signaling();
  await using group = new WebGroup({ signalingServer: signaling.url, ...RTC });
  const early = await group.invite("ws://127.0.0.1:1").catch((error) => error);
  expect(early.name).toBe("InvalidStateError");
  await group.join("key");
  const error = await group.invite("ws://[::1]:1").catch((error) => error);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.code).toBe("UNREACHABLE");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  const refused = await group.invite(`ws://127.0.0.1:${server.addr.port}`).catch((error) => error);
  expect(refused.code).toBe("UNREACHABLE");
  await server.shutdown();
});

Deno.test("WebGroup.sendTo() rejects for an id that is not a member", async () => {
  await using signaling = new Signaling();
  const options = { signalingServer: signaling.url, ...RTC };
  await using a = new WebGroup(options);
  await using b = new WebGroup(options);
  await a.join("key");
  await b.join("key");
  await until("a sees b", () => a.members.length === 2);
  const error = await a.sendTo(7, "hello").catch((error) => error);
  expect(error).toBeInstanceOf(DeliveryError);
  expect(error.code).toBe("MEMBER_LEFT");
});

Deno.test("Bot.handler can be mounted in a server of the program, and several bots share a process", async () => {
  await using signaling = new Signaling();
  const botOptions = {
    signalingServer: signaling.url,
    webGroupOptions: RTC,
    leaveOnceAlone: false,
  };
  await using one = new Bot(botOptions);
  await using two = new Bot(botOptions);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/one/") return one.handler(request);
    if (pathname === "/two/") return two.handler(request);
    return new Response("the program's own");
  });
  const base = `127.0.0.1:${server.addr.port}`;
  expect(await (await fetch(`http://${base}/`)).text()).toBe("the program's own");
  expect(await (await fetch(`http://${base}/one/`)).text()).toContain("A bot of Netflux");
  await using a = new WebGroup({ signalingServer: signaling.url, ...RTC });
  await using other = new WebGroup({ signalingServer: signaling.url, ...RTC });
  await Promise.all([a.join("key"), other.join("another key")]);
  await a.invite(`ws://${base}/two`);
  await other.invite(`ws://${base}/two/`);
  expect([one.webGroups.size, two.webGroups.size]).toEqual([0, 2]);
  expect(two.url).toBe(`ws://${base}/two/`);
  await two.join("a third key");
  expect(two.webGroups.size).toBe(3);
  await a.invite(`ws://${base}/one`);
  await a.invite(`ws://${base}/one/`);
  expect([a.members.length, one.webGroups.size]).toEqual([3, 1]);
  await Promise.all([one.close(), two.close()]);
  expect(two.webGroups.size).toBe(0);
  await server.shutdown();
});

Deno.test("Bot.listen() refuses all requests of an address after too many refusals", async () => {
  await using signaling = new Signaling();
  await using bot = new Bot({ signalingServer: signaling.url });
  const { port } = await bot.listen({ hostname: "127.0.0.1" });
  const statuses: string[] = [];
  for (let index = 0; index < 25; index++) {
    statuses.push(await statusOfUpgrade(port, `/?type=0&wcId=7&senderId=${index + 1}`));
  }
  expect(statuses.slice(0, 20)).toEqual(Array(20).fill("403"));
  expect(statuses.slice(-1)).toEqual(["429"]);
  expect(bot.url).toBe(`ws://127.0.0.1:${port}/`);
});

Deno.test("Bot.listen() rejects a certificate without a key", async () => {
  await using bot = new Bot({ signalingServer: "ws://localhost:1" });
  await expect(bot.listen({ cert: "x" })).rejects.toThrow("cert and key expected, only cert given");
});

Deno.test("Bot.listen() rejects when the port is in use", async () => {
  await using signaling = new Signaling();
  await using bot = new Bot({ signalingServer: signaling.url });
  const { port } = await bot.listen({ hostname: "127.0.0.1" });
  await expect(bot.listen({ hostname: "127.0.0.1", port })).rejects.toThrow(Deno.errors.AddrInUse);
});

async function statusOfUpgrade(port: number, target: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [
    `GET ${target} HTTP/1.1`,
    "Host: evil.example",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const answer = new Uint8Array(64);
  await connection.read(answer);
  return new TextDecoder().decode(answer).split(" ")[1] ?? "";
}
