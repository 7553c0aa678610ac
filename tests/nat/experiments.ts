/**
 * The groups of the laboratory: those that make the columns of the table, with peers of all kinds
 * of NATs and what helps them, and some for TURN.
 *
 * @module
 */

import { ATTEMPT_TIMEOUT_MS } from "../../src/base/limits.ts";
import { until } from "../support/until.ts";
import { judge, type Pair } from "./judge.ts";
import type { NatKind } from "./kinds.ts";
import { SECRET } from "./coturn.ts";
import { BOT, type Cast, Party } from "./party.ts";
import type { Aid, Place } from "./theory.ts";

/** The columns, in their order. */
export const AIDS: readonly Aid[] = ["member", "turn", "bot", "server"];

/** Who is in the group of a column: two of each kind that can be, and two behind one NAT. */
export function placesOf(aid: Aid): Place[] {
  // Where UDP is blocked there is nothing but a server, which is a WebSocket away.
  const hasServer = aid === "bot" || aid === "server";
  const kinds: readonly NatKind[] = hasServer ? [...KINDS, "blocked"] : KINDS;
  const places = kinds.flatMap((kind) => ["1", "2"].map((number) => placeOf(kind, number, "")));
  return [...places, placeOf("symmetric", "1", "b")];
}

const KINDS: readonly NatKind[] = ["none", "full", "restricted", "symmetric"];

function placeOf(kind: NatKind, number: string, room: string): Place {
  const home = `${kind}-${number}`;
  return { name: `${home}${room}`, kind, network: `home-${home}` };
}

/** A group of the laboratory. */
export type Experiment = Omit<Cast, "signal">;

/** The group of a column. */
export function experimentOf(aid: Aid): Experiment {
  return { name: aid, places: placesOf(aid), aid, secret: aid === "turn" ? SECRET : undefined };
}

/** Two that need TURN, and nobody else; Sigver hands it out. */
export const TWO: Experiment = {
  name: "two",
  places: [placeOf("symmetric", "1", ""), placeOf("symmetric", "2", "")],
  aid: "turn",
  secret: SECRET,
};

/** The same with somebody who can relay, and a Sigver that knows another secret than coturn. */
export const WRONG_SECRET: Experiment = {
  name: "wrong",
  places: [placeOf("none", "1", ""), ...TWO.places],
  aid: "member",
  secret: "another one",
};

/**
 * Has a group gather, talk, and find its ways; all that was started is ended then.
 *
 * @throws {Error} when it could not: somebody did not reach somebody.
 */
export async function play(experiment: Experiment, signal: AbortSignal): Promise<Pair[]> {
  const { places, aid } = experiment;
  await using party = await Party.open({ ...experiment, signal });
  await party.gather();
  await party.greet();
  const look = async () => judge(places, aid, BOT, await party.reports());
  const deadline = performance.now() + DEADLINE_MS;
  let pairs = await look();
  while (!areRight(pairs) && performance.now() < deadline) {
    await pause(LOOK_EVERY_MS, signal);
    pairs = await look();
  }
  if (aid === "turn") return pairs;
  // Who is relayed still when an attempt has had its time cannot be reached otherwise.
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

/** Who has not found the right way by then does not find it; only a failing run waits so long. */
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 500;
/** What an attempt takes besides, on a machine that has much to do. */
const SPARE_MS = 2_000;
