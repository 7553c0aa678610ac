/**
 * What happens to a simulated group, as data: a seed draws it, a test replays or shortens it.
 *
 * @module
 */

import type { Random } from "../../src/base/ids.ts";

/** One thing that happens. `who` is a peer, by the order of coming; who is gone is spared. */
export type Fault =
  & { readonly atMs: number }
  & (
    | { readonly type: "come"; readonly rtc: boolean }
    | { readonly type: "join" | "leave" | "send"; readonly who: number }
    /** The process is gone, and nobody is told. */
    | { readonly type: "crash"; readonly who: number }
    /** It is gone, and back at once under the same key. */
    | { readonly type: "restart"; readonly who: number }
    /** All its channels end. */
    | { readonly type: "cut"; readonly who: number }
    | {
      readonly type: "presence";
      readonly who: number;
      readonly online: boolean;
      readonly visible: boolean;
    }
    /** As a laptop that is closed, and opened again. */
    | { readonly type: "sleep"; readonly who: number; readonly ms: number }
    /** Nothing passes between these and all others. */
    | { readonly type: "partition"; readonly among: readonly number[]; readonly ms: number }
    | { readonly type: "slow"; readonly factor: number; readonly ms: number }
    | { readonly type: "stopSigver" | "startSigver" }
  );

/** How much happens. */
export interface FaultOptions {
  /** At most so many peers at a time, besides the bot. */
  readonly peers: number;
  readonly minutes: number;
}

type Kind = Fault["type"];

/** How often each kind comes, compared with the others, where a seed has chosen it. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  come: 25,
  send: 25,
  join: 8,
  leave: 10,
  crash: 6,
  restart: 4,
  cut: 5,
  presence: 4,
  sleep: 5,
  partition: 4,
  slow: 3,
  stopSigver: 3,
  startSigver: 4,
};

/** Without these nothing would happen. */
const ALWAYS: ReadonlySet<Kind> = new Set(["come", "send", "join", "startSigver"]);

/** One in so many of the other kinds is left out of a run. */
const LEFT_OUT = 3;

const PAUSE_MAX_MS = 4_000;
const SLEEP_MAX_MS = 60_000;
const PARTITION_MAX_MS = 40_000;
const SLOW_MAX_MS = 15_000;
const SLOWNESS_MAX = 8;

/** Draws what happens, in the order in which it does. */
export function drawFaults(random: Random, { peers, minutes }: FaultOptions): readonly Fault[] {
  const below = (limit: number) => random.uint32() % limit;
  const kinds = (Object.keys(WEIGHTS) as Kind[]).filter((kind) =>
    ALWAYS.has(kind) || below(LEFT_OUT) > 0
  );
  const faults: Fault[] = [];
  for (let atMs = below(PAUSE_MAX_MS); atMs < minutes * 60_000; atMs += below(PAUSE_MAX_MS)) {
    faults.push(drawFault(drawKind(kinds, below), atMs, peers, below));
  }
  return faults;
}

function drawKind(kinds: readonly Kind[], below: (limit: number) => number): Kind {
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  let left = below(total);
  return kinds.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? "send";
}

function drawFault(
  type: Kind,
  atMs: number,
  peers: number,
  below: (limit: number) => number,
): Fault {
  const who = below(4 * peers);
  switch (type) {
    case "come":
      return { type, atMs, rtc: below(6) > 0 };
    case "sleep":
      return { type, atMs, who, ms: 1_000 + below(SLEEP_MAX_MS) };
    case "partition": {
      const among = Array.from({ length: 4 * peers }, (_, index) => index)
        .filter(() => below(2) === 0);
      return { type, atMs, among, ms: 1_000 + below(PARTITION_MAX_MS) };
    }
    case "slow":
      return { type, atMs, factor: 2 + below(SLOWNESS_MAX - 1), ms: below(SLOW_MAX_MS) };
    case "presence":
      return { type, atMs, who, online: below(2) === 0, visible: below(2) === 0 };
    case "stopSigver":
    case "startSigver":
      return { type, atMs };
    default:
      return { type, atMs, who };
  }
}
