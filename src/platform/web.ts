/**
 * The platform of a peer by the globals of the web platform: in pages, workers, Deno and Node.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";
import type { Clock, Log, PageHideKind, Platform, Presence, Source } from "./platform.ts";

/**
 * The platform of `globalThis`. No listener is added before the first subscription.
 *
 * @param log The log; errors of the program go to `globalThis.reportError`.
 */
export function webPlatform(log: Omit<Log, "report">): Platform {
  return {
    clock: webClock(),
    enqueueMicrotask: (turn) => queueMicrotask(turn),
    enqueueTask: callInTask,
    random: webRandom(),
    presence: webPresence(),
    pageHide: webPageHide(),
    resumed: webResumed(),
    log: {
      ...log,
      report: reportToProgram,
    },
  };
}

/** The address that URLs of a page or a worker are relative to; `undefined` where there is none. */
export function baseUrl(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** A longer delay would wrap around and fire at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

function webClock(): Clock {
  const now = () => performance.now();
  return {
    now,
    at(deadlineMs, wake) {
      let timer: ReturnType<typeof setTimeout>;
      // Timers are cut at 31 bits, and some fire a fraction of a millisecond early: look again.
      const look = () => {
        const leftMs = deadlineMs - now();
        if (leftMs <= 0) wake();
        else timer = setTimeout(look, Math.min(Math.ceil(leftMs), DELAY_MAX_MS));
      };
      timer = setTimeout(look, Math.min(Math.max(Math.ceil(deadlineMs - now()), 0), DELAY_MAX_MS));
      return () => clearTimeout(timer);
    },
  };
}

interface Immediate {
  readonly setImmediate?: (turn: () => void) => void;
}

/** Not by a timer: those of a hidden page run once a second. */
function callInTask(turn: () => void): void {
  // Deno, Node and Bun have it: a message channel costs them ten times as much.
  const { setImmediate }: Immediate & Partial<typeof globalThis> = globalThis;
  if (setImmediate !== undefined) return setImmediate(turn);
  // Jest's jsdom has none.
  if (typeof MessageChannel !== "function") return void setTimeout(turn);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    turn();
  };
  port2.postMessage(undefined);
}

function webRandom(): Random {
  return { uint32: () => crypto.getRandomValues(new Uint32Array(1))[0]! };
}

/** A source that begins with each subscription; `begin` returns what ends it. */
function source<Value>(begin: (tell: (value: Value) => void) => () => void): Source<Value> {
  return { subscribe: (listener) => ({ unsubscribe: begin(listener) }) };
}

function webPresence(): Source<Presence> {
  return source((tell) => {
    let told = presenceNow();
    const look = () => {
      const now = presenceNow();
      if (now.online === told.online && now.visible === told.visible) return;
      told = now;
      tell(now);
    };
    tell(told);
    const unsubscribed = new AbortController();
    const { signal } = unsubscribed;
    if (hasEvents()) {
      globalThis.addEventListener("online", look, { signal });
      globalThis.addEventListener("offline", look, { signal });
    }
    if (hasPage()) document.addEventListener("visibilitychange", look, { signal });
    return () => unsubscribed.abort();
  });
}

function presenceNow(): Presence {
  return {
    // Deno and Node do not say.
    online: globalThis.navigator?.onLine ?? true,
    visible: !hasPage() || document.visibilityState === "visible",
  };
}

/** Only `pagehide` fires for every way in which a page is unloaded; workers have no such event. */
function webPageHide(): Source<PageHideKind> {
  return source((tell) => {
    if (!hasPage()) return nothingToEnd;
    const look = ({ persisted }: PageTransitionEvent) => tell(persisted ? "persisted" : "unloaded");
    globalThis.addEventListener("pagehide", look);
    return () => globalThis.removeEventListener("pagehide", look);
  });
}

/** A page stops in the back/forward cache and when it is frozen, and is throttled when hidden. */
function webResumed(): Source<void> {
  return source((tell) => {
    if (!hasPage()) return nothingToEnd;
    const unsubscribed = new AbortController();
    const { signal } = unsubscribed;
    const wake = () => tell();
    globalThis.addEventListener("pageshow", wake, { signal });
    // Page Lifecycle: fires in a frozen page only.
    document.addEventListener("resume", wake, { signal });
    document.addEventListener("visibilitychange", () => {
      if (presenceNow().visible) wake();
    }, { signal });
    return () => unsubscribed.abort();
  });
}

function reportToProgram(error: unknown): void {
  if (typeof globalThis.reportError === "function") return globalThis.reportError(error);
  // Node has no reportError; this has the same effect.
  queueMicrotask(() => {
    throw error;
  });
}

function hasEvents(): boolean {
  return typeof globalThis.addEventListener === "function";
}

function hasPage(): boolean {
  return typeof globalThis.document === "object" && globalThis.document !== null;
}

function nothingToEnd(): void {}
