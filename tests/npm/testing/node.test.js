import assert from "node:assert/strict";
import { mock, test } from "node:test";
import sinon from "sinon";
import { WebGroup } from "netflux";
import { TestNetwork } from "netflux/testing";
import define from "./cases.cjs";

const expect = (value) => ({ toEqual: (wanted) => assert.deepEqual(value, wanted) });

let fake;
const ofSinon = {
  use: () => fake = sinon.useFakeTimers(),
  advance: (ms) => fake.tickAsync(ms),
  end: () => fake.restore(),
};
define({ test, expect, timers: ofSinon, WebGroup, TestNetwork });

test("the mock timers of node:test move the network", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const network = new TestNetwork({ latency: 30, advanceTimers: (ms) => mock.timers.tick(ms) });
  const [ada, bob] = await network.groups(2);
  const heard = [];
  bob.onMessage = (_id, text) => heard.push(text);
  ada.send("hello");
  mock.timers.tick(20);
  assert.deepEqual(heard, []);
  mock.timers.tick(20);
  assert.deepEqual(heard, ["hello"]);
  network.crash(bob);
  mock.timers.tick(60_000);
  assert.equal(ada.members.length, 1);
  network.close();
  mock.timers.reset();
});
