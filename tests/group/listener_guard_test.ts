/**
 * The wrappers of listeners: their errors, and that the EventTarget tells them apart.
 *
 * @module
 */

import { expect } from "expect";
import { ListenerGuard } from "../../src/group/listener_guard.ts";
import { WebGroup } from "../../src/group/web_group.ts";

Deno.test("wrap() reports the errors of functions and objects, and keeps `this`", () => {
  const errors: unknown[] = [];
  const guard = new ListenerGuard((error) => errors.push(error));
  const target = new EventTarget();
  const seen: unknown[] = [];
  const listener = {
    handleEvent() {
      seen.push(this);
      throw "object";
    },
  };
  target.addEventListener("change", guard.wrap(listener));
  target.addEventListener(
    "change",
    guard.wrap(function (this: EventTarget) {
      seen.push(this);
      throw "function";
    }),
  );
  target.dispatchEvent(new Event("change"));
  expect(errors).toEqual(["object", "function"]);
  expect(seen).toEqual([listener, target]);
});

Deno.test("wrap() returns one wrapper for a listener, so that it is added once and removed", () => {
  const guard = new ListenerGuard(() => {});
  const target = new EventTarget();
  let calls = 0;
  const listener = () => void calls++;
  target.addEventListener("change", guard.wrap(listener));
  target.addEventListener("change", guard.wrap(listener));
  target.dispatchEvent(new Event("change"));
  target.removeEventListener("change", guard.wrap(listener));
  target.dispatchEvent(new Event("change"));
  expect(calls).toBe(1);
  expect(guard.wrap(null)).toBe(null);
});

Deno.test("listeners of groups, channels and presence end with the signal that they came with", () => {
  const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
  const [channel, presence] = [group.channel("channel"), group.presence({})];
  const controller = new AbortController();
  const { signal } = controller;
  const seen: string[] = [];
  group.addEventListener("statechange", ({ type }) => void seen.push(type), { signal });
  channel.addEventListener("message", ({ type }) => void seen.push(type), { signal });
  presence.addEventListener("change", ({ type }) => void seen.push(type), { signal });
  const dispatch = () => {
    group.dispatchEvent(new Event("statechange"));
    channel.dispatchEvent(new Event("message"));
    presence.dispatchEvent(new Event("change"));
  };
  dispatch();
  expect(seen).toEqual(["statechange", "message", "change"]);
  controller.abort();
  dispatch();
  expect(seen).toEqual(["statechange", "message", "change"]);
});
