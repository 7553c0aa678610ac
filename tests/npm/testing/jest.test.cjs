const { WebGroup } = require("netflux");
const { TestNetwork } = require("netflux/testing");
const define = require("./cases.cjs");

const timers = {
  use: () => jest.useFakeTimers(),
  advance: (ms) => jest.advanceTimersByTimeAsync(ms),
  end: () => jest.useRealTimers(),
};
define({ test, expect, timers, WebGroup, TestNetwork });

test("it runs in the environment that was asked for", () => {
  expect(typeof document).toBe(process.env.EXPECTED_DOCUMENT);
});
