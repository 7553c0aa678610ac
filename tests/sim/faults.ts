// The faults of a simulated group, as data: a seed draws them, a test replays or shortens them.

import type { Random } from "../../src/base/ids.ts";
import type { PartitionDirection } from "../../src/testing/netem.ts";

/** `who` is the number of a peer, in the order of joining, not counting peers that have left. */
export type Fault =
  & { readonly atMs: number }
  & (
    | { readonly type: "start"; readonly rtc: boolean }
    /** Another peer joins with the id of this one. */
    | { readonly type: "takeId"; readonly who: number }
    | { readonly type: "join" | "leave"; readonly who: number }
    /** The process dies: silently, or the machine resets its WebSockets. */
    | { readonly type: "crash"; readonly who: number; readonly resets: boolean }
    /** The peer dies, and returns at once under the same key. */
    | { readonly type: "restart"; readonly who: number }
    | { readonly type: "cut"; readonly who: number }
    /** An unreachable peer joins: without WebRTC, or with all of it blocked. */
    | { readonly type: "isolated"; readonly rtc: boolean }
    /** Its page is closed, or kept in the back/forward cache and shown again later. */
    | { readonly type: "closePage"; readonly who: number }
    | { readonly type: "cachePage"; readonly who: number; readonly ms: number }
    /** It gets another channel to one of its neighbors. */
    | { readonly type: "addChannel"; readonly who: number; readonly which: number }
    /** One of its channels becomes a black hole. */
    | { readonly type: "blackhole"; readonly who: number; readonly which: number }
    | {
      readonly type: "presence";
      readonly who: number;
      readonly online: boolean;
      readonly visible: boolean;
    }
    /** Its machine sleeps, like a laptop that is closed and opened again. */
    | { readonly type: "sleep"; readonly who: number; readonly ms: number }
    /** Its timers fire at this interval only, as in a hidden page. */
    | {
      readonly type: "throttle";
      readonly who: number;
      readonly everyMs: number;
      readonly ms: number;
    }
    | { readonly type: "clockJump"; readonly who: number; readonly ms: number }
    | {
      readonly type: "slowReader";
      readonly who: number;
      readonly bytesPerMs: number;
      readonly ms: number;
    }
    | {
      readonly type: "delay";
      readonly who: number;
      readonly delayMs: number;
      readonly ms: number;
    }
    /** Its link goes down and up again, several times. */
    | { readonly type: "flap"; readonly who: number; readonly ms: number; readonly times: number }
    /** Some of its frames are corrupted for a time; then it leaves the network. */
    | { readonly type: "corrupt"; readonly who: number; readonly ms: number }
    /** It sends forged session frames beside correct ones, then leaves or crashes. */
    | {
      readonly type: "forge";
      readonly who: number;
      readonly ms: number;
      readonly crashes: boolean;
    }
    /** No packet passes between these and all others, in both directions or in one. */
    | {
      readonly type: "partition";
      readonly among: readonly number[];
      readonly way: PartitionDirection;
      /** The partition does not affect the signaling server. */
      readonly sparesServer: boolean;
      readonly ms: number;
    }
    | { readonly type: "slowLinks"; readonly factor: number; readonly ms: number }
    | { readonly type: "stopSigver" | "startSigver" }
    /** Of several nodes. */
    | { readonly type: "crashSigver"; readonly which: number }
    /** One node loses the bus, or all do. */
    | { readonly type: "loseBus"; readonly which: number | undefined }
    | { readonly type: "regainBus" }
    /** These peers reach another signaling server than the others. */
    | { readonly type: "splitSigver"; readonly among: readonly number[] }
    | { readonly type: "uniteSigver" }
    | { readonly type: "restartBot"; readonly ms: number }
  );

export interface FaultOptions {
  /** The maximum number of peers at a time, without the bot. */
  readonly peers: number;
  readonly minutes: number;
}

export interface Plan {
  /** No fault may have a live member declared dead. */
  readonly mild: boolean;
  readonly faults: readonly Fault[];
}

export type FaultType = Fault["type"];

