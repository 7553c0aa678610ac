import { expect } from "expect";
import {
  LINK_BUFFER_BYTES_MIN,
  LINK_BUFFER_TARGET_MS,
  LINK_STARVATION_MS,
} from "../../src/base/limits.ts";
import { ByteQueueLimit } from "../../src/link/byte_queue_limit.ts";

const MOST = 524_288;

/** The limit after the buffer has partly drained, some time after the channel was full. */
function after(
  ms: number,
  given: number,
  held: number,
  limit = new ByteQueueLimit(MOST),
): ByteQueueLimit {
  limit.onFilled(given, 0, 0);
  limit.onDrained(held, given - held, ms);
  return limit;
}

Deno.test("ByteQueueLimit follows the drain rate, between minimum and maximum", () => {
  expect(after(2, 65_536, 5_536).limitBytes).toBe(60_000 * LINK_BUFFER_TARGET_MS / 2);
  expect(after(LINK_BUFFER_TARGET_MS, 65_536, 5_536).limitBytes).toBe(60_000);
  expect(after(1_000, 65_536, 5_536).limitBytes).toBe(LINK_BUFFER_BYTES_MIN);
  expect(after(0, 65_536, 5_536).limitBytes).toBe(MOST);
});

Deno.test("ByteQueueLimit refills once half of it is free", () => {
  expect(after(1, 65_536, LINK_BUFFER_BYTES_MIN / 2 + 1).limitBytes).toBe(LINK_BUFFER_BYTES_MIN);
});

Deno.test("ByteQueueLimit rises after the channel ran empty, but not after a late poll", () => {
  const starved = after(LINK_STARVATION_MS, LINK_BUFFER_BYTES_MIN, 0);
  expect(starved.limitBytes).toBe(2 * LINK_BUFFER_BYTES_MIN);
  expect(after(LINK_STARVATION_MS + 1, LINK_BUFFER_BYTES_MIN, 0).limitBytes).toBe(
    LINK_BUFFER_BYTES_MIN,
  );
  expect(after(60_000, 2 * LINK_BUFFER_BYTES_MIN, 0, starved).limitBytes).toBe(
    2 * LINK_BUFFER_BYTES_MIN,
  );
});

Deno.test("ByteQueueLimit falls when the channel becomes slow", () => {
  const limit = after(0, 65_536, 0);
  expect(limit.limitBytes).toBe(MOST);
  expect(after(10_000, MOST, MOST / 2, limit).limitBytes).toBe(LINK_BUFFER_BYTES_MIN);
});
