// Scenarios in which the link of a node to NATS is cut, or silently loses everything, for a time.

import type { Process } from "../chaos/process.ts";
import { openLink, openNats } from "./infrastructure.ts";
import { openNodes, settled, whereIs } from "./nodes.ts";
import type { Scenario, Testbed } from "./scenario.ts";
import type { Service } from "./service.ts";

export const LINK_CUT: Scenario = {
  name: "link-cut",
  fault: "NATS: the server of the group is cut off from NATS and reconnected",
  parts: "newcomers at both sides meanwhile",
  play: (testbed) => play(testbed, (link) => link.kill(), (link) => link.start()),
};

/** Nothing arrives during the fault; all of it arrives late. */
export const LINK_SILENT: Scenario = {
  name: "link-silent",
  fault: "NATS: the same, by a link that stalls and then delivers everything late",
  parts: LINK_CUT.parts,
  play: (testbed) => play(testbed, (link) => link.stop(), ({ process }) => process.resume()),
};

async function play(
  testbed: Testbed,
  split: (link: Process) => unknown,
  heal: (link: Service) => unknown,
): ReturnType<Scenario["play"]> {
  const nats = testbed.use(await openNats());
  const links = await Promise.all([0, 1, 2].map(() => openLink(nats.port)));
  for (const link of links) testbed.use(link);
  const nodes = await openNodes(
    testbed.stack,
    (index) => ["--nats", `nats://127.0.0.1:${links[index]?.port}`],
  );
  await settled(nodes, 3);
  const group = await testbed.busyGroup(nodes.map(({ url }) => url));

  const home = await whereIs("sigver_groups", nodes);
  const [other, third] = nodes.filter((node) => node !== home);
  const link = links[nodes.indexOf(home)];
  if (other === undefined || third === undefined || link === undefined) throw new Error("no nodes");
  await split(link.process);
  const newcomers = [group.join(home.url), group.join(other.url), group.join(third.url)];
  await settled([home], 1);
  await settled([other, third], 2);
  const strangers = testbed.group();
  const apart = [strangers.join(home.url, "nobody"), strangers.join(other.url, "nobody")];
  const newcomersMs = await Promise.all([...newcomers, ...apart]);

  await heal(link);
  const mergeMs = await strangers.untilMerged();
  await settled(nodes, 3);
  const later = await Promise.all(nodes.map(({ url }) => group.join(url)));
  await group.untilMerged();
  return { newcomersMs: [...newcomersMs, ...later], mergeMs };
}
