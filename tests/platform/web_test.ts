import { silentLog } from "../../src/platform/log.ts";
import { expect } from "expect";
import type { PageStatus, Platform } from "../../src/platform/platform.ts";
import { webPlatform } from "../../src/platform/web.ts";

Deno.test("clock.at() wakes once, not early, and not after it was cancelled", async () => {
  const { clock } = quietPlatform();
  const start = clock.now();
  const woke: number[] = [];
  clock.at(start + 10, () => woke.push(10))();
  clock.at(start - 10, () => woke.push(-10));
  clock.at(start + 25, () => woke.push(25));
  // More than 31 bits of milliseconds, with which a plain timer fires at once.
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

Deno.test("subscribeToPage() reports a constant status outside pages", () => {
  const page = subscribe();
  globalThis.dispatchEvent(transition("pagehide", false));
  globalThis.dispatchEvent(transition("pageshow", true));
  page.unsubscribe();
  expect(page.take()).toEqual([{ online: true, visible: true }]);
});

Deno.test("subscribeToPage() reports the current status, then changes, until its signal aborts", () => {
  using page = new FalsePage();
  const subscription = subscribe();
  page.hide(true);
  page.hide(true);
  page.setOnline(false);
  page.hide(false);
  page.setOnline(true);
  subscription.unsubscribe();
  page.setOnline(false);
  expect(subscription.take()).toEqual([
    { online: true, visible: true },
    { online: true, visible: false },
    { online: false, visible: false },
    "resumed",
    { online: false, visible: true },
    { online: true, visible: true },
  ]);
});

Deno.test("subscribeToPage() reports when a page is unloaded or cached, until its signal aborts", () => {
  using _page = new FalsePage();
  const subscription = subscribe();
  subscription.take();
  globalThis.dispatchEvent(transition("pagehide", true));
  globalThis.dispatchEvent(transition("pagehide", false));
  subscription.unsubscribe();
  globalThis.dispatchEvent(transition("pagehide", false));
  expect(subscription.take()).toEqual(["persisted", "unloaded"]);
});

Deno.test("subscribeToPage() reports when a page is resumed, shown again or visible", () => {
  using page = new FalsePage();
  const subscription = subscribe();
  const wakings: readonly (readonly [() => void, number])[] = [
    [() => page.hide(true), 0],
    [() => page.dispatch("freeze"), 0],
    [() => page.dispatch("resume"), 1],
    [() => page.hide(false), 1],
    [() => globalThis.dispatchEvent(transition("pagehide", true)), 0],
    [() => globalThis.dispatchEvent(transition("pageshow", true)), 1],
    [() => page.setOnline(false), 0],
  ];
  for (const [happen, count] of wakings) {
    subscription.take();
    happen();
    expect(subscription.take().filter((event) => event === "resumed").length).toBe(count);
  }
  subscription.unsubscribe();
  for (const [happen] of wakings) happen();
  expect(subscription.take()).toEqual([]);
});

Deno.test("webPlatform() listens to the page only while there are subscriptions", () => {
  using page = new FalsePage();
  expect(page.listening).toEqual([]);
  const subscription = subscribe();
  expect(page.listening).toEqual([
    "offline",
    "online",
    "pagehide",
    "pagehide",
    "pageshow",
    "resume",
    "visibilitychange",
  ]);
  subscription.unsubscribe();
  expect(page.listening).toEqual([]);
});

Deno.test("log.report() reports an error to the program", () => {
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener("error", onError);
  const error = new Error("thrown in a callback");
  quietPlatform().log.report(error);
  globalThis.removeEventListener("error", onError);
  expect(errors).toEqual([error]);
});

Deno.test("log.note() prints the text of an enabled area", () => {
  const facts: unknown[][] = [];
  const { log } = webPlatform({ ...silentLog, note: (...fact) => facts.push(fact) });
  log.note("CHANNEL", "opened");
  expect(facts).toEqual([["CHANNEL", "opened"]]);
});

function quietPlatform(): Platform {
  return webPlatform(silentLog);
}

/** Records the events of the page; `take()` returns those since its last call. */
function subscribe() {
  const end = new AbortController();
  let events: (PageStatus | string)[] = [];
  quietPlatform().subscribeToPage({
    pageStatusChanged: (status) => events.push(status),
    pageHidden: (how) => events.push(how),
    pageResumed: () => events.push("resumed"),
  }, end.signal);
  const take = () => {
    const taken = events;
    events = [];
    return taken;
  };
  return { take, unsubscribe: () => end.abort() };
}

/** A PageTransitionEvent, which Deno does not have. */
function transition(type: "pagehide" | "pageshow", persisted: boolean): Event {
  return Object.assign(new Event(type), { persisted });
}

/** Defines the globals of a page, until it is disposed of. */
class FalsePage {
  readonly #document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  #online = true;
  readonly #listening: string[] = [];

  constructor() {
    Object.defineProperty(globalThis, "document", { value: this.#document, configurable: true });
    Object.defineProperty(navigator, "onLine", { get: () => this.#online, configurable: true });
    for (const target of [globalThis, this.#document]) this.#watch(target);
  }

  /** In alphabetical order. */
  get listening(): readonly string[] {
    return [...this.#listening].sort();
  }

  dispatch(type: string): void {
    this.#document.dispatchEvent(new Event(type));
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
    // An own property hides the method of the prototype.
    Reflect.deleteProperty(globalThis, "addEventListener");
    Reflect.deleteProperty(globalThis, "removeEventListener");
  }

  #watch(target: EventTarget): void {
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const removeListening = (type: string) => {
      const index = this.#listening.indexOf(type);
      if (index !== -1) this.#listening.splice(index, 1);
    };
    Object.defineProperties(target, {
      addEventListener: {
        configurable: true,
        value: (...[type, listener, options]: Parameters<typeof addEventListener>) => {
          this.#listening.push(type);
          const signal = typeof options === "object" ? options.signal : undefined;
          signal?.addEventListener("abort", () => removeListening(type));
          addEventListener.call(target, type, listener, options);
        },
      },
      removeEventListener: {
        configurable: true,
        value: (...args: Parameters<typeof removeEventListener>) => {
          removeListening(args[0]);
          removeEventListener.apply(target, args);
        },
      },
    });
  }
}
