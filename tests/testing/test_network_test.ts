import { expect } from "expect";
import { WebGroup, WebGroupState } from "../../mod.ts";
import { TestNetwork, type TestNetworkOptions } from "../../src/testing/testing.ts";
import { repeatable, SEED } from "../support/seed.ts";

const MINUTE_MS = 60_000;

/** Two joined groups, and the messages of the second one. */
async function pair(options?: TestNetworkOptions) {
  const network = new TestNetwork(options);
  const [a, b] = await network.groups(2);
  const heard: unknown[] = [];
  b.onMessage = (_id, data) => heard.push(typeof data === "string" ? data : data.length);
  return { network, a, b, heard };
}

for (const latency of [0, 30, 300] as const) {
  Deno.test(`TestNetwork.groups() waits until all list each other, at ${latency} ms`, async () => {
    using network = new TestNetwork({ latency });
    const groups = await network.groups(5, "room", { graceTime: 20_000 });
    const ids = groups.map(({ myId }) => myId).sort();
    for (const { key, members, state } of groups) {
      expect({ key, members: [...members].sort(), state })
        .toEqual({ key: "room", members: ids, state: WebGroupState.JOINED });
    }
  });

  Deno.test(`TestNetwork.settled() waits for long messages, at ${latency} ms`, async () => {
    const { network, a, b, heard } = await pair({ latency });
    a.send("one");
    a.send(new Uint8Array(2_000_000));
    a.sendTo(b.myId, "three");
    await network.settled();
    expect(heard).toEqual(["one", 2_000_000, "three"]);
    network.close();
  });
}

Deno.test("TestNetwork.settled() waits for streams, requests and presences", async () => {
  const { network, a, b } = await pair({ latency: 20 });
  const seen: unknown[] = [];
  b.addEventListener("stream", async ({ readable }) => {
    seen.push((await new Response(readable).arrayBuffer()).byteLength);
  });
  b.channel<string, string>("shout", { onRequest: (text) => text.toUpperCase() });
  const presence = b.presence({ name: "b" });
  const writer = a.openStream(b.myId).getWriter();
  writer.write(new Uint8Array(700_000));
  writer.close();
  a.channel<string, string>("shout").request(b.myId, "hello").then((reply) => seen.push(reply));
  a.presence({ name: "a" });
  await network.settled();
  expect(new Set(seen)).toEqual(new Set(["HELLO", 700_000]));
  expect(presence.states.get(a.myId)).toEqual({ name: "a" });
  network.close();
});

Deno.test("TestNetwork.settled() waits for groups that join or leave", async () => {
  const { network, a, b } = await pair({ latency: 20 });
  const late = network.group();
  late.join("test");
  await network.settled();
  expect([a, b, late].map(({ members }) => members.length)).toEqual([3, 3, 3]);
  a.leave();
  await network.settled();
  expect([a, b, late].map(({ members }) => members.length)).toEqual([0, 2, 2]);
  network.close();
});

Deno.test("TestNetwork: promises settle without a call of the test", async () => {
  using network = new TestNetwork({ latency: 100 });
  const [a, b] = [network.group(), network.group()];
  await a.join("room");
  await b.join("room");
  const heard = new Promise((resolve) => b.onMessage = (_id, text) => resolve(text));
  await a.send("hello");
  expect(await heard).toBe("hello");
  await a.send(new Uint8Array(3_000_000));
  await Promise.all([a.leave(), b.leave()]);
  await a.join("another room");
  expect(a.members).toEqual([a.myId]);
});

Deno.test("TestNetwork: time stands still while nothing is in transit", async () => {
  const { network, a, b } = await pair();
  network.crash(a);
  for (let turn = 0; turn < 100; turn++) await network.settled();
  expect(b.members.length).toBe(2);
  await network.advance(MINUTE_MS);
  expect(b.members).toEqual([b.myId]);
  network.close();
});

Deno.test("TestNetwork.advance() delivers messages after the latency", async () => {
  const { network, a, b, heard } = await pair({ latency: 30 });
  a.send("hello");
  await network.advance(29);
  expect(heard).toEqual([]);
  await network.advance(2);
  expect(heard).toEqual(["hello"]);
  network.slow(b, 100);
  a.send("slowly");
  await network.advance(129);
  expect(heard).toEqual(["hello"]);
  await network.advance(2);
  expect(heard).toEqual(["hello", "slowly"]);
  network.slow(b, 0);
  a.send("as before");
  await network.advance(31);
  expect(heard).toEqual(["hello", "slowly", "as before"]);
  network.close();
});

