import { openNats } from "./infrastructure.ts";
import { openNodes, settled } from "./nodes.ts";
import type { Scenario } from "./scenario.ts";

export const NATS_RESTARTED: Scenario = {
  name: "nats-restarted",
  fault: "NATS is killed and restarted",
  parts: "newcomers at each server meanwhile",
  async play(testbed) {
    const nats = testbed.use(await openNats());
    const nodes = await openNodes(testbed.stack, () => ["--nats", `nats://127.0.0.1:${nats.port}`]);
    await settled(nodes, 3);
    const urls = nodes.map(({ url }) => url);
    const group = await testbed.busyGroup(urls);

    await nats.process.kill();
    const strangers = testbed.group();
    const newcomersMs = await Promise.all(
      urls.flatMap((url) => [group.join(url), strangers.join(url, "nobody")]),
    );
    await nats.start();
    const mergeMs = await strangers.untilMerged();
    await settled(nodes, 3);
    const later = await Promise.all(urls.map((url) => group.join(url)));
    await group.untilMerged();
    return { newcomersMs: [...newcomersMs, ...later], mergeMs };
  },
};
