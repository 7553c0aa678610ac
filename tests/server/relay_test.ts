import { expect } from "expect";
import { peerOf, type WebGroup } from "../../src/group/web_group.ts";
import { asMemberId } from "../../src/base/ids.ts";
import { GroupServer } from "../../src/server/group_server.ts";
import type { GroupServerOptions } from "../../src/server/options.ts";
import { DEFAULT_RELAY_LIMITS } from "../../src/server/relay_limiter.ts";
import { upgradeHandlerOf } from "../sim/signaling.ts";
import { membersOf, messagesOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";
import type { SimMachine } from "../../src/testing/world.ts";
import { encodeConnect } from "../../src/wire/connect_message.ts";
import { encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { decodeSignaling } from "../../src/wire/signaling.ts";
import { FakeClient } from "../sigver/support/fakes.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const HOST = "groups:8000";
const KEY = "a key";

/** The pages name the GroupServer as their signaling server. */
class Testbed {
  readonly network: SimNetwork;
  readonly pages: SimPeer[] = [];
  readonly #options: GroupServerOptions;
  #machine: SimMachine | undefined;
  #server: GroupServer | undefined;

  /** Pages whose names begin with "hermit" cannot connect by WebRTC. */
  constructor(seed: number, options: GroupServerOptions) {
    this.#options = options;
    this.network = new SimNetwork({
      seed,
      canConnect: (...pair) => !pair.some((name) => name.startsWith("hermit")),
    });
    this.start();
  }

  get server(): GroupServer {
    return this.#server!;
  }

  /** `undefined` when the server is a member of no group. */
  get members(): number[] | undefined {
    const group = this.server.groups.get(KEY);
    return group && [...group.members].sort((a, b) => a - b);
  }

  /** Starts a server without the state of earlier ones. */
  start(): void {
    const { world } = this.network;
    this.#machine = world.addMachine("groups", { rtc: false });
    this.#server = new GroupServer(this.#options, this.#machine);
    world.serve(HOST, this.#machine, upgradeHandlerOf(this.#server));
  }

  /** The process of the server dies; its machine resets the connections. */
  crash(): void {
    this.network.world.unserve(this.#machine!);
    this.#machine!.crash("reset");
  }

  join(name: string): SimPeer {
    const page = this.network.add(name, { signalingServer: `ws://${HOST}` });
    this.pages.push(page);
    page.group.join(KEY);
    return page;
  }

  run(ms: number): void {
    this.network.run(ms);
  }

  /** All pages list each other, and receive from each other. */
  expectOneGroup(context: unknown): void {
    const ids = this.pages.map(({ group }) => group.myId);
    for (const page of this.pages) {
      expect([context, page.name, membersOf(page)]).toEqual([
        context,
        page.name,
        expect.arrayContaining(ids),
      ]);
    }
    const text = `${this.network.world.clock.now()}`;
    for (const { group } of this.pages) group.send(text);
    this.run(2_000);
    for (const page of this.pages) {
      const senders = messagesOf(page).filter(([, data]) => data === text).map(([id]) => id);
      expect([context, page.name, senders.sort((a, b) => a - b)]).toEqual([
        context,
        page.name,
        ids.filter((id) => id !== page.group.myId).sort((a, b) => a - b),
      ]);
    }
  }
}

Deno.test('relay "always": the server is a member before the first join() settles', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "always" });
    const page = testbed.join("page");
    let joinedWith: number[] | undefined;
    page.group.onStateChange = (state) => {
      if (state === 1) joinedWith ??= membersOf(page);
    };
    testbed.run(3_000);
    expect([seed, joinedWith]).toEqual([seed, testbed.members]);
    expect(testbed.members).toContain(page.group.myId);
  }
});

Deno.test('relay "always": pages that reach nobody else reach all through the server', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "always" });
    for (const name of ["hermit 1", "hermit 2", "page 1", "page 2"]) testbed.join(name);
    testbed.run(5_000);
    testbed.expectOneGroup(seed);
  }
});

