// The options of a test network, and their validation.

import { describeValue, unusable } from "../base/describe_value.ts";
import { checkOptionNames } from "../base/check_options.ts";

/**
 * Options of a {@linkcode TestNetwork}. All are optional; `undefined` means the default.
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
   * The latency of a message in ms; 0 by default. With a range, one value is drawn for each pair of
   * groups, and for each group and its server.
   */
  readonly latency?: number | readonly [least: number, most: number] | undefined;
  /**
   * The share of lost values of channels with `unreliable` delivery, from 0 to 1; 0 by default.
   * Nothing else is lost.
   */
  readonly loss?: number | undefined;
  /** The seed of everything random, such as ids and latencies: an integer, 1 by default. */
  readonly seed?: number | undefined;
  /**
   * Advances the fake timers of a test runner by a number of ms, such as
   * `(ms) => mock.timers.tick(ms)` for `node:test`. The network then uses the mocked `setTimeout`
   * and `Date`. Vitest, Jest and sinon are detected and do not need this.
   */
  readonly advanceTimers?: ((ms: number) => unknown) | undefined;
}

interface Complete extends Pick<TestNetworkOptions, "advanceTimers"> {
  readonly delayMs: readonly [number, number];
  readonly loss: number;
  readonly seed: number;
}

const NAMES: readonly string[] = ["latency", "loss", "seed", "advanceTimers"];

/** Validates options and adds the defaults. Throws a TypeError or a RangeError. */
export function completeOptions(options: TestNetworkOptions): Complete {
  checkOptionNames(options, NAMES);
  const { advanceTimers, latency = 0, loss = 0, seed = 1 } = options;
  if (!Number.isInteger(seed)) {
    throw unusable(seed, "seed", "an integer");
  }
  if (advanceTimers !== undefined && typeof advanceTimers !== "function") {
    throw unusable(advanceTimers, "advanceTimers", "a function");
  }
  const [least, most] = Array.isArray(latency) ? latency : [latency, latency];
  for (const end of [least, most]) checkMs("use a latency of", end);
  if (least > most) {
    throw new RangeError(`Cannot use [${least}, ${most}] as latency: the smaller one first`);
  }
  if (typeof loss !== "number") {
    throw unusable(loss, "loss", "a number");
  }
  if (!(loss >= 0 && loss <= 1)) {
    throw new RangeError(`Cannot use ${loss} as loss: a share from 0 to 1 expected`);
  }
  return { advanceTimers, delayMs: [least, most], loss, seed };
}

/** Validates a time. Throws a TypeError or a RangeError. */
export function checkMs(action: string, ms: unknown): asserts ms is number {
  if (typeof ms !== "number") {
    throw new TypeError(`Cannot ${action} ${describeValue(ms)}: a number of ms expected`);
  }
  if (ms >= 0 && ms < Infinity) return;
  throw new RangeError(`Cannot ${action} ${ms} ms: 0 or more, and not Infinity, expected`);
}
