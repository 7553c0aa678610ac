import { ATTEMPT_TIMEOUT_MS } from "../../src/base/limits.ts";
import { until } from "../support/until.ts";
import { checkPaths, type Pair } from "./checker.ts";
import type { NatKind } from "./kinds.ts";
import { SECRET } from "./coturn.ts";
import { BOT, NatGroup, type NatGroupOptions } from "./nat_group.ts";
import type { Aid, PeerLocation } from "./theory.ts";

/** The columns of the table, in order. */
export const AIDS: readonly Aid[] = ["member", "turn", "bot", "server"];

/** Two peers of each kind of NAT, and two behind one NAT. */
export function locationsOf(aid: Aid): PeerLocation[] {
  // A peer behind blocked UDP reaches only a server, over a WebSocket.
  const hasServer = aid === "bot" || aid === "server";
  const kinds: readonly NatKind[] = hasServer ? [...KINDS, "blocked"] : KINDS;
  const locations = kinds.flatMap((kind) => ["1", "2"].map((number) => placeOf(kind, number, "")));
  return [...locations, placeOf("symmetric", "1", "b")];
}

const KINDS: readonly NatKind[] = ["none", "full", "restricted", "symmetric"];

function placeOf(kind: NatKind, number: string, room: string): PeerLocation {
  const home = `${kind}-${number}`;
  return { name: `${home}${room}`, kind, network: `home-${home}` };
}

export type Experiment = Omit<NatGroupOptions, "signal">;

export function experimentOf(aid: Aid): Experiment {
  return {
    name: aid,
    locations: locationsOf(aid),
    aid,
    secret: aid === "turn" ? SECRET : undefined,
  };
}

/** Two peers need TURN; Sigver provides the credentials. */
export const TWO: Experiment = {
  name: "two",
  locations: [placeOf("symmetric", "1", ""), placeOf("symmetric", "2", "")],
  aid: "turn",
  secret: SECRET,
};

/** Sigver and coturn have different secrets, and a member can relay. */
export const WRONG_SECRET: Experiment = {
  name: "wrong",
  locations: [placeOf("none", "1", ""), ...TWO.locations],
  aid: "member",
  secret: "another one",
};

/**
 * Releases everything that it started.
 * @throws {Error} A pair of peers did not connect.
 */
export async function runExperiment(experiment: Experiment, signal: AbortSignal): Promise<Pair[]> {
  const { locations, aid } = experiment;
  await using group = await NatGroup.open({ ...experiment, signal });
  await group.gather();
  await group.greet();
  const look = async () => checkPaths(locations, aid, BOT, await group.reports());
  const deadline = performance.now() + DEADLINE_MS;
  let pairs = await look();
  while (!areRight(pairs) && performance.now() < deadline) {
    await pause(LOOK_EVERY_MS, signal);
    pairs = await look();
  }
  if (aid === "turn") return pairs;
  // A pair that still uses a relay after the time of an attempt has no other path.
  await pause(ATTEMPT_TIMEOUT_MS + SPARE_MS, signal);
  return await look();
}

function areRight(pairs: readonly Pair[]): boolean {
  return pairs.every(({ failures }) => failures.length === 0);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + ms;
  await until("time has passed", () => performance.now() > end, undefined, signal);
}

/** Only a failing run takes so long. */
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 500;
/** For an attempt on a busy machine. */
const SPARE_MS = 2_000;
