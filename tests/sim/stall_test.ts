import { expect } from "expect";
import { messagesOf, SimNetwork } from "./sim_network.ts";

const MEMBERS = 5;
const MESSAGES = 200;
const PAUSE_MS = 20;
const BYTES = 8_000;
const DIFFERENCE_MAX = 0.05;

/** The 99th percentile of delivery times to members that read. */
function delay99(stalled: boolean): number {
  const network = new SimNetwork({ seed: 1 });
  const { clock } = network.world;
  const peers = network.addMany(MEMBERS);
  const [sender, slow, ...others] = peers;
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  if (stalled) {
    for (const channel of sender!.machine.open) if (channel.peer === slow!.name) channel.stall();
  }
  const delays: number[] = [];
  for (const one of others) {
    one.group.onMessage = (_, data) =>
      delays.push(clock.now() - Number(String(data).split(" ")[0]));
  }
  for (let sent = 0; sent < MESSAGES; sent++) {
    sender!.group.send(`${clock.now()} ${"x".repeat(BYTES)}`);
    network.run(PAUSE_MS);
  }
  network.run(1_000);
  expect(delays.length).toBe(MESSAGES * others.length);
  expect(messagesOf(slow!).length).toBe(stalled ? 0 : MESSAGES);
  return delays.sort((a, b) => a - b)[Math.floor(delays.length * 0.99)]!;
}

Deno.test("WebGroup: a stalled member does not delay messages to others", () => {
  const difference = delay99(true) / delay99(false) - 1;
  expect(Math.abs(difference)).toBeLessThan(DIFFERENCE_MAX);
});
