// Groups of Netflux 4 and Netflux 5 peers, each of them newcomer, host and relay, with faults.

import { expect } from "expect";
import { seededRandom } from "../../src/testing/random.ts";
import { pairOf } from "../../src/testing/world.ts";
import { DEPLOYED, disguise } from "./disguise.ts";
import { disagreement } from "./oracles.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const SEEDS = Number(Deno.env.get("SEEDS") ?? 25);
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);
const STEPS = 50;
const BLOCKED_PERCENT = 20;
/** Parts of a group unite, and the crashed are removed. */
const HEALED_MS = 60_000;
const SETTLED_MS = 20_000;
const DELIVERY_MS = 10_000;
/** Netflux 4 peers notice a leave by missing heartbeats, if there is no channel. */
const LEFT_MS = 15_000;
/** They are removed after 9 s of silence. */
const PAUSE_MS = 7_000;

class MixedGroup {
  readonly network: SimNetwork;
  readonly peers: readonly SimPeer[];
  readonly #random: { uint32(): number };
  #sent = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const blocked = new Map<string, boolean>();
    const canConnect = (a: string, b: string) => {
      const pair = pairOf(a, b);
      if (!blocked.has(pair)) blocked.set(pair, this.#below(100) < BLOCKED_PERCENT);
      return blocked.get(pair) === false;
    };
    this.network = new SimNetwork({ seed, canConnect });
    disguise(this.network);
    const bot = this.network.addBot(this.#name("bot"), { leaveOnceAlone: false });
    this.peers = Array.from(
      { length: 3 + this.#below(4) },
      (_, index) => this.network.add(this.#name(`peer${index}`)),
    );
    this.network.joinAs(bot, "key");
  }

  get everyone(): readonly SimPeer[] {
    return this.network.joined;
  }

  make(): void {
    const { world } = this.network;
    for (let step = 0; step < STEPS; step++) {
      for (const one of this.everyone) {
        if (this.#below(2) > 0) one.group.send(`${one.name} ${this.#sent++}`).catch(() => {});
      }
      const one = this.peers[this.#below(this.peers.length)]!;
      const channel = one.machine.open[this.#below(Math.max(1, one.machine.open.length))];
      switch (this.#below(step < this.peers.length ? 1 : 10)) {
        case 0:
          if (one.group.state === 2) one.group.join("key").catch(() => {});
          else one.group.leave();
          break;
        case 1:
          channel?.cut();
          break;
        case 2:
          if (channel?.kind === "rtc") channel.die();
          break;
        case 3:
          world.netem.sleep(one.name, this.#below(20_000));
          break;
        case 4:
          world.netem.partition([one.name], this.#below(15_000));
      }
      this.network.run(this.#below(2_500));
    }
    world.netem.clear();
    for (const { group } of this.peers) if (group.state === 2) group.join("key").catch(() => {});
  }

  #name(name: string): string {
    return this.#below(2) > 0 ? `${DEPLOYED}-${name}` : name;
  }

  #below(limit: number): number {
    return this.#random.uint32() % limit;
  }
}

/** Between Netflux 5 peers, messages of one sender arrive once and in order. */
function expectInOrder(receiver: SimPeer): void {
  if (receiver.name.startsWith(DEPLOYED)) return;
  const last = new Map<number, number>();
  for (const [sender, data] of messagesOf(receiver)) {
    if (typeof data !== "string" || data.startsWith(DEPLOYED)) continue;
    const number = Number(data.split(" ").at(-1));
    expect(number).toBeGreaterThan(last.get(sender) ?? -1);
    last.set(sender, number);
  }
}

Deno.test(`peers of Netflux 4 and 5 become one group after faults (SEED=${FIRST_SEED})`, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const mixed = new MixedGroup(seed);
    const { network } = mixed;
    mixed.make();
    for (const one of network.peers) expectInOrder(one);
    network.run(HEALED_MS);
    const all = mixed.everyone;
    expect({ seed, all: all.length, why: disagreement(all) })
      .toEqual({ seed, all: mixed.peers.length + 1, why: undefined });
    network.run(SETTLED_MS);
    const before = all.map((one) => messagesOf(one).length);
    for (const { group } of all) group.send("hello");
    network.run(DELIVERY_MS);
    const heard = all.map((one, index) => messagesOf(one).length - before[index]!);
    expect({ seed, heard }).toEqual({ seed, heard: all.map(() => all.length - 1) });
    const [leaver] = mixed.peers;
    leaver!.group.leave();
    network.run(LEFT_MS);
    const rest = all.filter((one) => one !== leaver);
    expect({ seed, why: disagreement(rest) }).toEqual({ seed, why: undefined });
  }
});

Deno.test("a Netflux 4 peer that closed one channel, and then pauses, stays with the others", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const network = new SimNetwork({ seed });
    disguise(network);
    const [observer, former, deployed] = ["observer", "former", DEPLOYED].map((name) => {
      const peer = network.add(name);
      peer.group.join("key");
      network.run(3_000);
      return peer;
    }) as [SimPeer, SimPeer, SimPeer];
    network.run(30_000);
    const { myId } = deployed.group;
    let isRemoved = false;
    network.departed = (peer, { member }) => isRemoved ||= peer === observer && member === myId;
    deployed.machine.open.find(({ peer }) => peer === former.name)!.close();
    network.world.netem.sleep(deployed.name, PAUSE_MS);
    network.run(SETTLED_MS);
    expect({ seed, isRemoved }).toEqual({ seed, isRemoved: false });
  }
});