Deno.test('relay "always": a server that is started again is back in its group within 5 s', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "always" });
    for (const name of ["page 1", "page 2", "page 3"]) testbed.join(name);
    testbed.run(5_000);
    testbed.crash();
    testbed.run(3_000);
    testbed.start();
    testbed.run(5_000);
    const ids = testbed.pages.map(({ group }) => group.myId);
    expect([seed, testbed.members]).toEqual([seed, expect.arrayContaining(ids)]);
    testbed.expectOneGroup(seed);
  }
});

Deno.test('relay "always": a server that is started again unites parts within 15 s', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "always" });
    for (const name of ["hermit 1", "hermit 2", "page 1", "page 2"]) testbed.join(name);
    testbed.run(5_000);
    testbed.crash();
    testbed.run(3_000);
    testbed.start();
    testbed.run(15_000);
    testbed.expectOneGroup(seed);
  }
});

Deno.test('relay "needed": the server joins only where a newcomer reaches no member', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "needed" });
    for (const name of ["page 1", "page 2", "page 3"]) testbed.join(name);
    testbed.run(40_000);
    expect([seed, testbed.members]).toEqual([seed, undefined]);
    testbed.join("hermit");
    testbed.run(30_000);
    testbed.expectOneGroup(seed);
    expect(testbed.members?.length).toBe(5);
  }
});

Deno.test('relay "needed": a first member that nobody reaches keeps nobody out', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "needed" });
    testbed.join("hermit");
    testbed.run(2_000);
    testbed.join("page 1");
    testbed.join("page 2");
    testbed.run(30_000);
    testbed.expectOneGroup(seed);
  }
});

Deno.test('relay "needed": the server leaves when nobody needs it, and comes back', () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "needed" });
    for (const name of ["page 1", "page 2", "hermit"]) testbed.join(name);
    testbed.run(30_000);
    expect([seed, testbed.members?.length]).toEqual([seed, 4]);
    testbed.pages.pop()!.group.leave();
    testbed.run(45_000);
    expect([seed, testbed.members]).toEqual([seed, undefined]);
    testbed.expectOneGroup(seed);
    testbed.join("hermit 2");
    testbed.run(30_000);
    testbed.expectOneGroup(seed);
  }
});

Deno.test('relay "never": the server introduces, and is no member', () => {
  const testbed = new Testbed(1, { relay: "never" });
  for (const name of ["page 1", "page 2", "hermit"]) testbed.join(name);
  testbed.run(40_000);
  expect(testbed.server.groups.size).toBe(0);
  testbed.pages.pop();
  testbed.expectOneGroup("never");
});

Deno.test("a GroupServer leaves a group when all others have left, and forgets it", () => {
  for (const seed of SEEDS) {
    const testbed = new Testbed(seed, { relay: "always" });
    for (const name of ["page 1", "page 2"]) testbed.join(name);
    testbed.run(3_000);
    for (const { group } of testbed.pages) group.leave();
    testbed.run(5_000);
    expect([seed, testbed.server.groups.size]).toEqual([seed, 0]);
  }
});

Deno.test("GroupServer calls onGroup once each time that it becomes a member", () => {
  const keys: string[] = [];
  const onGroup = (group: WebGroup) => keys.push(group.key);
  const testbed = new Testbed(1, { onGroup });
  const page = testbed.join("page");
  testbed.run(3_000);
  expect(keys).toEqual([KEY]);
  page.group.leave();
  testbed.run(5_000);
  page.group.join(KEY);
  testbed.run(3_000);
  expect(keys).toEqual([KEY, KEY]);
  expect(testbed.members).toContain(page.group.myId);
});