Deno.test("TestNetwork.partition() holds messages back, and heal() delivers them", async () => {
  const { network, a, b, heard } = await pair({ latency: 10 });
  const [other] = await network.groups(1);
  const heardByOther: unknown[] = [];
  other.onMessage = (_id, text) => heardByOther.push(text);
  await network.settled();
  network.partition([a], [b]);
  for (const text of ["one", "two"]) a.send(text);
  await network.settled();
  expect([heard, heardByOther]).toEqual([[], ["one", "two"]]);
  network.heal();
  await network.settled();
  expect(heard).toEqual(["one", "two"]);
  network.close();
});

Deno.test("TestNetwork.heal() reunites groups that dropped each other", async () => {
  using network = new TestNetwork({ latency: 10 });
  const [a, b, c] = await network.groups(3);
  for (const group of [a, b, c]) group.addEventListener("error", () => {});
  network.partition([a, b], [c]);
  await network.advance(2 * MINUTE_MS);
  expect([a, b, c].map(({ members }) => members.length)).toEqual([2, 2, 1]);
  network.heal();
  await network.settled();
  expect([a, b, c].map(({ members }) => members.length)).toEqual([3, 3, 3]);
});

Deno.test("TestNetwork.settled() rejects when messages never end", async () => {
  const { network, a, b } = await pair({ latency: 100 });
  for (const group of [a, b]) group.onMessage = (id, text) => group.sendTo(id, text);
  a.send("ping");
  await expect(network.settled()).rejects.toThrow(
    "Cannot settle within 60 s of virtual time: messages are on their way",
  );
  network.close();
});

Deno.test("TestNetwork.groups() rejects when its groups do not meet", async () => {
  using network = new TestNetwork({ latency: 5_000 });
  await expect(network.groups(2)).rejects.toThrow(
    "Cannot join 2 groups within 60 s of virtual time: they list 1, 1 members",
  );
  const met = network.groups(2, "test", { autoRejoin: false });
  await expect(met).rejects.toThrow("Cannot use the signaling server");
});

Deno.test("TestNetwork keeps groups of other keys and of other servers apart", async () => {
  using network = new TestNetwork();
  const of = (signalingServer: string) => network.group({ signalingServer });
  const groups = ["wss://one.example", "wss://one.example", "wss://two.example"].map(of);
  await Promise.all(groups.map((group) => group.join("room")));
  const [lone] = await network.groups(1, "another room");
  await network.settled();
  expect([...groups, lone].map(({ members }) => members.length)).toEqual([2, 2, 1, 1]);
});

async function doesTheSame(): Promise<void> {
  const run = async (seed: number) => {
    using network = new TestNetwork({ latency: [5, 80], seed });
    const groups = await network.groups(4);
    const seen: string[] = [];
    for (const [index, group] of groups.entries()) {
      group.onMessage = (id, text) => seen.push(`${index}: ${id} ${text}`);
      group.onMemberLeave = (id) => seen.push(`${index}: ${id} left`);
    }
    for (const group of groups) group.send("hello");
    await network.advance(60);
    network.crash(groups[2]);
    await network.advance(MINUTE_MS);
    return seen;
  };
  const first = await run(SEED);
  expect(first.length).toBeGreaterThanOrEqual(12);
  expect(await run(SEED)).toEqual(first);
  expect(await run(SEED + 1)).not.toEqual(first);
}

Deno.test(
  "TestNetwork behaves the same for the same seed and calls",
  repeatable(import.meta.url, doesTheSame),
);

Deno.test("TestNetwork.close() leaves all groups, and ends every timer", async () => {
  const { network, a, b } = await pair();
  const states: number[] = [];
  a.onStateChange = (state) => states.push(state);
  let isLeft = false;
  a.leave().then(() => isLeft = true);
  network.close();
  network.close();
  expect([states, b.state]).toEqual([[WebGroupState.LEFT], WebGroupState.LEFT]);
  await Promise.resolve().then(() => {});
  expect(isLeft).toBe(true);
});

