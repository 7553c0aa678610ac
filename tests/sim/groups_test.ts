import { expect } from "expect";
import { membersOf, messagesOf, numbersOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const SEEDS = Number(Deno.env.get("SEEDS") ?? 20);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);

/** Runs a test with several seeds; a failure prints the seed. */
function inWorlds(name: string, test: (seed: number) => void): void {
  Deno.test(name, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        test(seed);
      } catch (error) {
        throw new Error(`Failed with SEED=${seed} SEEDS=1`, { cause: error });
      }
    }
  });
}

inWorlds(
  "WebGroup: the first member and a joiner have the states in the order of the seed",
  (seed) => {
    const network = new SimNetwork({ seed });
    const [first, second] = [network.add("first"), network.add("second")];
    first.group.join("key");
    network.run(1_000);
    expect(numbersOf(first, "state")).toEqual([0, 1]);
    expect(numbersOf(first, "signaling")).toEqual([0, 1, 2, 4, 2, 4]);
    second.group.join("key");
    network.run(2_000);
    expect(numbersOf(second, "state")).toEqual([0, 1]);
    expect(numbersOf(second, "signaling")).toEqual([0, 1, 2, 4, 2, 4]);
    expect(numbersOf(first, "state")).toEqual([0, 1]);
    expect(first.group.id).toBe(second.group.id);
    expect(second.seen[0]).toEqual(["myId", second.group.myId]);
  },
);

inWorlds(
  "WebGroup: twelve peers that join together see each other, exchange messages, and leave",
  (seed) => {
    const network = new SimNetwork({ seed });
    const peers = network.addMany(12);
    for (const { group } of peers) group.join("key");
    network.run(3_000);
    const everyone = peers.map(({ group }) => group.myId).sort((a, b) => a - b);
    for (const peer of peers) {
      expect(membersOf(peer)).toEqual(everyone);
      expect(peer.group.neighbors.length).toBe(11);
    }
    for (const { name, group } of peers) group.send(name);
    network.run(1_000);
    for (const peer of peers) expect(messagesOf(peer).length).toBe(11);
    for (const { group } of peers) group.leave();
    network.run(10_000);
    for (const peer of peers) {
      expect(peer.group.members).toEqual([]);
      expect(numbersOf(peer, "state")).toEqual([0, 1, 2]);
      expect(numbersOf(peer, "leave").length).toBe(11);
    }
    // Without members, no timer of a peer or the server remains.
    network.signaling.stop();
    network.run(60_000);
    expect(network.world.clock.pending).toBe(0);
  },
);

Deno.test("SimWorld: each seed has one trace, different from others", () => {
  const hashOf = (seed: number) => {
    const network = new SimNetwork({ seed });
    const peers = network.addMany(6);
    for (const { group } of peers) group.join("key");
    network.run(5_000);
    for (const { group } of peers) group.send(new Uint8Array(40_000));
    network.run(5_000);
    return network.world.hash;
  };
  expect(hashOf(7)).toBe(hashOf(7));
  expect(hashOf(7)).not.toBe(hashOf(8));
});

inWorlds("WebGroup: each pair opens one channel when all join together", (seed) => {
  const network = new SimNetwork({ seed });
  const peers = network.addMany(8);
  for (const { group } of peers) group.join("key");
  network.run(10_000);
  const signaling = peers.length;
  expect(network.world.connections - signaling).toBe((8 * 7) / 2);
});

inWorlds("WebGroup: a pair that cannot connect talks through a third member", (seed) => {
  const canConnect = (a: string, b: string) => !(a !== "peer0" && b !== "peer0");
  const network = new SimNetwork({ seed, canConnect });
  const peers = network.addMany(3);
  const [hub, a, b] = peers as [typeof peers[0], typeof peers[0], typeof peers[0]];
  hub.group.join("key");
  network.run(1_000);
  a.group.join("key");
  network.run(1_000);
  b.group.join("key");
  network.run(20_000);
  expect(membersOf(b)).toEqual(membersOf(a));
  expect(a.group.neighbors).toEqual([hub.group.myId]);
  a.group.sendTo(b.group.myId, "a to b");
  b.group.send(new Uint8Array(100_000).fill(7));
  network.run(1_000);
  expect(messagesOf(b)).toEqual([[a.group.myId, "a to b"]]);
  expect(messagesOf(a)).toEqual([[b.group.myId, new Uint8Array(100_000).fill(7)]]);
  b.group.leave();
  network.run(2_000);
  expect(membersOf(a)).toEqual(membersOf(hub));
});

