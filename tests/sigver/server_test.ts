import { expect } from "expect";
import { KEY_LENGTH_MAX } from "../../src/base/limits.ts";
import { SIGVER_SILENCE_MS } from "../../src/base/sigver_limits.ts";
import { DEFAULT_LIMITS } from "../../src/sigver/limits.ts";
import { encodeSignaling, type SignalingMessage } from "../../src/wire/signaling.ts";
import { FakeChannel, type FakeClient, requestUpgrade } from "./support/fakes.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";

const CONNECTED: SignalingMessage = { type: "connected", connected: true };
const UNCONNECTED: SignalingMessage = { type: "connected", connected: false };

const KEYS: readonly { readonly address: string; readonly code: number | undefined }[] = [
  { address: "ws://host/k", code: undefined },
  { address: `ws://host/${"k".repeat(KEY_LENGTH_MAX)}`, code: undefined },
  { address: "ws://host/a/b", code: undefined },
  { address: "ws://host/%zz", code: undefined },
  { address: "ws://host/key?favored", code: undefined },
  { address: "ws://host", code: 4741 },
  { address: "ws://host/", code: 4741 },
  { address: "ws://host/?favored", code: 4741 },
  { address: `ws://host/${"k".repeat(KEY_LENGTH_MAX + 1)}`, code: 4741 },
  { address: `ws://host/${"%20".repeat(KEY_LENGTH_MAX / 3 + 1)}`, code: 4741 },
  { address: "ws://", code: 4745 },
  { address: "/key", code: 4745 },
  { address: "", code: 4745 },
];

for (const { address, code } of KEYS) {
  const shown = address.length > 40 ? `${address.slice(0, 40)}… (${address.length})` : address;
  Deno.test(`Sigver.ask(${JSON.stringify(shown)}): ${code ?? "let in"}`, () => {
    const world = makeWorld();
    const admission = world.sigver.ask({ url: address });
    if (!("type" in admission && admission.type === "admit")) throw new Error("Everyone is let in");
    const channel = new FakeChannel();
    channel.whenOver = () => admission.onClosed?.();
    admission.accept(channel);
    expect(channel.closedWith).toBe(code);
    world.sigver.close();
    expectQuiet(world);
  });
}

Deno.test("Sigver keeps keys apart, without decoding them", () => {
  const world = makeWorld();
  const clients = ["a", "%61", "a/", "A"].map((key) => world.client(key));
  for (const [index, client] of clients.entries()) {
    client.connect(index + 1);
    expect(client.received()).toEqual([CONNECTED]);
  }
  expect(world.sigver.load).toEqual({ rooms: 4, sessions: 4 });
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver pairs a newcomer with the member and forwards their signals", () => {
  const world = makeWorld();
  const [member, newcomer] = [world.client(), world.client()];
  member.connect(1);
  newcomer.connect(2);
  expect(member.received()).toEqual([CONNECTED]);
  expect(newcomer.received()).toEqual([UNCONNECTED]);

  const data = Uint8Array.of(1, 2, 3);
  const signal = { type: "content", last: false, data } as const;
  newcomer.send({ ...signal, sender: undefined, recipient: undefined });
  const [came] = member.received();
  if (came?.type !== "content" || came.sender === undefined) throw new Error("No signal came");
  expect(came).toEqual({ ...signal, sender: came.sender, recipient: undefined });

  member.send({ ...signal, sender: came.sender, recipient: came.sender });
  expect(newcomer.received()).toEqual([{ ...signal, sender: undefined, recipient: came.sender }]);

  newcomer.channel.goAway();
  expect(member.received()).toEqual([{ ...came, data: undefined }]);
  member.channel.goAway();
  expectQuiet(world);
});

Deno.test("Sigver pairs with the favored member", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = makeWorld(seed);
    const plain = world.client();
    const favored = world.client("key?favored");
    plain.connect(1);
    favored.connect(2, [1]);
    const newcomer = world.client();
    newcomer.connect(3);
    newcomer.channel.goAway();
    expect(favored.received().at(-1)?.type).toBe("content");
    world.sigver.close();
    expectQuiet(world);
  }
});

