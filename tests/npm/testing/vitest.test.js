import { expect, test, vi } from "vitest";
import { WebGroup } from "netflux";
import { TestNetwork } from "netflux/testing";
import define from "./cases.cjs";

const timers = {
  use: () => vi.useFakeTimers(),
  advance: (ms) => vi.advanceTimersByTimeAsync(ms),
  end: () => vi.useRealTimers(),
};
define({ test, expect, timers, WebGroup, TestNetwork });

test("it runs in the environment that was asked for", () => {
  expect(typeof document).toBe(process.env.EXPECTED_DOCUMENT);
});
