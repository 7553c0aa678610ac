// Exceeds each limit. The client must be counted, and treated as in docs/SIGVER.md, and other
// clients must not be affected.

import { expect } from "expect";
import { SIGNALING_HEARTBEAT_MS } from "../../src/base/limits.ts";
import { SIGVER_RESERVE_BURST } from "../../src/base/sigver_limits.ts";
import {
  DEFAULT_LIMITS,
  LIMIT_NAMES,
  type LimitName,
  limitsOf,
  type SigverLimits,
} from "../../src/sigver/limits.ts";
import { encodeSignaling, type SignalingContent } from "../../src/wire/signaling.ts";
import { type FakeClient, requestUpgrade } from "./support/fakes.ts";
import { expectQuiet, makeWorld, type SigverRig } from "./support/world.ts";

const HERE = { remote: "192.0.2.1" };
const THERE = { remote: "192.0.2.2" };

/** An HTTP status, a close code, or the end of a pairing. */
type Cost = { readonly status: number } | { readonly code: number } | "the pairing ends";

interface Row {
  readonly exceeded: LimitName;
  readonly limits: Partial<SigverLimits>;
  readonly cost: Cost;
  /** Goes up to the limit, where nothing may be counted yet. */
  readonly upTo: (world: SigverRig) => FakeClient;
  /** Goes one step beyond, by the same client or by a new one. */
  readonly beyond: (world: SigverRig, client: FakeClient) => void;
}

const signal = (data: Uint8Array | undefined = Uint8Array.of(1)): SignalingContent => ({
  type: "content",
  sender: undefined,
  recipient: undefined,
  last: false,
  data,
});

function paired(world: SigverRig): FakeClient {
  world.client("key", THERE).connect(1);
  const newcomer = world.client("key", HERE);
  newcomer.connect(2);
  return newcomer;
}

