import { expect } from "expect";
import { membersOf, messagesOf, numbersOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
/** G7: measured from when two parts can reach each other and the server. */
const MERGED_MS = 30_000;
/** How long an attempt waits for the other side. */
const ATTEMPT_MS = 14_000;

const KINDS = ["no WebRTC", "UDP blocked"] as const;

/** Peers named after one of KINDS are unreachable. */
function world(seed: number): SimNetwork {
  return new SimNetwork({
    seed,
    canConnect: (...pair) => !pair.some((name) => name.startsWith("hermit")),
  });
}

function addHermit(network: SimNetwork, kind: typeof KINDS[number], name = "hermit"): SimPeer {
  const hermit = network.add(name, { rtc: kind !== "no WebRTC" });
  hermit.group.join("key");
  return hermit;
}

/** These are one group, and receive from each other. */
function expectOneGroup(network: SimNetwork, all: readonly SimPeer[], context: unknown[]): void {
  const ids = all.map(({ group }) => group.myId).sort((a, b) => a - b);
  for (const one of all) {
    expect([...context, one.name, one.group.state, membersOf(one)]).toEqual([
      ...context,
      one.name,
      1,
      ids,
    ]);
  }
  for (const { group, name } of all) group.send(`from ${name}`);
  network.run(2_000);
  for (const one of all) {
    const heard = new Set(messagesOf(one).map(([, data]) => data));
    for (const { name } of all) {
      if (name !== one.name) expect([...heard]).toContain(`from ${name}`);
    }
  }
}

for (const kind of KINDS) {
  Deno.test(`G7: an unreachable first member (${kind}) does not keep others apart`, () => {
    for (const seed of SEEDS) {
      const network = world(seed);
      const hermit = addHermit(network, kind);
      network.run(2_000);
      const pages = [network.add("a"), network.add("b")];
      for (const { group } of pages) group.join("key");
      network.run(MERGED_MS);
      expectOneGroup(network, pages, [seed]);
      const later = network.add("later");
      later.group.join("key");
      network.run(MERGED_MS);
      expectOneGroup(network, [...pages, later], [seed]);
      expect(numbersOf(hermit, "state")).toEqual([0, 1]);
      expect(numbersOf(hermit, "signaling")).not.toContain(3);
      hermit.group.leave();
      network.run(MERGED_MS);
      expectOneGroup(network, [...pages, later], [seed]);
    }
  });

  Deno.test(`G7: an unreachable last member (${kind}) is alone, and reports the reason`, () => {
    for (const seed of SEEDS) {
      const network = world(seed);
      const pages = network.addMany(3);
      for (const { group } of pages) group.join("key");
      network.run(10_000);
      const hermit = addHermit(network, kind);
      network.run(3 * (ATTEMPT_MS + 5_000));
      expect([seed, hermit.group.state, membersOf(hermit)]).toEqual([
        seed,
        1,
        [hermit.group.myId],
      ]);
      expect(hermit.seen.filter(([kind]) => kind === "error").length).toBeGreaterThan(0);
      expectOneGroup(network, pages, [seed]);
      const later = network.add("later");
      later.group.join("key");
      network.run(MERGED_MS);
      expectOneGroup(network, [...pages, later], [seed]);
    }
  });

  Deno.test(`G7: many unreachable members (${kind}) do not keep others apart`, () => {
    for (const seed of SEEDS) {
      const network = world(seed);
      for (let index = 0; index < 5; index++) {
        addHermit(network, kind, `hermit${index}`);
        network.run(500);
      }
      network.run(3 * (ATTEMPT_MS + 5_000));
      const pages = network.addMany(4);
      for (const { group } of pages) group.join("key");
      network.run(3 * ATTEMPT_MS + MERGED_MS);
      expectOneGroup(network, pages, [seed]);
    }
  });
}

Deno.test("G7: a peer that temporarily could not join finds the others soon after", () => {
  for (const seed of SEEDS) {
    let isBlocked = true;
    const network = new SimNetwork({ seed, canConnect: () => !isBlocked });
    const [a, b] = [network.add("a"), network.add("b")];
    a.group.join("key");
    network.run(1_000);
    b.group.join("key");
    network.run(20_000);
    expect([seed, b.group.state, membersOf(b).length]).toEqual([seed, 1, 1]);
    isBlocked = false;
    network.run(MERGED_MS);
    expectOneGroup(network, [a, b], [seed]);
  }
});

Deno.test("G11: members whose channels break soon after they open do not make them in a loop", () => {
  for (const count of [2, 3]) {
    const network = new SimNetwork({ seed: 3 });
    const pages = network.addMany(count);
    for (const { group } of pages) group.join("key");
    let before = new Set<unknown>();
    for (let ms = 0; ms < 120_000; ms += 300) {
      network.run(300);
      const channels = pages.flatMap(({ machine }) => [...machine.channels]);
      for (const channel of channels) {
        if (channel.kind === "rtc" && channel.open && before.has(channel)) channel.cut();
      }
      before = new Set(channels);
    }
    // Members check every 2 to 4 s while others are unreachable (D13).
    for (const [pair, dials] of network.world.dials) {
      expect([count, pair, dials < 60]).toEqual([count, pair, true]);
    }
  }
});

Deno.test("G3: a channel that breaks after minutes costs two members nothing", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [a, b] = network.addMany(2);
    for (const { group } of [a!, b!]) group.join("key");
    // All that the two hear of each other since then comes over their channel.
    network.run(120_000);
    a!.group.send("before");
    const open = [...a!.machine.channels].filter(({ kind, open }) => kind === "rtc" && open);
    for (const channel of open) channel.cut();
    // No new channel opens for a while, as on a slow machine.
    network.world.netem.partition([a!.name], 8_000);
    expect([seed, open.length]).toEqual([seed, 1]);
    network.run(50);
    a!.group.send("after");
    network.run(MERGED_MS);
    expect([seed, messagesOf(b!).map(([, data]) => data)]).toEqual([seed, ["before", "after"]]);
    expect([a!, b!].map((one) => numbersOf(one, "leave"))).toEqual([[], []]);
  }
});
