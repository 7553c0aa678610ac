/**
 * A node is split from NATS, by a link that is cut, or that is silent; later it is as before.
 *
 * @module
 */

import type { Process } from "../chaos/process.ts";
import { openLink, openNats } from "./machines.ts";
import { openNodes, settled, whereIs } from "./nodes.ts";
import type { Scenario, Stage } from "./scenario.ts";
import type { Service } from "./service.ts";

/** A link that refuses at once. */
export const LINK_CUT: Scenario = {
  name: "link-cut",
  fault: "the node where the group lives is cut off from NATS, and connected again",
  parts: "strangers who came to both sides meanwhile",
  play: (stage) => play(stage, (link) => link.kill(), (link) => link.start()),
};

/** A link on which nothing arrives, and then, late, all of it. */
export const LINK_SILENT: Scenario = {
  name: "link-silent",
  fault: "the same, by a link that is silent and then tells all of it, late",
  parts: LINK_CUT.parts,
  play: (stage) => play(stage, (link) => link.stop(), ({ process }) => process.resume()),
};

async function play(
  stage: Stage,
  split: (link: Process) => unknown,
  heal: (link: Service) => unknown,
): ReturnType<Scenario["play"]> {
  const nats = stage.use(await openNats());
  const links = await Promise.all([0, 1, 2].map(() => openLink(nats.port)));
  for (const link of links) stage.use(link);
  const nodes = await openNodes(
    stage.stack,
    (index) => ["--nats", `nats://127.0.0.1:${links[index]?.port}`],
  );
  await settled(nodes, 3);
  const group = await stage.talkers(nodes.map(({ url }) => url));

  const home = await whereIs("sigver_groups", nodes);
  const [other, third] = nodes.filter((node) => node !== home);
  const link = links[nodes.indexOf(home)];
  if (other === undefined || third === undefined || link === undefined) throw new Error("no nodes");
  await split(link.process);
  const newcomers = [group.arrive(home.url), group.arrive(other.url), group.arrive(third.url)];
  await settled([home], 1);
  await settled([other, third], 2);
  const strangers = stage.company();
  const apart = [strangers.arrive(home.url, "nobody"), strangers.arrive(other.url, "nobody")];
  const newcomersMs = await Promise.all([...newcomers, ...apart]);

  await heal(link);
  const mergeMs = await strangers.meet();
  await settled(nodes, 3);
  const later = await Promise.all(nodes.map(({ url }) => group.arrive(url)));
  await group.meet();
  return { newcomersMs: [...newcomersMs, ...later], mergeMs };
}
