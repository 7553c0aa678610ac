import { expect } from "expect";
import { parseAddress } from "../../src/base/address.ts";
import { RelayLimiter, relayLimitsOf } from "../../src/server/relay_limiter.ts";

const ADDRESS = parseAddress("192.0.2.1");
const OTHER = parseAddress("192.0.2.2");

Deno.test("tryRelay() permits a burst of two seconds, and then the rate", () => {
  const limiter = new RelayLimiter(relayLimitsOf({ groupBytesPerSecond: 100_000 }));
  const relayed = (kB: number, now: number) => limiter.tryRelay("group", ADDRESS, 1_000 * kB, now);
  expect([relayed(150, 0), relayed(50, 0), relayed(1, 0)]).toEqual([true, true, false]);
  expect([relayed(50, 500), relayed(1, 500)]).toEqual([true, false]);
  expect([limiter.relayedBytes, limiter.droppedBytes]).toEqual([250_000, 2_000]);
});

Deno.test("tryRelay() limits each group, and each address in all groups", () => {
  const limits = relayLimitsOf({ groupBytesPerSecond: 100_000, addressBytesPerSecond: 150_000 });
  const limiter = new RelayLimiter(limits);
  expect(limiter.tryRelay("one", ADDRESS, 200_000, 0)).toBe(true);
  expect(limiter.tryRelay("other", ADDRESS, 200_000, 0)).toBe(false);
  expect(limiter.tryRelay("other", ADDRESS, 100_000, 0)).toBe(true);
  expect(limiter.tryRelay("other", OTHER, 100_000, 0)).toBe(true);
  expect(limiter.tryRelay("other", OTHER, 1, 0)).toBe(false);
  expect(limiter.tryRelay("third", undefined, 200_000, 0)).toBe(true);
});

Deno.test("tryRelay() limits control frames apart from data, by the default or a higher limit", () => {
  const MiB = 1024 * 1024;
  const rows = [[65_536, 8 * MiB], [16 * MiB, 32 * MiB]] as const;
  for (const [groupBytesPerSecond, burst] of rows) {
    const limits = relayLimitsOf({ groupBytesPerSecond, addressBytesPerSecond: Infinity });
    const limiter = new RelayLimiter(limits);
    const relayed = (bytes: number, urgent: boolean) =>
      limiter.tryRelay("group", ADDRESS, bytes, 0, urgent);
    expect([relayed(2 * groupBytesPerSecond, false), relayed(999, false)]).toEqual([true, false]);
    expect([relayed(burst, true), relayed(999, true)]).toEqual([true, false]);
  }
});

Deno.test("tryRelay() permits everything with Infinity", () => {
  const limits = { groupBytesPerSecond: Infinity, addressBytesPerSecond: Infinity };
  const limiter = new RelayLimiter(relayLimitsOf(limits));
  expect(limiter.tryRelay("group", ADDRESS, 1e12, 0)).toBe(true);
  expect(limiter.tryRelay("group", ADDRESS, 1e12, 0)).toBe(true);
});

Deno.test("relayLimitsOf() rejects invalid limits", () => {
  expect(() => relayLimitsOf({ groupBytesPerSecond: 0 })).toThrow(
    "Cannot use limit groupBytesPerSecond: at least 65536 expected, 0 came",
  );
  // A frame of that length would never be relayed.
  expect(() => relayLimitsOf({ addressBytesPerSecond: 30_000 })).toThrow("30000 came");
});