Deno.test("Sigver closes a silent member with 4744 and accepts the newcomer", () => {
  for (const [afterMs, closedWith, sessions] of [[0, undefined, 2], [1, 4744, 1]] as const) {
    const world = makeWorld();
    const [member, newcomer] = [world.client(), world.client()];
    member.connect(1);
    world.clock.pass(SIGVER_SILENCE_MS);
    newcomer.connect(2);
    world.clock.pass(afterMs);
    newcomer.channel.sent.length = 0;
    newcomer.connect(2);
    expect(member.channel.closedWith).toBe(closedWith);
    expect(newcomer.received()).toEqual([CONNECTED]);
    expect(world.sigver.load).toEqual({ rooms: 1, sessions });
    world.sigver.close();
    expectQuiet(world);
  }
});

const FRAMES: readonly SignalingMessage[] = [
  { type: "heartbeat" },
  { type: "connect", id: 1, members: [], version: undefined },
  { type: "content", sender: undefined, recipient: undefined, last: false, data: undefined },
];

for (const frame of FRAMES) {
  Deno.test(`Sigver keeps a lone member that sends anything: ${frame.type}`, () => {
    const world = makeWorld();
    const member = world.client();
    member.connect(1);
    world.clock.pass(SIGVER_SILENCE_MS - 1_000);
    member.send(frame);
    world.clock.pass(SIGVER_SILENCE_MS - 1_000);
    const stranger = world.client();
    for (let time = 0; time < 5; time++) stranger.connect(2);
    expect(member.channel.closedWith).toBe(undefined);
    expect(stranger.received()).toEqual([
      UNCONNECTED,
      CONNECTED,
      ...Array(3).fill(UNCONNECTED),
    ]);
    world.sigver.close();
    expectQuiet(world);
  });
}

Deno.test("Sigver sends a heartbeat every 5 s and answers none", () => {
  const world = makeWorld();
  const client = world.client();
  client.connect(1);
  expect(client.received()).toEqual([CONNECTED]);
  for (let beat = 1; beat <= 10; beat++) {
    world.clock.pass(4_999);
    expect(client.received()).toEqual([]);
    world.clock.pass(1);
    expect(client.received()).toEqual([{ type: "heartbeat" }]);
    client.send({ type: "heartbeat" });
    expect(client.received()).toEqual([]);
  }
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver closes with 4742 when three heartbeats in a row are not answered", () => {
  const world = makeWorld();
  const client = world.client();
  client.connect(1);
  world.clock.pass(14_000);
  client.send({ type: "heartbeat" });
  world.clock.pass(10_999);
  // Other messages do not count.
  client.connect(1);
  expect(client.channel.closedWith).toBe(undefined);
  world.clock.pass(1);
  expect(client.channel.closedWith).toBe(4742);
  expectQuiet(world);
});

Deno.test("Sigver sends the heartbeats of all clients with one timer", () => {
  const world = makeWorld();
  const clients = Array.from({ length: 100 }, (_, index) => {
    world.clock.pass(10);
    const client = world.client(`key${index}`);
    client.connect(1);
    client.received();
    return client;
  });
  expect(world.clock.timers).toBe(1);
  clients[0]?.channel.goAway();
  world.clock.pass(4_249);
  expect(clients.flatMap((client) => client.received())).toEqual([]);
  world.clock.pass(1);
  const counts = clients.map((client) => client.received().length);
  expect(counts).toEqual(clients.map((_, index) => index >= 1 && index < 25 ? 1 : 0));
  for (const client of clients) client.channel.goAway();
  expectQuiet(world);
});

const BAD: readonly { readonly name: string; readonly frame: Uint8Array }[] = [
  { name: "an empty frame", frame: new Uint8Array() },
  { name: "a frame that is no Protocol Buffers", frame: Uint8Array.of(255, 255, 255) },
  { name: "a frame cut short", frame: Uint8Array.of(0x12, 100, 1) },
  { name: "a frame of no known type", frame: Uint8Array.of(0x48, 1) },
  { name: "what only a server says", frame: encodeSignaling(CONNECTED) },
  {
    name: "a connect of nobody",
    frame: encodeSignaling({ type: "connect", id: 0, members: [1], version: undefined }),
  },
  { name: "a frame that is too large", frame: new Uint8Array(DEFAULT_LIMITS.frameBytes + 1) },
];

