import { expect } from "expect";
import { disagreement } from "./oracles.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);
const STEP_MS = 10;
const GROUPS = 4;
const MEMBERS = 50;
const GONE = 15;

Deno.test("WebGroup: two hundred members, a third of which crash, stay four groups", () => {
  const network = new SimNetwork({ seed: SEED });
  const groups = Array.from(
    { length: GROUPS },
    (_, index) =>
      Array.from({ length: MEMBERS }, (_, member) => {
        const one = network.add(`peer${index * MEMBERS + member}`, { graceTime: 11_500 });
        network.world.clock.after(member * STEP_MS, () => one.group.join(`key${index}`));
        return one;
      }),
  );
  network.run(5_000);
  for (const group of groups) expectTogether(network, group);
  for (const group of groups) for (const one of group.splice(0, GONE)) one.machine.crash();
  network.run(12_250);
  for (const group of groups) expectTogether(network, group);
});

/** All agree on the members, and receive from each other. */
function expectTogether(network: SimNetwork, group: readonly SimPeer[]): void {
  expect(disagreement(group)).toBeUndefined();
  const before = group.map((one) => messagesOf(one).length);
  for (const one of group) one.group.send(one.name);
  network.run(1_000);
  const heard = group.map((one, index) => messagesOf(one).length - before[index]!);
  expect(new Set(heard)).toEqual(new Set([group.length - 1]));
}
