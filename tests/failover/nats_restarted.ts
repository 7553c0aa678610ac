/**
 * NATS is killed and started again, while members sit at all three nodes.
 *
 * @module
 */

import { openNats } from "./machines.ts";
import { openNodes, settled } from "./nodes.ts";
import type { Scenario } from "./scenario.ts";

/** The scenario. */
export const NATS_RESTARTED: Scenario = {
  name: "nats-restarted",
  fault: "NATS is killed, and started again",
  parts: "strangers who came to each node meanwhile",
  async play(stage) {
    const nats = stage.use(await openNats());
    const nodes = await openNodes(stage.stack, () => ["--nats", `nats://127.0.0.1:${nats.port}`]);
    await settled(nodes, 3);
    const urls = nodes.map(({ url }) => url);
    const group = await stage.talkers(urls);

    await nats.process.kill();
    const strangers = stage.company();
    const newcomersMs = await Promise.all(
      urls.flatMap((url) => [group.arrive(url), strangers.arrive(url, "nobody")]),
    );
    await nats.start();
    const mergeMs = await strangers.meet();
    await settled(nodes, 3);
    const later = await Promise.all(urls.map((url) => group.arrive(url)));
    await group.meet();
    return { newcomersMs: [...newcomersMs, ...later], mergeMs };
  },
};
