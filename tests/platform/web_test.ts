/**
 * The machine around a peer, with the globals of a page put in place for the time of a test.
 *
 * @module
 */

import { expect } from "expect";
import type { Platform, Presence } from "../../src/platform/platform.ts";
import { webPlatform } from "../../src/platform/web.ts";

Deno.test("clock.at() wakes once, not before its time, and not when called off", async () => {
  const { clock } = quietPlatform();
  const start = clock.now();
  const woke: number[] = [];
  clock.at(start + 10, () => woke.push(10))();
  clock.at(start - 10, () => woke.push(-10));
  clock.at(start + 25, () => woke.push(25));
  // Over 31 bits of milliseconds, where a plain timer fires at once.
  const stop = clock.at(start + 2 ** 32, () => woke.push(2 ** 32));
  expect(woke).toEqual([]);
  await new Promise<void>((resolve) => clock.at(start + 30, resolve));
  expect(clock.now() - start).toBeGreaterThanOrEqual(30);
  expect(woke).toEqual([-10, 25]);
  stop();
  stop();
});

Deno.test("random.uint32() uses the whole range", () => {
  const { random } = quietPlatform();
  const drawn = Array.from({ length: 1_000 }, () => random.uint32());
  expect(drawn.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32))
    .toBe(true);
  for (const bit of [0, 15, 31]) {
    expect(new Set(drawn.map((number) => (number >>> bit) & 1)).size).toBe(2);
  }
});

Deno.test("presence is constant where there is no page", () => {
  const seen: Presence[] = [];
  quietPlatform().presence.subscribe((presence) => seen.push(presence)).unsubscribe();
  expect(seen).toEqual([{ online: true, visible: true }]);
});

Deno.test("presence tells the present, then changes only, until nobody listens", () => {
  using page = new FalsePage();
  const seen: Presence[] = [];
  const subscription = quietPlatform().presence.subscribe((presence) => seen.push(presence));
  page.hide(true);
  page.hide(true);
  page.setOnline(false);
  page.hide(false);
  page.setOnline(true);
  subscription.unsubscribe();
  page.setOnline(false);
  expect(seen.map(({ online, visible }) => [online, visible])).toEqual([
    [true, true],
    [true, false],
    [false, false],
    [false, true],
    [true, true],
  ]);
});

Deno.test("farewell is said when a page goes away for good, and nowhere else", () => {
  let farewells = 0;
  const outside = quietPlatform().farewell.subscribe(() => farewells++);
  globalThis.dispatchEvent(pageHide(false));
  outside.unsubscribe();
  using _page = new FalsePage();
  const subscription = quietPlatform().farewell.subscribe(() => farewells++);
  globalThis.dispatchEvent(pageHide(true));
  expect(farewells).toBe(0);
  globalThis.dispatchEvent(pageHide(false));
  expect(farewells).toBe(1);
  subscription.unsubscribe();
  globalThis.dispatchEvent(pageHide(false));
  expect(farewells).toBe(1);
});

Deno.test("log.report() hands an error to the program", () => {
  const errors: unknown[] = [];
  const hear = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener("error", hear);
  const error = new Error("thrown in a callback");
  quietPlatform().log.report(error);
  globalThis.removeEventListener("error", hear);
  expect(errors).toEqual([error]);
});

Deno.test("log.note() passes facts on", () => {
  const facts: unknown[][] = [];
  const { log } = webPlatform({ note: (...fact) => facts.push(fact) });
  log.note("channel", "opened", 7);
  expect(facts).toEqual([["channel", "opened", 7]]);
});

function quietPlatform(): Platform {
  return webPlatform({ note() {} });
}

function pageHide(persisted: boolean): Event {
  return Object.assign(new Event("pagehide"), { persisted });
}

/** The globals of a page, taken away again when it is disposed of. */
class FalsePage {
  readonly #document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  #online = true;

  constructor() {
    Object.defineProperty(globalThis, "document", { value: this.#document, configurable: true });
    Object.defineProperty(navigator, "onLine", { get: () => this.#online, configurable: true });
  }

  hide(isHidden: boolean): void {
    this.#document.visibilityState = isHidden ? "hidden" : "visible";
    this.#document.dispatchEvent(new Event("visibilitychange"));
  }

  setOnline(isOnline: boolean): void {
    this.#online = isOnline;
    globalThis.dispatchEvent(new Event(isOnline ? "online" : "offline"));
  }

  [Symbol.dispose](): void {
    Reflect.deleteProperty(globalThis, "document");
    Reflect.deleteProperty(navigator, "onLine");
  }
}
