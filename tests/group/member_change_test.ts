import { expect } from "expect";
import type { MemberRole } from "../../src/base/member_role.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const AWAY_WITHIN_MS = 7_000;
const GRACE_MS = 30_000;

/** A `memberchange` event as a program receives it. */
interface Change {
  readonly by: number;
  readonly member: number;
  readonly role: MemberRole | undefined;
  readonly away: boolean;
}

/** The first member of the group is a page. */
class Rig {
  readonly network: SimNetwork;
  readonly changes: Change[] = [];

  constructor(count: number, seed = 1) {
    this.network = new SimNetwork({ seed });
    for (let index = 0; index < count; index++) {
      const { group } = this.network.add(`peer${index}`, { isPage: index === 0 });
      group.addEventListener("memberchange", ({ member, role, away }) => {
        this.changes.push({ by: group.myId, member, role, away });
        expect(group.isAway(member)).toBe(away);
      });
      group.join("key");
      this.network.run(500);
    }
    this.network.run(5_000);
  }
}

Deno.test("memberchange reports the role of each member once", async () => {
  const { network, changes } = new Rig(2);
  const [page, process] = network.peers as [SimPeer, SimPeer];
  network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), "key");
  network.run(5_000);
  const bot = network.peers.find(({ name }) => name === "bot")!;
  const roles = new Map<number, MemberRole>([[page.group.myId, "page"], [
    process.group.myId,
    "process",
  ], [bot.group.myId, "bot"]]);
  for (const { group } of network.peers) {
    const others = new Map([...roles].filter(([id]) => id !== group.myId));
    const stats = [...await group.getStats()].map(([id, { role }]) => [id, role] as const);
    expect(new Map(stats)).toEqual(others);
  }
  for (const { group } of [page, process]) {
    const seen = changes.filter(({ by }) => by === group.myId);
    expect(seen.map(({ away }) => away)).toEqual([false, false]);
    expect(seen.map(({ member, role }) => [member, role]).sort()).toEqual(
      [...roles].filter(([id]) => id !== group.myId).sort(),
    );
  }
});

for (const how of ["silently", "reset"] as const) {
  Deno.test(`memberchange reports within 7 s that a member crashed (${how})`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { network, changes } = new Rig(4, seed);
      const [crashed, ...others] = network.peers as [SimPeer, ...SimPeer[]];
      changes.splice(0);
      // At any moment between two heartbeats.
      network.run(seed * 150);
      crashed.machine.crash(how);
      const member = crashed.group.myId;
      network.run(AWAY_WITHIN_MS);
      const told = changes.filter(({ away }) => away).map(({ by, member }) => ({ by, member }));
      expect({ seed, told: told.sort((a, b) => a.by - b.by) }).toEqual({
        seed,
        told: others.map(({ group }) => ({ by: group.myId, member })).sort((a, b) => a.by - b.by),
      });
      for (const { group } of others) {
        expect(group.members.filter((id) => group.isAway(id))).toEqual([member]);
      }
      network.run(GRACE_MS);
      for (const { group } of others) {
        expect([group.members.includes(member), group.isAway(member)]).toEqual([false, false]);
      }
    }
  });
}

Deno.test("memberchange reports that a member whose machine slept is back", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { network, changes } = new Rig(3, seed);
    const [sleeper, ...others] = network.peers as [SimPeer, ...SimPeer[]];
    changes.splice(0);
    network.world.netem.sleep(sleeper.name, 12_000);
    network.run(20_000);
    for (const { group } of others) {
      const seen = changes.filter(({ by }) => by === group.myId);
      expect({ seed, seen: seen.map(({ member, away }) => [member, away]) }).toEqual({
        seed,
        seen: [[sleeper.group.myId, true], [sleeper.group.myId, false]],
      });
    }
  }
});

Deno.test("isAway() is false again when the group is left, and throws on what is no id", () => {
  const { network } = new Rig(2);
  const [crashed, { group }] = network.peers as [SimPeer, SimPeer];
  const { myId } = crashed.group;
  crashed.machine.crash();
  network.run(AWAY_WITHIN_MS);
  expect([group.isAway(myId), group.isAway(group.myId)]).toEqual([true, false]);
  group.leave();
  expect(group.isAway(myId)).toBe(false);
  expect(() => group.isAway("7" as unknown as number)).toThrow('Cannot use "7" as the id');
});

Deno.test("memberchange reports nothing in a healthy group", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { network, changes } = new Rig(5, seed);
    changes.splice(0);
    network.run(120_000);
    expect({ seed, changes }).toEqual({ seed, changes: [] });
  }
});