Deno.test("a newcomer waits at most 2 s for a GroupServer that cannot join", () => {
  const testbed = new Testbed(1, { relay: "always" });
  const client = () => {
    const decision = testbed.server.ask({ url: "ws://host/key" });
    if (decision instanceof Promise) throw new Error("Cannot connect: not decided yet");
    return new FakeClient(decision);
  };
  const answers = ({ channel }: FakeClient) =>
    channel.sent.map(decodeSignaling).filter(({ type }) => type === "connected");
  // A member that answers the first signal of the server, and then nothing.
  const mute = client();
  mute.connect(1, [2]);
  testbed.run(1_000);
  const signal = mute.received().find((message) => message.type === "content");
  if (signal?.type !== "content") throw new Error("The server is not paired with the member");
  const member = asMemberId(1);
  const content = encodeConnect({ type: "response", accepted: true, version: 5, member });
  const service = Service.CHANNEL_BUILDER;
  const answer = { sender: member, recipient: "everyone", service, hopLimit: undefined } as const;
  const data = encodeEnvelope({ ...answer, content });
  mute.send({ ...signal, sender: undefined, recipient: signal.sender, data });
  testbed.run(4_000);
  const newcomer = client();
  newcomer.connect(3);
  testbed.run(2_000);
  expect(answers(newcomer)).toHaveLength(1);
});

Deno.test("a GroupServer takes a place at its signaling server only while it is a member", () => {
  const testbed = new Testbed(1, { relay: "always", limits: { groupSockets: 2 } });
  const page = testbed.join("page");
  for (const count of [1, 2, 3, 4]) {
    testbed.run(5_000);
    expect([count, testbed.members?.length]).toEqual([count, 2]);
    page.group.leave();
    testbed.run(5_000);
    page.group.join(KEY);
  }
});

Deno.test("a GroupServer is a member of at most maxGroups groups", () => {
  const testbed = new Testbed(1, { relay: "always", maxGroups: 1 });
  const page = testbed.join("page");
  testbed.run(3_000);
  const other = testbed.network.add("other", { signalingServer: `ws://${HOST}` });
  other.group.join("another key");
  testbed.run(5_000);
  expect([...testbed.server.groups.keys()]).toEqual([KEY]);
  expect(membersOf(page).length).toBe(2);
  expect([other.group.state, membersOf(other)]).toEqual([1, [other.group.myId]]);
});

Deno.test("relayLimits limit the relayed bytes per second, and no message is lost", () => {
  const groupBytesPerSecond = 100_000;
  const testbed = new Testbed(1, { relay: "always", relayLimits: { groupBytesPerSecond } });
  const [one, other] = [testbed.join("hermit 1"), testbed.join("hermit 2")];
  testbed.run(5_000);
  const before = relayedBytes(testbed.server);
  one.group.send(new Uint8Array(1_000_000));
  testbed.run(5_000);
  // The allowance of two seconds may be used at once.
  expect(relayedBytes(testbed.server) - before).toBeLessThanOrEqual(7 * groupBytesPerSecond);
  testbed.run(60_000);
  expect(messagesOf(other).map(([, data]) => data.length)).toEqual([1_000_000]);
  expect(testbed.members?.length).toBe(3);
});

Deno.test("relayLimits at their lowest value still let long messages through", () => {
  for (const seed of [1, 2, 3]) {
    const relayLimits = { groupBytesPerSecond: 65_536, addressBytesPerSecond: 65_536 };
    const testbed = new Testbed(seed, { relay: "always", relayLimits });
    const [one, other] = [testbed.join("hermit 1"), testbed.join("hermit 2")];
    testbed.run(5_000);
    one.group.send(new Uint8Array(1_000_000));
    testbed.run(90_000);
    expect(messagesOf(other).map(([, data]) => data.length)).toEqual([1_000_000]);
    expect(testbed.members?.length).toBe(3);
  }
});

