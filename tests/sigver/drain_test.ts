import { expect } from "expect";
import { GroupServer } from "../../src/server/group_server.ts";
import { Shutdown } from "../../src/sigver/shutdown.ts";
import { FakeChannel, requestUpgrade, VirtualClock } from "./support/fakes.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";

Deno.test("Sigver.drain() closes clients one after the other with 1012, then the server", async () => {
  const world = makeWorld();
  const clients = Array.from({ length: 10 }, (_, index) => world.client(`key ${index % 3}`));
  for (const [index, client] of clients.entries()) client.connect(index + 1);
  const left = () => clients.filter(({ channel }) => channel.closedWith === undefined).length;
  const drained = world.sigver.drain(2_000);
  expect(left()).toBe(9);
  world.clock.pass(1_000);
  expect(left()).toBe(4);
  world.clock.pass(1_000);
  await drained;
  expect(clients.map(({ channel }) => channel.closedWith)).toEqual(clients.map(() => 1012));
  expect(clients.map(({ channel }) => channel.closes)).toEqual(clients.map(() => 1));
  expectQuiet(world);
});

Deno.test("drain() of a Sigver and of a GroupServer rejects what is no duration, and the server goes on", async () => {
  const world = makeWorld();
  await using groupServer = new GroupServer();
  for (const given of [undefined, NaN, -1, Infinity, "2000"]) {
    for (const server of [world.sigver, groupServer]) {
      await expect(server.drain(given as number)).rejects.toThrow(
        /^Cannot use .+ as durationMs: a number of milliseconds expected$/,
      );
      expect(server.ready).toBe(true);
    }
  }
});

Deno.test("Sigver.drain() ends readiness at once, and refuses new clients with 503", async () => {
  const world = makeWorld();
  world.client();
  world.client();
  const drained = world.sigver.drain(1_000);
  expect(world.sigver.ready).toBe(false);
  const admission = requestUpgrade(world.sigver, "key");
  expect(admission).toMatchObject({ type: "refuse", status: 503 });
  world.clock.pass(1_000);
  await drained;
  expectQuiet(world);
});

Deno.test("Sigver.drain() closes clients that were admitted before and connect during it", async () => {
  const world = makeWorld();
  world.client();
  world.client();
  const admission = requestUpgrade(world.sigver, "key");
  const drained = world.sigver.drain(1_000);
  const late = new FakeChannel();
  if (admission.type !== "admit") throw new Error("nobody was let in");
  admission.accept(late);
  expect(late.closedWith).toBe(1012);
  admission.onClosed?.();
  world.clock.pass(1_000);
  await drained;
  expectQuiet(world);
});

Deno.test("Sigver.drain() ends when its clients have left, and at once without clients", async () => {
  const world = makeWorld();
  const [, second, third] = [world.client(), world.client(), world.client()];
  const drained = world.sigver.drain(9_000);
  second.channel.goAway(1000);
  world.clock.pass(9_000);
  await drained;
  expect([second.channel.closedWith, third.channel.closedWith]).toEqual([1000, 1012]);
  expectQuiet(world);
  const empty = makeWorld();
  await empty.sigver.drain(3_600_000);
  expectQuiet(empty);
});

Deno.test("Sigver.close() ends a drain, and closes all clients with 1001", async () => {
  const world = makeWorld();
  const clients = [world.client(), world.client(), world.client()];
  const drained = world.sigver.drain(3_600_000);
  world.sigver.close();
  await drained;
  expect(clients.map(({ channel }) => channel.closedWith)).toEqual([1012, 1001, 1001]);
  expectQuiet(world);
});

Deno.test("Shutdown.drain() with a duration of 0 closes all clients at once", async () => {
  const acted: number[] = [];
  const clock = new VirtualClock();
  await new Shutdown(clock).drain([1, 2, 3], 0, (item) => acted.push(item));
  expect(acted).toEqual([1, 2, 3]);
  expect(clock.timers).toBe(0);
});

Deno.test("Sigver.drain(): a second call waits for the first one", async () => {
  const world = makeWorld();
  const clients = Array.from({ length: 3 }, () => world.client());
  const first = world.sigver.drain(3_000);
  let isOver = false;
  const second = world.sigver.drain(3_000).then(() => isOver = true);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  const left = clients.filter(({ channel }) => channel.closedWith === undefined).length;
  expect([isOver, left]).toEqual([false, 2]);
  world.clock.pass(5_000);
  await Promise.all([first, second]);
  expectQuiet(world);
});
