import { expect } from "expect";
import { FULL_MESH_MEMBERS_MAX } from "../../src/base/limits.ts";
import { membersOf, numbersOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";

Deno.test("WebGroup: a full group refuses a bot and a newcomer, which retry after growing waits", async () => {
  const network = new SimNetwork({ seed: 1 });
  const members = network.addMany(FULL_MESH_MEMBERS_MAX);
  for (const { group } of members) {
    group.join("key");
    network.run(300);
  }
  network.run(30_000);
  const bot = network.addBot("bot", { rtc: false });
  const invited = members[0]!.group.invite(bot.url);
  const rejects = expect(invited).rejects.toMatchObject({ name: "ConnectionError" });
  network.run(3_000);
  await rejects;
  const before = network.world.connections;
  const late = network.add("late");
  late.group.join("key").catch(() => {});
  network.run(60_000);
  expect(late.seen.filter(([kind]) => kind === "error").at(0)).toEqual([
    "error",
    "REFUSED",
    expect.stringContaining(`exceed ${FULL_MESH_MEMBERS_MAX} members`),
  ]);
  expect(membersOf(late).length).toBeLessThan(2);
  // The full mesh of the others has none of these.
  expect(network.world.connections - before).toBeLessThan(60);
  for (const one of members) {
    expect([membersOf(one).length, numbersOf(one, "leave")]).toEqual([FULL_MESH_MEMBERS_MAX, []]);
  }
});

Deno.test("WebGroup: two parts that are too large together try few joins, and unite when they fit", () => {
  const network = new SimNetwork({ seed: 1 });
  const peers = network.addMany(70);
  const [large, small] = [peers.slice(0, 50), peers.slice(50)];
  network.signaling.split(small.map(({ name }) => name));
  for (const { group } of network.peers) {
    group.join("key");
    network.run(100);
  }
  network.run(20_000);
  network.signaling.unite();
  network.run(30_000);
  const errorsOf = ({ seen }: SimPeer) =>
    seen.flatMap(([kind, , text]) => kind === "error" ? text : []);
  const countErrors = () => network.peers.flatMap(errorsOf).length;
  const before = countErrors();
  network.run(60_000);
  // Those of D8: in each part the member with the lowest id, and of the others one, each 15 s.
  expect(countErrors() - before).toBeLessThan(30);
  expect(network.peers.flatMap(errorsOf).at(-1)).toContain("would exceed");
  for (const { group } of large.splice(0, 10)) group.leave();
  network.run(30_000);
  for (const peer of [...large, ...small]) expect(membersOf(peer).length).toBe(60);
});

Deno.test("WebGroup: channels that break soon after they open are redialed after growing waits", () => {
  for (const end of ["cut", "close"] as const) {
    const network = new SimNetwork({ seed: 3 });
    const peers = network.addMany(3);
    for (const { group } of peers) {
      group.join("key");
      network.run(1_500);
    }
    network.run(5_000);
    const [one, other] = peers;
    const openedAt = new Map<unknown, number>();
    const minute = () => {
      const before = network.world.connections;
      for (let ms = 0; ms < 60_000; ms += 10) {
        network.run(10);
        const now = network.world.clock.now();
        for (const channel of one!.machine.open) {
          if (channel.peer !== other!.name) continue;
          if (!openedAt.has(channel)) openedAt.set(channel, now);
          else if (now - openedAt.get(channel)! >= 50) channel[end]();
        }
      }
      return network.world.connections - before;
    };
    const minutes = [minute(), minute(), minute()];
    expect([end, minutes, minutes[2]! <= 3]).toEqual([end, minutes, true]);
    expect(membersOf(one!).length).toBe(3);
  }
});

Deno.test("WebGroup.join() does not wait for members that crashed", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const network = new SimNetwork({ seed });
    const peers = network.addMany(4);
    for (const { group } of peers) group.join("key");
    network.run(5_000);
    peers[2]!.machine.crash();
    network.run(15_000);
    const newcomer = network.add("newcomer");
    let isJoined = false;
    newcomer.group.join("key").then(() => isJoined = true);
    network.run(1_000);
    await Promise.resolve();
    expect([seed, isJoined]).toEqual([seed, true]);
  }
});
