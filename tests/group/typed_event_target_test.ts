import { expect } from "expect";
import { CALL_HANDLER, TypedEventTarget } from "../../src/group/typed_event_target.ts";
import { WebGroup } from "../../src/group/web_group.ts";

class Target extends TypedEventTarget<{ change: Event }> {
  call(handler: ((value: number) => void) | null): void {
    this[CALL_HANDLER](handler, 1);
  }
}

Deno.test("TypedEventTarget reports the errors of functions and objects, and keeps `this`", () => {
  const errors: unknown[] = [];
  const target = new Target({ report: (error) => errors.push(error) });
  const seen: unknown[] = [];
  const listener = {
    handleEvent() {
      seen.push(this);
      throw "object";
    },
  };
  target.addEventListener("change", listener);
  target.addEventListener("change", function (this: EventTarget) {
    seen.push(this);
    throw "function";
  });
  target.dispatchEvent(new Event("change"));
  expect(errors).toEqual(["object", "function"]);
  expect(seen).toEqual([listener, target]);
});

Deno.test("TypedEventTarget calls a listener that was added twice only once, until it is removed", () => {
  const target = new Target({ report: () => {} });
  let calls = 0;
  const listener = () => void calls++;
  target.addEventListener("change", listener);
  target.addEventListener("change", listener);
  target.addEventListener("change", null);
  target.dispatchEvent(new Event("change"));
  target.removeEventListener("change", listener);
  target.dispatchEvent(new Event("change"));
  expect(calls).toBe(1);
});

Deno.test("TypedEventTarget reports the errors of handlers, and ignores null", () => {
  const errors: unknown[] = [];
  const target = new Target({ report: (error) => errors.push(error) });
  target.call((value) => {
    throw value;
  });
  target.call(null);
  expect(errors).toEqual([1]);
});

Deno.test("listeners of groups, channels and presences are removed when their signal aborts", () => {
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
