import { expect } from "expect";
// @deno-types="@types/sinonjs__fake-timers"
import { type Clock, install } from "@sinonjs/fake-timers";
import { WebGroup } from "../../mod.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import define from "../npm/testing/cases.cjs";

let clock: Clock & { uninstall(): void };
const timers = {
  use: () => clock = install(),
  advance: (ms: number) => clock.tickAsync(ms),
  end: () => clock.uninstall(),
};
define({ test: Deno.test, expect, timers, WebGroup, TestNetwork });