inWorlds("WebGroup: a member that crashes is removed by all when its grace time ends", (seed) => {
  const network = new SimNetwork({ seed });
  const peers = network.addMany(5, { graceTime: 11_500 });
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  const lost = peers[2]!.group.myId;
  peers[2]!.machine.crash();
  network.run(12_000);
  for (const peer of peers.filter((_, index) => index !== 2)) {
    expect(membersOf(peer)).not.toContain(lost);
    expect(peer.group.members.length).toBe(4);
    expect(numbersOf(peer, "leave")).toEqual([lost]);
  }
});

inWorlds("WebGroup: a group outlives its signaling server, and reconnects to it", (seed) => {
  const network = new SimNetwork({ seed });
  const peers = network.addMany(4);
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  network.signaling.stop();
  network.run(5_000);
  for (const { group } of peers) {
    expect(group.state).toBe(0);
    expect(group.members.length).toBe(4);
  }
  peers[0]!.group.send("still here");
  network.run(1_000);
  for (const peer of peers.slice(1)) expect(messagesOf(peer).length).toBe(1);
  network.signaling.start();
  network.run(60_000);
  for (const { group } of peers) {
    expect([group.state, group.signalingState, group.members.length]).toEqual([1, 4, 4]);
  }
  const late = network.add("late");
  late.group.join("key");
  network.run(5_000);
  expect(late.group.members.length).toBe(5);
});

inWorlds("WebGroup: two halves that joined at different servers become one group", (seed) => {
  const network = new SimNetwork({ seed });
  const [a, b] = [network.add("a"), network.add("b")];
  a.group.join("key");
  b.group.join("key");
  network.run(3_000);
  network.signaling.stop();
  network.run(500);
  // The others arrive while those two wait for their next connection.
  network.signaling.start();
  const [c, d] = [network.add("c"), network.add("d")];
  c.group.join("key");
  d.group.join("key");
  network.run(90_000);
  for (const peer of [a, b, c, d]) expect(peer.group.members.length).toBe(4);
});

inWorlds("WebGroup: a group that was left can be joined again", (seed) => {
  const network = new SimNetwork({ seed });
  const [a, b] = [network.add("a"), network.add("b")];
  for (let round = 0; round < 3; round++) {
    a.group.join("key");
    b.group.join("key");
    network.run(5_000);
    expect(membersOf(a)).toEqual([a.group.myId, b.group.myId].sort((x, y) => x - y));
    b.group.leave();
    network.run(1_000);
    expect(a.group.members.length).toBe(1);
    expect(a.group.state).toBe(1);
    a.group.leave();
    network.run(1_000);
    expect(a.group.id).toBe(0);
  }
});

inWorlds("WebGroup: a large message arrives whole, and small ones keep their order", (seed) => {
  const network = new SimNetwork({ seed });
  const [a, b] = [network.add("a"), network.add("b")];
  a.group.join("key");
  b.group.join("key");
  network.run(3_000);
  const large = Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251);
  a.group.send("before");
  a.group.send(large);
  a.group.sendTo(b.group.myId, "after");
  a.group.send("");
  network.run(10_000);
  const [before, whole, ...rest] = messagesOf(b).map(([, data]) => data);
  expect([before, ...rest]).toEqual(["before", "after", ""]);
  expect(whole?.length).toBe(large.length);
  expect(large.every((byte, index) => byte === whole?.[index])).toBe(true);
});

Deno.test("WebGroup replaces a stalled channel without loss", async () => {
  const network = new SimNetwork({ seed: FIRST_SEED });
  const [sender, slow, other] = network.addMany(3) as [SimPeer, SimPeer, SimPeer];
  for (const { group } of [sender, slow, other]) group.join("key");
  network.run(5_000);
  for (const channel of sender.machine.channels) if (channel.peer === slow.name) channel.stall();
  const sent = sender.group.send(new Uint8Array(1_000_000));
  sender.group.send("behind it");
  network.run(1_000);
  // The slow member delays no other.
  expect(messagesOf(other).map(([, data]) => data.length)).toEqual([1_000_000, 9]);
  network.run(40_000);
  await sent;
  sender.group.send("after it");
  network.run(1_000);
  expect(messagesOf(other).at(-1)?.[1]).toBe("after it");
  expect(messagesOf(slow).map(([, data]) => data.length)).toEqual([1_000_000, 9, 8]);
  expect(numbersOf(sender, "leave")).toEqual([]);
});