const ROWS: readonly Row[] = [
  {
    exceeded: "sockets",
    limits: { sockets: 2 },
    cost: { status: 503 },
    upTo: (world) => world.client("key", HERE),
    beyond: () => {},
  },
  {
    exceeded: "connections_per_ip",
    limits: { connectionsPerIp: 1 },
    cost: { status: 429 },
    upTo: (world) => world.client("key", HERE),
    beyond: () => {},
  },
  {
    exceeded: "connections_per_ip_per_second",
    limits: { connectionsPerIpPerSecond: 1, connectionsPerIpBurst: 3 },
    cost: { status: 429 },
    upTo(world) {
      for (const _ of [1, 2]) world.client("key", HERE).channel.goAway();
      return world.client("key", HERE);
    },
    beyond: () => {},
  },
  {
    exceeded: "group_sockets",
    limits: { groupSockets: 1 },
    cost: { status: 503 },
    upTo: (world) => world.client("key", HERE),
    beyond: () => {},
  },
  {
    exceeded: "address_messages",
    limits: { addressMessagesPerSecond: 1, addressMessagesBurst: 100 },
    cost: { code: 4746 },
    upTo(world) {
      const client = world.client("key", HERE);
      for (let time = 0; time < 100 + SIGVER_RESERVE_BURST; time++) {
        client.send({ type: "heartbeat" });
      }
      return client;
    },
    beyond: (_, client) => client.send({ type: "heartbeat" }),
  },
  {
    exceeded: "messages",
    limits: { messagesPerSecond: 2, messagesBurst: 3 },
    cost: { code: 4746 },
    upTo(world) {
      const client = world.client("key", HERE);
      for (let time = 0; time < 3; time++) client.send(signal());
      world.clock.pass(500);
      client.send(signal());
      return client;
    },
    beyond: (_, client) => client.send(signal()),
  },
  {
    exceeded: "connects",
    limits: { connectsPerSecond: 1, connectsBurst: 2 },
    cost: { code: 4746 },
    upTo(world) {
      const client = world.client("key", HERE);
      client.connect(1);
      client.connect(1);
      world.clock.pass(1_000);
      client.connect(1);
      return client;
    },
    beyond: (_, client) => client.connect(1),
  },
  {
    exceeded: "frame_bytes",
    limits: { frameBytes: encodeSignaling(signal(new Uint8Array(50))).length },
    cost: { code: 4743 },
    upTo(world) {
      const client = world.client("key", HERE);
      client.send(signal(new Uint8Array(50)));
      return client;
    },
    beyond: (_, client) => client.send(signal(new Uint8Array(51))),
  },
  {
    exceeded: "group_members",
    limits: { groupMembers: 1 },
    cost: { code: 4747 },
    upTo(world) {
      world.client("key", THERE).connect(1);
      return world.client("key", HERE);
    },
    beyond: (_, newcomer) => newcomer.connect(2),
  },
  {
    exceeded: "member_pairings",
    limits: { memberPairings: 1 },
    cost: { code: 4747 },
    upTo(world) {
      paired(world);
      return world.client("key", HERE);
    },
    beyond: (_, third) => third.connect(3),
  },
  {
    exceeded: "signals_per_pairing",
    limits: { signalsPerPairing: 2 },
    cost: { code: 4746 },
    upTo(world) {
      const newcomer = paired(world);
      newcomer.send(signal());
      newcomer.send(signal());
      return newcomer;
    },
    beyond: (_, newcomer) => newcomer.send(signal()),
  },
  {
    exceeded: "pairing_bytes",
    limits: { pairingBytes: 100 },
    cost: { code: 4746 },
    upTo(world) {
      const newcomer = paired(world);
      newcomer.send(signal(new Uint8Array(100)));
      return newcomer;
    },
    beyond: (_, newcomer) => newcomer.send(signal()),
  },
  {
    exceeded: "pairing_time",
    limits: { pairingMs: 10_000 },
    cost: "the pairing ends",
    upTo(world) {
      const newcomer = paired(world);
      world.clock.pass(10_000);
      newcomer.send(signal());
      newcomer.received();
      return newcomer;
    },
    beyond(world, newcomer) {
      world.clock.pass(1);
      newcomer.send(signal());
    },
  },
  {
    exceeded: "queue_bytes",
    limits: { queueBytes: 1_000 },
    cost: { code: 1008 },
    upTo(world) {
      const client = world.client("key", HERE);
      client.channel.bufferedAmount = 1_000;
      client.connect(1);
      return client;
    },
    beyond(_, client) {
      client.channel.bufferedAmount++;
      client.connect(1);
    },
  },
  {
    exceeded: "handshake",
    limits: { handshakeMs: 3_000 },
    cost: { code: 4748 },
    upTo(world) {
      const client = world.client("key", HERE);
      world.clock.pass(2_999);
      client.send({ type: "heartbeat" });
      return client;
    },
    beyond: (world) => world.clock.pass(1),
  },
];

function countedIn({ sigver }: SigverRig): Partial<Record<string, number>> {
  const lines = sigver.metrics().matchAll(/sigver_exceeded_total\{limit="(\w+)"\} ([1-9]\d*)/g);
  return Object.fromEntries([...lines].map(([, limit, value]) => [limit, Number(value)]));
}

for (const { exceeded, limits, cost, upTo, beyond } of ROWS) {
  const told = JSON.stringify(cost);
  Deno.test(`Sigver: ${exceeded}: ${told}, counted, and without output on others`, () => {
    const world = makeWorld(1, { limits });
    const innocent = world.client("other", { remote: "192.0.2.3" });
    innocent.connect(1);
    innocent.received();
    const client = upTo(world);
    expect(countedIn(world)).toEqual({});
    expect(client.channel.closedWith).toBe(undefined);

    beyond(world, client);
    if (cost === "the pairing ends") {
      expect(client.channel.closedWith).toBe(undefined);
      expect(client.received()).toEqual([{
        type: "content",
        recipient: expect.any(Number),
        last: false,
      }]);
    } else if ("code" in cost) {
      expect(client.channel.closedWith).toBe(cost.code);
    } else {
      const refusal = requestUpgrade(world.sigver, "key", HERE);
      expect(refusal).toMatchObject({ type: "refuse", status: cost.status });
      expect(refusal.type === "refuse" && refusal.retryAfterS).toBeGreaterThan(0);
      expect(client.channel.closedWith).toBe(undefined);
    }
    expect(countedIn(world)).toEqual({ [exceeded]: 1 });

    // A client at another address in another group is not affected.
    innocent.send({ type: "heartbeat" });
    world.clock.pass(1_000);
    innocent.connect(1);
    const replies = innocent.received().filter(({ type }) => type !== "heartbeat");
    expect(replies).toEqual([{ type: "connected", connected: true }]);
    world.sigver.close();
    expectQuiet(world);
  });
}

