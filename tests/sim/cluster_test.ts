import { expect } from "expect";
import { WebGroupState } from "../../src/group/state.ts";
import { disagreement } from "./oracles.ts";
import { membersOf, SimNetwork } from "./sim_network.ts";

const SEED = 7;

/** Newcomers join within this time after any failure of a node (docs/SIGVER.md). */
const IN_MS = 5_000;

/** Parts of a group that can reach each other merge within this time (G7). */
const MERGED_MS = 30_000;

/** Each of three nodes has a peer; the bus has settled. */
function network(): SimNetwork {
  const network = new SimNetwork({ seed: SEED }, "bus");
  network.run(1_000);
  return network;
}

/** Each newcomer reaches a node of its own (signaling.ts). */
function join(network: SimNetwork, names: readonly string[]) {
  return names.map((name) => {
    const one = network.add(name);
    one.group.join("key");
    return one;
  });
}

Deno.test("Cluster: members at three nodes are one group", () => {
  const world = network();
  const [one] = join(world, ["peer0"]);
  world.run(500);
  const others = join(world, ["peer1", "peer2", "peer3", "peer4"]);
  world.run(3_000);
  expect(disagreement([one!, ...others])).toBeUndefined();
  expect(membersOf(one!).length).toBe(5);
});

Deno.test("Cluster: peers that join at different nodes at the same moment are one group", () => {
  const world = network();
  const all = join(world, ["peer0", "peer1", "peer2"]);
  world.run(IN_MS);
  expect(disagreement(all)).toBeUndefined();
});

Deno.test("Cluster: after the crash of any node, a newcomer joins within 5 s, and no member is lost", () => {
  for (const which of [0, 1, 2]) {
    const world = network();
    const all = join(world, ["peer0", "peer1", "peer2"]);
    world.run(5_000);
    world.signaling.crash(which);
    const [late] = join(world, ["peer4"]);
    world.run(IN_MS);
    expect(late!.group.state).toBe(WebGroupState.JOINED);
    expect(disagreement([...all, late!])).toBeUndefined();
    expect(all.every(({ seen }) => !seen.some(([kind]) => kind === "leave"))).toBe(true);
    world.signaling.start();
    const [later] = join(world, ["peer5"]);
    world.run(IN_MS);
    expect(disagreement([...all, late!, later!])).toBeUndefined();
  }
});

Deno.test("Cluster: newcomers join without the bus, and are one group when it is back", () => {
  for (const which of [undefined, 0, 1, 2]) {
    const world = network();
    const all = join(world, ["peer0", "peer1", "peer2"]);
    world.run(5_000);
    world.signaling.loseBus(which);
    world.run(3_000);
    const late = join(world, ["peer3", "peer4", "peer5"]);
    world.run(IN_MS);
    expect(late.map(({ group }) => group.state)).toEqual(late.map(() => WebGroupState.JOINED));
    world.run(20_000);
    world.signaling.regainBus();
    world.run(MERGED_MS);
    expect(disagreement([...all, ...late])).toBeUndefined();
    expect(all.every(({ seen }) => !seen.some(([kind]) => kind === "leave"))).toBe(true);
  }
});

Deno.test("Cluster: two parts at nodes without a bus are one group within 30 s after its return", () => {
  const world = network();
  world.signaling.loseBus();
  world.run(3_000);
  const all = join(world, ["peer0", "peer1", "peer2", "peer3", "peer4", "peer5"]);
  world.run(10_000);
  expect(disagreement(all)).toBeDefined();
  world.signaling.regainBus();
  world.run(MERGED_MS);
  expect(disagreement(all)).toBeUndefined();
});

Deno.test("Sharded: parts of a group unite within 30 s for any choice of the load balancer", () => {
  const world = new SimNetwork({ seed: SEED }, "sharded");
  const all = join(world, ["peer0", "peer1"]);
  world.run(IN_MS);
  world.signaling.crash();
  const late = join(world, ["peer2"]);
  world.run(IN_MS);
  expect(disagreement([...all, ...late])).toBeUndefined();
  // Newcomers reach the restarted node, while the others are elsewhere.
  world.signaling.start();
  const later = join(world, ["peer3", "peer4"]);
  world.run(MERGED_MS);
  const everybody = [...all, ...late, ...later];
  expect(disagreement(everybody)).toBeUndefined();
  expect(everybody.every(({ seen }) => !seen.some(([kind]) => kind === "leave"))).toBe(true);
});

Deno.test("Sharded: two lone members at two servers find each other", () => {
  const world = new SimNetwork({ seed: SEED }, "sharded");
  world.signaling.crash();
  const [one] = join(world, ["peer0"]);
  world.run(IN_MS);
  world.signaling.start();
  const [other] = join(world, ["peer1"]);
  world.run(MERGED_MS);
  expect(disagreement([one!, other!])).toBeUndefined();
});