/** Relative frequencies of the types that a seed has chosen. */
const WEIGHTS: Readonly<Record<FaultType, number>> = {
  start: 20,
  takeId: 2,
  join: 6,
  leave: 8,
  crash: 6,
  restart: 4,
  cut: 5,
  blackhole: 4,
  presence: 4,
  sleep: 5,
  throttle: 3,
  clockJump: 2,
  slowReader: 3,
  delay: 4,
  flap: 3,
  corrupt: 2,
  forge: 3,
  partition: 5,
  slowLinks: 3,
  stopSigver: 2,
  crashSigver: 2,
  startSigver: 4,
  splitSigver: 2,
  uniteSigver: 2,
  loseBus: 2,
  regainBus: 3,
  restartBot: 2,
  isolated: 2,
  closePage: 3,
  cachePage: 3,
  addChannel: 3,
};

/** Each run has these. */
const ALWAYS: ReadonlySet<FaultType> = new Set([
  "start",
  "join",
  "startSigver",
  "uniteSigver",
  "regainBus",
]);

/** Faults under which no member is silent for 6 s, and round trips stay below 1 s (G6). */
const MILD: ReadonlySet<FaultType> = new Set([
  "start",
  "join",
  "leave",
  "sleep",
  "throttle",
  "delay",
  "slowReader",
  "flap",
  "slowLinks",
  "forge",
  "isolated",
  "closePage",
  "cachePage",
  "addChannel",
]);

const TYPE_LEFT_OUT_ONE_IN = 3;
const MILD_RUN_ONE_IN = 4;

const PAUSE_MAX_MS = 2_500;
/** In a mild run, faults of the network do not overlap. */
const MILD_PAUSE_MS = 5_500;

export function drawPlan(random: Random, { peers, minutes }: FaultOptions): Plan {
  const below = (limit: number) => random.uint32() % limit;
  const mild = below(MILD_RUN_ONE_IN) === 0;
  const kinds = (Object.keys(WEIGHTS) as FaultType[]).filter((kind) =>
    ALWAYS.has(kind) || ((!mild || MILD.has(kind)) && below(TYPE_LEFT_OUT_ONE_IN) > 0)
  );
  const drawn = new DrawnPopulation(peers, below);
  const faults: Fault[] = [];
  for (let atMs = below(PAUSE_MAX_MS); atMs < minutes * 60_000;) {
    const fault = drawFault(drawKind(kinds, below), { atMs, mild, drawn, below });
    if (fault !== undefined) faults.push(fault);
    atMs += 1 + below(PAUSE_MAX_MS);
    if (mild && fault !== undefined && !HARMLESS.has(fault.type)) atMs += MILD_PAUSE_MS;
  }
  return { mild, faults };
}

/** Other faults may follow these at once, even in a mild run. */
const HARMLESS: ReadonlySet<FaultType> = new Set([
  "start",
  "join",
  "leave",
  "forge",
  "isolated",
  "closePage",
  "addChannel",
]);

type Below = (limit: number) => number;

function drawKind(kinds: readonly FaultType[], below: Below): FaultType {
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  let left = below(total);
  return kinds.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? "start";
}

/** The present peers, according to the drawn faults, so that few faults have no target. */
class DrawnPopulation {
  readonly #max: number;
  readonly #below: Below;
  readonly #present: number[] = [];
  #came = 0;

  constructor(max: number, below: Below) {
    this.#max = max;
    this.#below = below;
  }