Deno.test("Sigver: each limit in the metrics has a test that exceeds it", () => {
  expect(ROWS.map(({ exceeded }) => exceeded).sort()).toEqual([...LIMIT_NAMES].sort());
});

Deno.test("Sigver: a refused client is admitted when there is room again", () => {
  const world = makeWorld(1, {
    limits: { connectionsPerIpPerSecond: 1, connectionsPerIpBurst: 2, connectionsPerIp: 1 },
  });
  const first = world.client("key", HERE);
  expect(requestUpgrade(world.sigver, "key", HERE)).toMatchObject({ status: 429, retryAfterS: 10 });
  first.channel.goAway();
  world.client("key", HERE).channel.goAway();
  expect(requestUpgrade(world.sigver, "key", HERE)).toMatchObject({ status: 429, retryAfterS: 1 });
  world.clock.pass(1_000);
  world.client("key", HERE).channel.goAway();
  expect(world.sigver.held).toEqual({ sockets: 0, addresses: 1 });
  world.clock.pass(2_001);
  world.client("key", THERE).channel.goAway();
  expect(world.sigver.held).toEqual({ sockets: 0, addresses: 1 });
  expectQuiet(world);
});

Deno.test("Sigver: a socket that does not answer its close still counts for its address", () => {
  const world = makeWorld(1, { limits: { connectionsPerIp: 1, handshakeMs: 1_000 } });
  const client = world.client("key", HERE);
  const { whenOver } = client.channel;
  client.channel.whenOver = () => {};
  world.clock.pass(1_000);
  expect(client.channel.closedWith).toBe(4748);
  expect(world.sigver.load.sessions).toBe(0);
  expect(requestUpgrade(world.sigver, "key", HERE).type).toBe("refuse");
  whenOver();
  world.client("key", HERE).channel.goAway();
  expectQuiet(world);
});

Deno.test("Sigver: a socket that is not admitted counts until it has closed, but not for its group", () => {
  const world = makeWorld(1, { origins: ["https://good.example"], limits: { groupSockets: 1 } });
  const foreign = { ...HERE, origin: "https://bad.example" };
  const refused = [1, 2].map(() => requestUpgrade(world.sigver, "key", foreign));
  expect(refused).toMatchObject([{ closeCode: 4749 }, { closeCode: 4749 }]);
  expect(world.sigver.held).toEqual({ sockets: 2, addresses: 1 });
  world.client("key", HERE).channel.goAway();
  for (const { onClosed } of refused) onClosed?.();
  expectQuiet(world);
});

