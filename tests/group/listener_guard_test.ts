/**
 * The wrappers of listeners: their errors, and that the EventTarget tells them apart.
 *
 * @module
 */

import { expect } from "expect";
import { ListenerGuard } from "../../src/group/listener_guard.ts";

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
