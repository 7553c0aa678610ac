// A scenario with three processes that share a port, and are a cluster over NATS. One is killed.

import { freePort } from "../bench/free_port.ts";
import { until } from "../support/until.ts";
import { openNats } from "./infrastructure.ts";
import { metricsOf, openNodes } from "./nodes.ts";
import type { Scenario } from "./scenario.ts";

const PROCESSES = 3;

/** Connections are spread at random: one run in 10,000 leaves a process without any. */
const TALKERS_MAX = 26;

export const SHARED_PORT: Scenario = {
  name: "shared-port",
  fault: "NATS, shared port: one of three processes is killed and restarted",
  parts: "simultaneous newcomers",
  async play(testbed) {
    const nats = testbed.use(await openNats());
    const port = `${freePort()}`;
    const nodes = await openNodes(
      testbed.stack,
      () => ["--nats", `nats://127.0.0.1:${nats.port}`, "--port", port, "--reuse-port"],
    );
    const [{ url }] = nodes;
    await all(url, (metrics) => metrics.get("sigver_nodes") === PROCESSES);
    const group = testbed.group();
    do await group.join(url); while (!await haveAll(url) && group.size < TALKERS_MAX);
    await group.untilMerged();
    group.startTraffic();

    await nodes[0].process.kill();
    const strangers = testbed.group();
    const mergesAt = performance.now();
    const newcomersMs = await Promise.all(
      [group, group, strangers, strangers, strangers].map((group) => group.join(url)),
    );
    await strangers.untilMerged();
    const mergeMs = performance.now() - mergesAt;
    await nodes[0].start();
    await all(url, (metrics) => metrics.get("sigver_nodes") === PROCESSES);
    const later = [await group.join(url), await group.join(url)];
    await group.untilMerged();
    return { newcomersMs: [...newcomersMs, ...later], mergeMs };
  },
};

type Metrics = Awaited<ReturnType<typeof metricsOf>>;

async function all(url: string, holds: (metrics: Metrics) => boolean): Promise<void> {
  await until(
    `each of ${PROCESSES} processes at one port is as it should be`,
    async () => (await askAll(url)).every(holds),
  );
}

async function haveAll(url: string): Promise<boolean> {
  return (await askAll(url)).every((metrics) => (metrics.get("sigver_connections") ?? 0) > 0);
}

/** Tells processes apart by their start time: repeats requests until all have replied. */
async function askAll(url: string): Promise<readonly Metrics[]> {
  const answers = new Map<number | undefined, Metrics>();
  await until(`${PROCESSES} processes answer at one port`, async () => {
    const metrics = await metricsOf(url);
    answers.set(metrics.get("process_start_time_seconds"), metrics);
    return answers.size === PROCESSES;
  }, () => [...answers.keys()]);
  return [...answers.values()];
}