  tryAdd(): boolean {
    if (this.#present.length >= this.#max) return false;
    this.#present.push(this.#came++);
    return true;
  }

  /** `undefined` if no peer is present. */
  pick(): number | undefined {
    return this.#present[this.#below(Math.max(1, this.#present.length))];
  }

  /** About half of the present peers. */
  half(): readonly number[] {
    return this.#present.filter(() => this.#below(2) === 0);
  }

  gone(who: number): void {
    this.#present.splice(this.#present.indexOf(who), 1);
  }
}

interface Draw {
  readonly atMs: number;
  readonly mild: boolean;
  readonly drawn: DrawnPopulation;
  readonly below: Below;
}

type Drawn = Fault extends infer One ? One extends Fault ? Omit<One, "atMs"> : never : never;

function drawFault(type: FaultType, draw: Draw): Fault | undefined {
  const drawn = DRAWERS[type](draw);
  return drawn && { ...drawn, atMs: draw.atMs } as Fault;
}

/** Draws a present peer, and a fault of it. */
function who(draw: Draw, what: (who: number) => Drawn | undefined): Drawn | undefined {
  const one = draw.drawn.pick();
  return one === undefined ? undefined : what(one);
}

const DRAWERS: { readonly [Type in FaultType]: (draw: Draw) => Drawn | undefined } = {
  start: ({ drawn, below }) => drawn.tryAdd() ? { type: "start", rtc: below(6) > 0 } : undefined,
  takeId: (draw) => who(draw, (who) => draw.drawn.tryAdd() ? { type: "takeId", who } : undefined),
  join: (draw) => who(draw, (who) => ({ type: "join", who })),
  leave: (draw) => who(draw, (who) => ({ type: "leave", who })),
  crash: (draw) =>
    who(draw, (who) => {
      draw.drawn.gone(who);
      return { type: "crash", who, resets: draw.below(2) === 0 };
    }),
  restart: (draw) =>
    who(draw, (who) => {
      draw.drawn.gone(who);
      draw.drawn.tryAdd();
      return { type: "restart", who };
    }),
  cut: (draw) => who(draw, (who) => ({ type: "cut", who })),
  blackhole: (draw) => who(draw, (who) => ({ type: "blackhole", who, which: draw.below(64) })),
  presence: (draw) =>
    who(draw, (who) => {
      const { below } = draw;
      return { type: "presence", who, online: below(2) === 0, visible: below(2) === 0 };
    }),
  sleep: (draw) => who(draw, (who) => ({ type: "sleep", who, ms: sleepMs(draw) })),
  throttle: (draw) =>
    who(draw, (who) => {
      const { mild, below } = draw;
      const everyMs = mild || below(2) === 0 ? 1_000 : 60_000;
      return { type: "throttle", who, everyMs, ms: below(90_000) };
    }),
  clockJump: (draw) =>
    who(draw, (who) => ({ type: "clockJump", who, ms: 1_000 + draw.below(600_000) })),
  slowReader: (draw) =>
    who(draw, (who) => {
      const { mild, below } = draw;
      const bytesPerMs = (mild ? 20 : 1) + below(50);
      return { type: "slowReader", who, bytesPerMs, ms: below(30_000) };
    }),
  delay: (draw) =>
    who(draw, (who) => {
      const { mild, below } = draw;
      return { type: "delay", who, delayMs: below(mild ? 150 : 5_000), ms: below(10_000) };
    }),
  flap: (draw) =>
    who(draw, (who) => {
      const { mild, below } = draw;
      const ms = 200 + below(mild ? 1_500 : 4_000);
      return { type: "flap", who, ms, times: 1 + below(mild ? 2 : 5) };
    }),
  corrupt: (draw) =>
    who(draw, (who) => {
      draw.drawn.gone(who);
      return { type: "corrupt", who, ms: 1_000 + draw.below(20_000) };
    }),
  forge: (draw) =>
    who(draw, (who) => {
      draw.drawn.gone(who);
      return { type: "forge", who, ms: 1_000 + draw.below(20_000), crashes: !draw.mild };
    }),
  partition: ({ drawn, below }) => {
    const way = (["both", "both", "out", "in"] as const)[below(4)] ?? "both";
    const ms = 1_000 + below(40_000);
    return { type: "partition", among: drawn.half(), way, sparesServer: below(2) === 0, ms };
  },
  slowLinks: ({ mild, below }) => ({
    type: "slowLinks",
    factor: 2 + below(mild ? 4 : 8),
    ms: below(15_000),
  }),
  stopSigver: () => ({ type: "stopSigver" }),
  crashSigver: ({ below }) => ({ type: "crashSigver", which: below(8) }),
  startSigver: () => ({ type: "startSigver" }),
  splitSigver: ({ drawn }) => ({ type: "splitSigver", among: drawn.half() }),
  uniteSigver: () => ({ type: "uniteSigver" }),
  loseBus: ({ below }) => ({ type: "loseBus", which: below(2) === 0 ? undefined : below(8) }),
  regainBus: () => ({ type: "regainBus" }),
  restartBot: ({ below }) => ({ type: "restartBot", ms: below(20_000) }),
  isolated: ({ below }) => ({ type: "isolated", rtc: below(2) === 0 }),
  closePage: (draw) =>
    who(draw, (who) => {
      draw.drawn.gone(who);
      return { type: "closePage", who };
    }),
  cachePage: (draw) => who(draw, (who) => ({ type: "cachePage", who, ms: sleepMs(draw) })),
  addChannel: (draw) => who(draw, (who) => ({ type: "addChannel", who, which: draw.below(64) })),
};

/** From 1 s to 10 min, each order of magnitude equally often. */
function sleepMs({ mild, below }: Draw): number {
  return mild ? 500 + below(4_500) : Math.round(1_000 * 600 ** (below(1_000) / 1_000));
}
