import { Nginx, openNats } from "./infrastructure.ts";
import { gaugeOf, openNodes, settled, whereIs } from "./nodes.ts";
import type { Scenario } from "./scenario.ts";

export const NODE_KILLED: Scenario = {
  name: "node-killed",
  fault: "NATS: the server of the group is killed",
  parts: "simultaneous newcomers at both others",
  async play(testbed) {
    const nats = testbed.use(await openNats());
    const flags = ["--nats", `nats://127.0.0.1:${nats.port}`, "--trusted-proxy", "127.0.0.1"];
    const nodes = await openNodes(testbed.stack, () => flags);
    const addresses = nodes.map(({ url }) => new URL(url).host);
    const nginx = testbed.use(await Nginx.open("nginx-nats.conf", addresses));
    await settled(nodes, 3);
    const group = await testbed.busyGroup([nginx.url, nginx.url, nginx.url]);
    const connections = await Promise.all(
      nodes.map(({ url }) => gaugeOf(url, "sigver_connections")),
    );
    if (connections.some((count) => count === 0)) {
      throw new Error(`Cannot begin: members at ${connections}`);
    }

    const home = await whereIs("sigver_groups", nodes);
    const others = nodes.filter((node) => node !== home);
    await home.process.kill();
    const strangers = testbed.group();
    const mergesAt = performance.now();
    const [newcomerMs, ...strangersMs] = await Promise.all([
      group.join(nginx.url),
      ...others.map(({ url }) => strangers.join(url)),
    ]);
    await strangers.untilMerged();
    const mergeMs = performance.now() - mergesAt;

    await home.start();
    const laterMs = await group.join(home.url);
    await settled(nodes, 3);
    const lastMs = await group.join(nginx.url);
    await group.untilMerged();
    return { newcomersMs: [newcomerMs, ...strangersMs, laterMs, lastMs], mergeMs };
  },
};