for (const { name, frame } of BAD) {
  Deno.test(`Sigver closes with 4743 on ${name}, and ignores later frames`, () => {
    const world = makeWorld();
    const other = world.client();
    other.connect(1);
    const client = world.client();
    client.connect(2);
    client.channel.receive(frame);
    expect(client.channel.closedWith).toBe(4743);
    client.connect(2);
    client.send({ type: "heartbeat" });
    expect(world.sigver.load).toEqual({ rooms: 1, sessions: 1 });
    expect(other.received()).toEqual([CONNECTED, {
      type: "content",
      sender: expect.any(Number),
      last: false,
    }]);
    other.channel.goAway();
    expectQuiet(world);
  });
}

Deno.test("Sigver accepts a frame of the maximum size", () => {
  const world = makeWorld();
  const client = world.client();
  const message = {
    type: "content",
    sender: undefined,
    recipient: undefined,
    last: false,
  } as const;
  const overhead = encodeSignaling({ ...message, data: new Uint8Array(100_000) }).length - 100_000;
  const data = new Uint8Array(DEFAULT_LIMITS.frameBytes - overhead);
  client.send({ ...message, data });
  expect(client.channel.closedWith).toBe(undefined);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver closes a client that does not read its messages", () => {
  const world = makeWorld();
  const [member, newcomer] = [world.client(), world.client()];
  member.connect(1);
  newcomer.connect(2);
  member.channel.bufferedAmount = DEFAULT_LIMITS.queueBytes + 1;
  newcomer.send({
    type: "content",
    sender: undefined,
    recipient: undefined,
    last: false,
    data: Uint8Array.of(1),
  });
  expect(member.channel.closedWith).toBe(1008);
  expect(newcomer.received()).toEqual([UNCONNECTED, {
    type: "content",
    recipient: expect.any(Number),
    last: false,
  }]);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver holds nothing after 10,000 clients, however they end", () => {
  const origins = ["https://app.example"];
  const world = makeWorld(1, { origins });
  const ends: readonly ((client: FakeClient, id: number) => void)[] = [
    ({ channel }) => channel.goAway(),
    (client, id) => (client.connect(id), client.channel.goAway()),
    (client, id) => (client.connect(id, [id + 1]), client.channel.goAway(1006)),
    ({ channel }) => channel.receive(Uint8Array.of(255)),
    (client) => client.connect(0),
    // Remains until the server closes it: without a message, or without a heartbeat.
    () => {},
    (client, id) => client.connect(id),
  ];
  for (let id = 1; id <= 10_000; id++) {
    const request = { remote: `2001:db8:${(id % 5_000).toString(16)}::1`, origin: origins[0] };
    const key = `key ${id % 300}`;
    ends[id % ends.length]!(world.client(key, request), id);
    requestUpgrade(world.sigver, key, { ...request, origin: "https://bad.example" }).onClosed?.();
    world.clock.pass(10);
  }
  expect(world.sigver.held.sockets).toBeLessThan(1_000);
  world.clock.pass(600_000);
  expectQuiet(world);
  // The next client has the limiter forget addresses that have all their rights again.
  world.client("key", { remote: "192.0.2.1" }).channel.goAway();
  expect(world.sigver.held.addresses).toBe(1);
});

Deno.test("Sigver.close() closes each connection once with 1001, and admits no client", () => {
  const world = makeWorld();
  const clients = ["a", "a", "b", "b"].map((key) => world.client(key));
  for (const [index, client] of clients.entries()) client.connect(index + 1);
  world.sigver.close();
  world.sigver.close();
  const late = world.client();
  for (const { channel } of [...clients, late]) {
    expect(channel.closedWith).toBe(1001);
    expect(channel.closes).toBe(1);
  }
  expectQuiet(world);
});
