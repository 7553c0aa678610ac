// The options of a test network, checked.

import { checkOptionNames } from "../base/option_names.ts";

/**
 * Options of a {@linkcode TestNetwork}; all may be left out, and what is `undefined` counts as left
 * out.
 *
 * @example
 * ```ts
 * import { TestNetwork, type TestNetworkOptions } from "@netflux/netflux/testing";
 *
 * const options: TestNetworkOptions = { latency: [10, 50], seed: 7 };
 * new TestNetwork(options).close();
 * ```
 */
export interface TestNetworkOptions {
  /**
   * How long a message is on its way, in ms; 0 by default. Of a range, each pair of groups, and
   * each group with its server, draws one.
   */
  readonly latency?: number | readonly [least: number, most: number] | undefined;
  /**
   * The share of the values of channels with `unreliable` delivery that are lost, from 0, the
   * default, to 1; nothing else is lost.
   */
  readonly loss?: number | undefined;
  /** The seed of all chance, such as ids and latencies: an integer, 1 by default. */
  readonly seed?: number | undefined;
  /**
   * Advances fake timers by a number of ms. Those of Vitest, Jest and sinon need none; with it, the
   * network follows the `setTimeout` and the `Date` of the moment: `(ms) => mock.timers.tick(ms)`.
   */
  readonly advanceTimers?: ((ms: number) => unknown) | undefined;
}

interface Complete extends Pick<TestNetworkOptions, "advanceTimers"> {
  readonly delayMs: readonly [number, number];
  readonly loss: number;
  readonly seed: number;
}

const NAMES: readonly string[] = ["latency", "loss", "seed", "advanceTimers"];

/** Completes options with defaults. Throws a TypeError or a RangeError. */
export function completeOptions(options: TestNetworkOptions): Complete {
  checkOptionNames(options, NAMES);
  const { advanceTimers, latency = 0, loss = 0, seed = 1 } = options;
  if (!Number.isInteger(seed)) {
    throw new TypeError(`Cannot use ${String(seed)} as seed: an integer expected`);
  }
  if (advanceTimers !== undefined && typeof advanceTimers !== "function") {
    throw new TypeError(`Cannot use ${advanceTimers} as advanceTimers: a function expected`);
  }
  const [least, most] = Array.isArray(latency) ? latency : [latency, latency];
  for (const end of [least, most]) checkMs("use as latency", end);
  if (least > most) {
    throw new RangeError(`Cannot use [${least}, ${most}] as latency: the smaller one first`);
  }
  if (typeof loss !== "number") {
    throw new TypeError(`Cannot use ${String(loss)} as loss: a number expected`);
  }
  if (!(loss >= 0 && loss <= 1)) {
    throw new RangeError(`Cannot use ${loss} as loss: a share from 0 to 1 expected`);
  }
  return { advanceTimers, delayMs: [least, most], loss, seed };
}

/** Checks a time. Throws a TypeError or a RangeError. */
export function checkMs(action: string, ms: unknown): asserts ms is number {
  if (typeof ms !== "number") {
    throw new TypeError(`Cannot ${action} ${String(ms)}: a number of ms expected`);
  }
  if (ms >= 0 && ms < Infinity) return;
  throw new RangeError(`Cannot ${action} ${ms} ms: 0 or more, and not Infinity, expected`);
}