function nextUncaughtError(): Promise<unknown> {
  return new Promise((resolve) => {
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      resolve(event.error);
    }, { once: true });
  });
}

Deno.test("TestNetwork.close() makes groups that join later reject", async () => {
  const network = new TestNetwork();
  const group = network.group();
  network.close();
  await expect(group.join("too late")).rejects.toThrow("Cannot use the network: it is closed");
  // A program need not await it.
  group.join("too late");
  expect(group.state).toBe(WebGroupState.LEFT);
});

Deno.test("TestNetwork reports errors of listeners as uncaught errors", async () => {
  const { network, a, b } = await pair();
  const reported = nextUncaughtError();
  b.onMessage = () => {
    throw new Error("a bug of the program");
  };
  a.send("hello");
  expect(await reported).toEqual(new Error("a bug of the program"));
  network.close();
});

Deno.test("TestNetwork ends with the block that uses it", async () => {
  let group;
  {
    using network = new TestNetwork();
    [group] = await network.groups(2);
  }
  expect(group.members).toEqual([]);
});

Deno.test("TestNetwork rejects invalid arguments, and names the expected ones", async () => {
  const { network, a, b } = await pair();
  const other = new TestNetwork();
  const [foreign] = await other.groups(1);
  const crashed = network.group();
  network.crash(crashed);
  const refused: readonly (readonly [() => unknown, string])[] = [
    [() => new TestNetwork({ speed: 1 } as TestNetworkOptions), "Cannot use option speed: one of"],
    [
      () => new TestNetwork(30 as TestNetworkOptions),
      "Cannot use 30 as options: an object expected",
    ],
    [() => new TestNetwork({ latency: -1 }), "Cannot use a latency of -1 ms: 0 or more"],
    [() => new TestNetwork({ latency: [9, 3] }), "Cannot use [9, 3] as latency"],
    [() => new TestNetwork({ loss: 2 }), "Cannot use 2 as loss: a share from 0 to 1 expected"],
    [() => new TestNetwork({ loss: NaN }), "Cannot use NaN as loss: a share from 0 to 1 expected"],
    [
      () => new TestNetwork({ loss: "1" as unknown as number }),
      'Cannot use "1" as loss: a number expected',
    ],
    [() => new TestNetwork({ seed: 0.5 }), "Cannot use 0.5 as seed: an integer expected"],
    [() => network.group({ key: 1 } as object), "Cannot use option key"],
    [() => network.crash(foreign), "a group of this network expected, another one came"],
    [() => network.crash(undefined as unknown as WebGroup), "expected, undefined came"],
    [() => network.crash(crashed), "group 3 has crashed"],
    [() => network.slow(crashed, 1), "group 3 has crashed"],
    [() => network.slow(a, -1), "Cannot slow a group by -1 ms"],
    [() => network.slow(a, "1" as unknown as number), "a number of ms expected"],
    [() => network.partition([a]), "two or more arrays of groups expected"],
    [() => network.partition([a, b], [a]), "a group is there twice"],
    [() => network.advance(Infinity), "Cannot advance by Infinity ms"],
  ];
  for (const [call, message] of refused) expect(call).toThrow(message);
  await expect(network.groups(0)).rejects.toThrow("Cannot make 0 groups: 1 to 64 expected");
  await expect(network.groups(1, "")).rejects.toThrow("Cannot use the key: it is empty");
  network.close();
  other.close();
  expect(() => network.group()).toThrow("Cannot use the network: it is closed");
});

Deno.test("TestNetwork.install() adds new groups to the network, until it is uninstalled", async () => {
  const network = new TestNetwork({ latency: 10 });
  const other = new TestNetwork();
  {
    using _installed = network.install();
    expect(() => network.install()).toThrow("Cannot install the network: one is installed");
    expect(() => other.install()).toThrow("Cannot install the network: one is installed");
    const [a, b] = [new WebGroup(), new WebGroup({ signalingServer: "wss://a.example/groups" })];
    await Promise.all([a.join("room"), b.join("room")]);
    const [c] = await network.groups(1, "room");
    await network.settled();
    expect([a, b, c].map(({ members }) => members.length)).toEqual([2, 1, 2]);
    network.crash(a);
  }
  other.install();
  other.uninstall();
  const outside = new WebGroup();
  expect(() => network.crash(outside)).toThrow("another one came");
  network.close();
  other.close();
});
