import { expect } from "expect";
import { DEAD_AFTER_MS } from "../../src/base/limits.ts";
import { membersOf, numbersOf, SimNetwork } from "./sim_network.ts";

const SENDERS = 4;
const MESSAGES = 4;
const BYTES = 60_000;
const BYTES_PER_MS = 20;
const SLOW_MS = 30_000;

Deno.test("WebGroup: a newcomer and a slow reader list each other despite much queued data", () => {
  const network = new SimNetwork({ seed: 1 });
  network.joinAs(network.addBot("bot"), "key");
  network.run(1_000);
  const join = (name: string) => {
    const one = network.add(name, { rtc: false, graceTime: DEAD_AFTER_MS });
    one.group.join("key");
    return one;
  };
  const slow = join("slow");
  const senders = Array.from({ length: SENDERS }, (_, index) => join(`peer${index}`));
  network.run(5_000);
  network.world.netem.readSlowly("slow", BYTES_PER_MS, SLOW_MS);
  for (const { group } of senders) {
    for (let sent = 0; sent < MESSAGES; sent++) {
      group.sendTo(slow.group.myId, new Uint8Array(BYTES));
    }
  }
  network.run(1_000);
  const newcomer = join("newcomer");
  network.run(SLOW_MS);
  for (const one of network.peers) {
    expect([one.name, numbersOf(one, "leave")]).toEqual([one.name, []]);
    expect(membersOf(one).length).toBe(SENDERS + 3);
  }
  expect(numbersOf(slow, "join")).toContain(newcomer.group.myId);
});