Deno.test("Sigver: a quiet client stays when others of its address exceed the rate", () => {
  const world = makeWorld(1, { limits: { addressMessagesBurst: 200 } });
  const [loud, calm] = [world.client("loud", HERE), world.client("calm", HERE)];
  calm.connect(1);
  while (loud.channel.closedWith === undefined) loud.send({ type: "heartbeat" });
  expect(loud.channel.closedWith).toBe(4746);
  for (let second = 0; second < 60; second++) {
    const again = world.client("loud", HERE);
    for (let time = 0; time < 300; time++) again.send({ type: "heartbeat" });
    calm.send({ type: "heartbeat" });
    calm.send(signal());
    world.clock.pass(1_000);
  }
  expect(calm.channel.closedWith).toBe(undefined);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver: limits apply to 64 bits of IPv6, and to all 32 bits of IPv4 in IPv6", () => {
  const world = makeWorld(1, { limits: { connectionsPerIp: 1 } });
  const at = (remote: string) => requestUpgrade(world.sigver, "key", { remote }).type;
  expect([at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"), at("2001:db8:1:3::1")])
    .toEqual(["admit", "refuse", "admit"]);
  expect([at("192.0.2.1"), at("::ffff:192.0.2.1"), at("::ffff:c000:202"), at("192.0.2.2")])
    .toEqual(["admit", "refuse", "admit", "refuse"]);
});

Deno.test("Sigver: 64 members behind one address join at once, and again after a restart", () => {
  for (const seed of [1, 2, 3]) {
    const world = makeWorld(seed);
    const pupils = () => Array.from({ length: 64 }, () => world.client("school", HERE));
    for (const clients of [pupils(), pupils()]) {
      const members: number[] = [];
      for (const [index, client] of clients.entries()) {
        client.connect(index + 1, members);
        // A description and 30 candidates each way, as when every pair meets through the first
        // member.
        for (let time = 0; time < 31; time++) client.send(signal(new Uint8Array(200)));
        members.push(index + 1);
        client.connect(index + 1, members);
      }
      world.clock.pass(SIGNALING_HEARTBEAT_MS);
      for (const { channel } of clients) expect(channel.closedWith).toBe(undefined);
      expect(countedIn(world)).toEqual({});
      // Their machine restarts: all sockets end at once, and all clients return at once.
      for (const { channel } of clients) channel.goAway();
    }
    expectQuiet(world);
  }
});

Deno.test("Sigver: 30 newcomers that are paired with one member at the same time all get replies", () => {
  const world = makeWorld();
  const member = world.client("key", HERE);
  member.connect(1);
  const newcomers = Array.from({ length: 30 }, () => world.client("key", HERE));
  for (const [index, newcomer] of newcomers.entries()) {
    newcomer.connect(index + 2);
    newcomer.send(signal());
  }
  const signals = member.received().flatMap((message) =>
    message.type === "content" ? [message] : []
  );
  expect(signals.length).toBe(30);
  for (const { sender } of signals) {
    for (let time = 0; time < 31; time++) member.send({ ...signal(), recipient: sender });
  }
  for (const { channel } of [member, ...newcomers]) expect(channel.closedWith).toBe(undefined);
  expect(newcomers.map((newcomer) => newcomer.received().length)).toEqual(Array(30).fill(32));
  expect(countedIn(world)).toEqual({});
  world.sigver.close();
  expectQuiet(world);
});

const BAD_LIMITS: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ socket: 1 }, "one of sockets,"],
  [{ sockets: "many" }, 'a number expected, "many" came'],
  [{ sockets: 0 }, "at least 1 expected"],
  [{ sockets: NaN }, "at least 1 expected"],
  [{ messagesPerSecond: 0 }, "more than 0 expected"],
  [{ messagesBurst: 0.5 }, "at least 1 expected"],
];

for (const [given, told] of BAD_LIMITS) {
  Deno.test(`limitsOf(${JSON.stringify(given)}) throws: ${told}`, () => {
    expect(() => limitsOf(given)).toThrow(told);
  });
}

Deno.test("limitsOf() keeps defaults, and accepts Infinity", () => {
  const given = { sockets: Infinity, frameBytes: undefined } as object;
  expect(limitsOf(given))
    .toEqual({ ...DEFAULT_LIMITS, sockets: Infinity });
  expect(limitsOf({ messagesPerSecond: 0.5 }).messagesPerSecond).toBe(0.5);
});

Deno.test("Sigver: without limits, clients are never refused", () => {
  const none = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, Infinity]));
  const world = makeWorld(1, { limits: none });
  const client = world.client("key", HERE);
  for (let time = 0; time < 20_000; time++) client.connect(1);
  world.clock.pass(14_000);
  expect(client.channel.closedWith).toBe(undefined);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("docs/SIGVER.md lists each limit with its default and its metric", async () => {
  const document = await Deno.readTextFile(new URL("../../docs/SIGVER.md", import.meta.url));
  const rows = document.matchAll(
    /^\| `(\w+)`(?:, `…Burst`)? +\| ([\d,]+)(?:, and ([\d,]+))? +\|.*\| `(\w+)` +\| [^|]+\|$/gm,
  );
  const told: Record<string, number> = {};
  const counted: string[] = [];
  for (const [, name = "", value = "", burst, exceeded = ""] of rows) {
    told[name] = Number(value.replaceAll(",", ""));
    if (burst) told[name.replace("PerSecond", "Burst")] = Number(burst.replaceAll(",", ""));
    counted.push(exceeded);
  }
  expect(told).toEqual(DEFAULT_LIMITS);
  expect(counted.sort()).toEqual([...LIMIT_NAMES].sort());
});