inWorlds("WebGroup: messages stay in order when a relayed member gets a direct channel", (seed) => {
  const network = new SimNetwork({ seed });
  const peers = network.addMany(5);
  for (const { group } of peers.slice(0, 4)) group.join("key");
  network.run(3_000);
  const newcomer = peers[4]!;
  newcomer.group.join("key");
  const numbers = new Map<SimPeer, number>();
  const state = "state".repeat(60_000);
  for (let step = 0; step < 150; step++) {
    for (const peer of peers) {
      if (peer.group.state !== 1 || !peer.group.members.includes(newcomer.group.myId)) continue;
      const number = numbers.get(peer) ?? 0;
      numbers.set(peer, number + 1);
      // The program sends a newcomer the messages that it missed.
      if (number === 0) peer.group.send(`0 ${state}`);
      else if (step % 2 === 0) peer.group.send(`${number}`);
      else for (const id of peer.group.members) peer.group.sendTo(id, `${number}`);
    }
    network.run(20);
  }
  network.run(10_000);
  for (const peer of peers) {
    for (const [sender, count] of numbers) {
      if (sender === peer) continue;
      const heard = messagesOf(peer).filter(([id]) => id === sender.group.myId)
        .map(([, data]) => Number(String(data).split(" ")[0]));
      expect(heard).toEqual(Array.from({ length: count }, (_, number) => number));
    }
  }
});

inWorlds(
  "Bot: is invited, relays for browsers that cannot connect, and leaves when it is alone",
  (seed) => {
    const network = new SimNetwork({ seed, canConnect: () => false });
    const bot = network.addBot("bot", { rtc: false });
    const [a, b] = [network.add("a"), network.add("b")];
    a.group.join("key");
    network.run(1_000);
    a.group.invite(bot.url);
    network.run(1_000);
    expect(bot.webGroups.size).toBe(1);
    b.group.join("key");
    network.run(20_000);
    expect(b.group.members.length).toBe(3);
    expect(b.group.neighbors.length).toBe(1);
    b.group.send("hello");
    network.run(1_000);
    expect(messagesOf(a)).toEqual([[b.group.myId, "hello"]]);
    a.group.leave();
    b.group.leave();
    network.run(20_000);
    expect(bot.webGroups.size).toBe(0);
  },
);

inWorlds("Bot: a group of bots continues, and accepts newcomers", (seed) => {
  const network = new SimNetwork({ seed });
  const [one, two] = [network.addBot("one"), network.addBot("two")];
  const a = network.add("a");
  a.group.join("key");
  network.run(1_000);
  a.group.invite(one.url);
  network.run(1_000);
  [...one.webGroups.values()][0]!.invite(two.url);
  network.run(2_000);
  expect(a.group.members.length).toBe(3);
  a.group.leave();
  network.run(2_000);
  const [group] = [...two.webGroups.values()];
  expect(group!.members.length).toBe(2);
  const b = network.add("b");
  b.group.join("key");
  network.run(5_000);
  expect(b.group.members.length).toBe(3);
});

inWorlds(
  "WebGroup: two members that lose their only channel reconnect, and miss nothing",
  (seed) => {
    const network = new SimNetwork({ seed });
    const [a, b] = network.addMany(2) as [SimPeer, SimPeer];
    for (const { group } of [a, b]) group.join("key");
    network.run(3_000);
    const [idOfA, idOfB] = [a.group.myId, b.group.myId];
    for (const channel of a.machine.channels) if (channel.peer === b.name) channel.cut();
    for (let number = 0; number < 100; number++) {
      a.group.send(`${number}`);
      b.group.sendTo(idOfA, `${number}`);
      network.run(100);
    }
    network.run(5_000);
    const all = Array.from({ length: 100 }, (_, number) => `${number}`);
    expect(messagesOf(a)).toEqual(all.map((text) => [idOfB, text]));
    expect(messagesOf(b)).toEqual(all.map((text) => [idOfA, text]));
    expect([a, b].map((one) => numbersOf(one, "leave"))).toEqual([[], []]);
  },
);

inWorlds("WebGroup: a member that sleeps within the grace time misses nothing", (seed) => {
  const network = new SimNetwork({ seed });
  const peers = network.addMany(3, { graceTime: 100_000 });
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  const [a, b, sleeper] = peers as [SimPeer, SimPeer, SimPeer];
  network.world.netem.sleep(sleeper.name, 90_000);
  for (let number = 0; number < 90; number++) {
    a.group.send(`${number}`);
    network.run(1_000);
  }
  network.run(20_000);
  for (const one of [b, sleeper]) {
    expect(messagesOf(one).map(([, text]) => Number(text)))
      .toEqual(Array.from({ length: 90 }, (_, number) => number));
  }
  expect(peers.map((one) => numbersOf(one, "leave"))).toEqual([[], [], []]);
});