Deno.test("relayLimits limit an address whose member dialed in the name of another", () => {
  const addressBytesPerSecond = 100_000;
  const network = new SimNetwork({ seed: 1, canConnect: () => false });
  const machine = network.world.addMachine("groups", { rtc: false });
  const server = new GroupServer(
    { relay: "always", relayLimits: { addressBytesPerSecond } },
    machine,
  );
  network.world.serve(HOST, machine, {
    decideByUrl(url) {
      if (url.searchParams.has("senderId")) url.searchParams.set("senderId", "5");
      const decision = server.ask({ url: url.href, remote: "192.0.2.1" });
      if (decision instanceof Promise) throw new Error("Cannot admit at once: not decided yet");
      return decision;
    },
  });
  const [one, other] = ["one", "other"].map((name) => {
    const page = network.add(name, { signalingServer: `ws://${HOST}` });
    page.group.join(KEY);
    return page;
  });
  network.run(5_000);
  expect(other!.group.members.length).toBe(3);
  const before = relayedBytes(server);
  one!.group.send(new Uint8Array(2_000_000));
  network.run(5_000);
  expect(relayedBytes(server) - before).toBeLessThanOrEqual(7 * addressBytesPerSecond);
});

Deno.test("relayLimits limit members that pass their data off as control frames", () => {
  const testbed = new Testbed(1, { relay: "always" });
  const [other, ...senders] = [1, 2, 3].map((number) => testbed.join(`hermit ${number}`));
  testbed.run(5_000);
  const before = relayedBytes(testbed.server);
  const recipient = asMemberId(other!.group.myId);
  const content = new Uint8Array(60_000);
  for (let count = 0; count < 1_000; count++) {
    for (const { group } of senders) {
      peerOf(group).mesh.router.sendControl(recipient, Service.CHANNEL_BUILDER, content);
    }
    if (count % 20 === 0) testbed.run(100);
  }
  const { groupBytesPerSecond } = DEFAULT_RELAY_LIMITS;
  expect(relayedBytes(testbed.server) - before).toBeLessThanOrEqual(7 * groupBytesPerSecond);
  expect(testbed.server.metrics()).toMatch(/^groupserver_dropped_bytes_total [1-9]/m);
});

/** By the metrics of the server. */
function relayedBytes(server: GroupServer): number {
  const [, bytes] = /^groupserver_relayed_bytes_total (\d+)$/m.exec(server.metrics()) ?? [];
  return Number(bytes);
}

Deno.test("GroupServer forgets a group that onGroup leaves at once, and joins others", () => {
  const network = new SimNetwork({ seed: 1 });
  const machine = network.world.addMachine("groups", { rtc: false });
  const server = new GroupServer({
    maxGroups: 2,
    onGroup: (group) => void (group.key === "good" || group.leave()),
  }, machine);
  network.world.serve(HOST, machine, upgradeHandlerOf(server));
  for (const key of ["one", "two", "three", "good"]) {
    const page = network.add(key, { signalingServer: `ws://${HOST}` });
    page.group.join(key);
    network.run(5_000);
    expect([key, page.group.members.length]).toEqual([key, key === "good" ? 2 : 1]);
    if (key !== "good") page.group.leave();
    network.run(10_000);
  }
  expect([...server.groups.keys()]).toEqual(["good"]);
});

Deno.test("a GroupServer that its program made leave stays out until all others have left", () => {
  for (const relay of ["always", "needed"] as const) {
    const joined: WebGroup[] = [];
    const testbed = new Testbed(1, { relay, onGroup: (group) => void joined.push(group) });
    const [page, hermit] = ["page", "hermit"].map((name) => testbed.join(name));
    testbed.run(30_000);
    expect([relay, joined.map(({ members }) => members.length)]).toEqual([relay, [3]]);
    joined[0]!.leave();
    const later = testbed.join("page 2");
    testbed.run(60_000);
    expect([relay, joined.length, testbed.members]).toEqual([relay, 1, undefined]);
    expect(membersOf(later)).toContain(page!.group.myId);
    for (const { group } of testbed.pages) group.leave();
    testbed.run(5_000);
    for (const { group } of [page!, hermit!]) group.join(KEY);
    testbed.run(30_000);
    expect([relay, joined.map(({ members }) => members.length)]).toEqual([relay, [0, 3]]);
  }
});
