// A scenario with three nodes that do not know each other, as nginx hashes the path. The node of a
// group is killed.

import { Nginx } from "./infrastructure.ts";
import { openNodes, whereIs } from "./nodes.ts";
import { pause, type Scenario } from "./scenario.ts";

/** Longer than `fail_timeout` of the configuration: only then nginx tries the node again. */
const LEFT_OUT_MS = 6_000;

export const SHARDS: Scenario = {
  name: "shards",
  fault: "nginx hashes: the server of the group is killed and restarted",
  parts: "the group, and newcomers at the restarted server",
  async play(testbed) {
    const nodes = await openNodes(
      testbed.stack,
      () => ["--sharded", "--trusted-proxy", "127.0.0.1"],
    );
    const addresses = nodes.map(({ url }) => new URL(url).host);
    const { url } = testbed.use(await Nginx.open("nginx-hash.conf", addresses));
    const group = await testbed.busyGroup([url, url, url]);

    const home = await whereIs("sigver_connections", nodes);
    await home.process.kill();
    const newcomerMs = await group.join(url);

    await home.start();
    await pause(LEFT_OUT_MS);
    const mergesAt = performance.now();
    await Promise.all([group.join(url), group.join(url)]);
    await group.untilMerged();
    return { newcomersMs: [newcomerMs], mergeMs: performance.now() - mergesAt };
  },
};
