// A scenario in which the server is killed that relays for members without WebRTC.

import { Nginx, openNats } from "./infrastructure.ts";
import { openNodes, whereIs } from "./nodes.ts";
import type { Findings, Scenario, Testbed } from "./scenario.ts";

export const RELAY_KILLED: Scenario = {
  name: "relay-killed",
  fault: "nginx hashes: the server that relays for members without WebRTC is killed",
  parts: "the members, by another server",
  play: (testbed) => killRelay(testbed, ["--sharded"]),
};

export const RELAY_KILLED_NATS: Scenario = {
  name: "relay-killed-nats",
  fault: "NATS, nginx hashes: the server that relays for members without WebRTC is killed",
  parts: "the members, by another server",
  async play(testbed) {
    const nats = testbed.use(await openNats());
    return await killRelay(testbed, ["--nats", `nats://127.0.0.1:${nats.port}`]);
  },
};

async function killRelay(testbed: Testbed, flags: readonly string[]): Promise<Findings> {
  const all = ["--relay", "always", "--trusted-proxy", "127.0.0.1", ...flags];
  const nodes = await openNodes(testbed.stack, () => all);
  const addresses = nodes.map(({ url }) => new URL(url).host);
  const { url } = testbed.use(await Nginx.open("nginx-hash.conf", addresses));
  const group = await testbed.busyGroup([url, url, url], true);
  await group.untilAllHear();

  const home = await whereIs("groupserver_memberships", nodes);
  await home.process.kill();
  const mergeMs = await group.untilAllHear();
  const newcomerMs = await group.join(url);
  return { newcomersMs: [newcomerMs], mergeMs };
}
