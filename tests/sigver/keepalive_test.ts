import { expect } from "expect";
import { SIGVER_TIMER_TICK_MS } from "../../src/base/sigver_limits.ts";
import { TimerWheel } from "../../src/platform/timer_wheel.ts";
import { type FakeClient, VirtualClock } from "./support/fakes.ts";
import { expectQuiet, makeWorld, type SigverRig } from "./support/world.ts";

const HEARTBEAT = { type: "heartbeat" } as const;

const LETTER = {
  type: "content",
  sender: undefined,
  recipient: undefined,
  last: false,
  data: Uint8Array.of(1),
} as const;

/** A client that requests a keepalive. */
function keepaliveClient(world: SigverRig, id: number, calmS = 25): FakeClient {
  const client = world.client();
  client.send({ type: "connect", id, members: [], version: 5, calmS });
  return client;
}

for (const [asks, gets] of [[0, 5], [1, 5], [10, 10], [25, 25], [4_294_967_295, 25]] as const) {
  Deno.test(`Sigver sends a heartbeat every ${gets} s for a keepalive of ${asks} s`, () => {
    const world = makeWorld();
    const client = keepaliveClient(world, 1, asks);
    expect(client.received()).toEqual([{ type: "connected", connected: true, calmS: gets }]);
    for (let beat = 0; beat < 4; beat++) {
      world.clock.pass(1000 * gets - 1);
      expect(client.received()).toEqual([]);
      world.clock.pass(1);
      expect(client.received()).toEqual([HEARTBEAT]);
      client.send(HEARTBEAT);
    }
    world.sigver.close();
    expectQuiet(world);
  });
}

Deno.test("Sigver sends no keepalive to a client that does not request it", () => {
  const world = makeWorld();
  const client = world.client();
  client.connect(1);
  expect(client.channel.sent).toEqual([Uint8Array.of(0x20, 1)]);
  world.sigver.close();
});

Deno.test("Sigver sends no heartbeat to a client with a keepalive while both send messages", () => {
  const world = makeWorld();
  const client = keepaliveClient(world, 1);
  for (let time = 0; time < 10; time++) {
    world.clock.pass(15_000);
    client.send({ type: "connect", id: 1, members: [], version: 5, calmS: 25 });
  }
  const answers = client.received();
  expect(answers).toHaveLength(11);
  expect(answers.filter(({ type }) => type === "heartbeat")).toEqual([]);
  world.sigver.close();
});

Deno.test("Sigver closes a client with a keepalive with 4742 when it is silent for 10 s", () => {
  const world = makeWorld();
  const client = keepaliveClient(world, 1);
  world.clock.pass(34_999);
  expect(client.channel.closedWith).toBe(undefined);
  expect(client.received()).toHaveLength(3);
  world.clock.pass(1);
  expect(client.channel.closedWith).toBe(4742);
  expectQuiet(world);
});

Deno.test("Sigver probes a lone member with a keepalive before a newcomer takes its place", () => {
  const world = makeWorld();
  const member = keepaliveClient(world, 1);
  world.clock.pass(20_000);
  member.received();
  const stranger = world.client();
  for (let time = 0; time < 20; time++) {
    stranger.connect(2);
    if (member.received().some(({ type }) => type === "heartbeat")) member.send(HEARTBEAT);
    world.clock.pass(3_000);
    stranger.send(HEARTBEAT);
  }
  expect(member.channel.closedWith).toBe(undefined);
  // From its second `connect` on it is a separate part, and continues to search.
  const answers = stranger.received().flatMap((message) =>
    message.type === "connected" ? message.connected : []
  );
  expect(answers).toEqual([false, true, ...Array(18).fill(false)]);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver gives a newcomer the place of a member with a keepalive that does not answer", () => {
  for (const [afterMs, closedWith] of [[2_500, undefined], [2_501, 4744]] as const) {
    const world = makeWorld();
    const member = keepaliveClient(world, 1);
    world.clock.pass(10_000);
    const newcomer = world.client();
    newcomer.connect(2);
    expect(member.received().at(-1)).toEqual(HEARTBEAT);
    world.clock.pass(afterMs);
    newcomer.connect(2);
    expect(member.channel.closedWith).toBe(closedWith);
    expect(newcomer.received().at(-1)).toEqual({ type: "connected", connected: true });
    world.sigver.close();
    expectQuiet(world);
  }
});

Deno.test("Sigver gives a returning member its place when its old connection does not answer", () => {
  const world = makeWorld();
  const [old, other] = [keepaliveClient(world, 1), world.client()];
  other.send({ type: "connect", id: 2, members: [1], version: undefined });
  world.clock.pass(4_000);
  other.send(HEARTBEAT);
  const back = keepaliveClient(world, 1);
  expect(old.received().at(-1)).toEqual(HEARTBEAT);
  world.clock.pass(2_501);
  back.send({ type: "connect", id: 1, members: [2], version: 5, calmS: 25 });
  expect(back.received().at(-1)).toMatchObject({ type: "connected", connected: true });
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver closes a member that does not answer within 10 s of a pairing", () => {
  const world = makeWorld();
  const gone = keepaliveClient(world, 1);
  world.clock.pass(10_000);
  const newcomer = world.client();
  newcomer.connect(2);
  expect(gone.received().at(-1)).toEqual(HEARTBEAT);
  for (let second = 0; second < 10; second++) {
    expect(gone.channel.closedWith).toBe(undefined);
    world.clock.pass(1_000);
    newcomer.send(HEARTBEAT);
  }
  expect(gone.channel.closedWith).toBe(4742);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver pairs newcomers with members that answer, if possible", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = makeWorld(seed);
    const [gone, here] = [keepaliveClient(world, 1), world.client()];
    here.send({ type: "connect", id: 2, members: [1], version: 5, calmS: 25 });
    here.received();
    for (let second = 0; second < 29; second++) {
      world.clock.pass(1_000);
      if (here.received().length > 0) here.send(HEARTBEAT);
    }
    expect(gone.channel.closedWith).toBe(undefined);
    const newcomer = world.client();
    newcomer.connect(3);
    newcomer.send(LETTER);
    expect(here.received().at(-1)?.type).toBe("content");
    world.sigver.close();
    expectQuiet(world);
  }
});

Deno.test("TimerWheel wakes up once for all entries that are due within a tick", () => {
  const clock = new VirtualClock();
  let wakes = 0;
  const counting = {
    now: () => clock.now(),
    at: (deadlineMs: number, wake: () => void) =>
      clock.at(deadlineMs, () => {
        wakes++;
        wake();
      }),
  };
  const beats = new Map<number, number>();
  const wheel = new TimerWheel<number>(
    counting,
    (who) => who % 2 === 0 ? 5_000 : 25_000,
    (who) => beats.set(who, (beats.get(who) ?? 0) + 1),
  );
  for (let who = 0; who < 1_000; who++) {
    wheel.start(who);
    if (who % 4 === 0) clock.pass(1);
  }
  expect(clock.timers).toBe(1);
  clock.pass(50_000);
  expect(wakes).toBeLessThanOrEqual(50_000 / SIGVER_TIMER_TICK_MS + 1);
  for (const [who, count] of beats) {
    expect(count).toBeGreaterThanOrEqual(who % 2 === 0 ? 9 : 1);
    expect(count).toBeLessThanOrEqual(who % 2 === 0 ? 10 : 2);
  }
  expect(beats.size).toBe(1_000);
  for (let who = 0; who < 1_000; who++) wheel.stop(who);
  expect(clock.timers).toBe(0);
});
