/**
 * The platform by the globals of pages, workers, Deno and Node.
 *
 * @module
 */

import type { Random } from "../base/ids.ts";
import type { Clock, Log, PageHideKind, Platform, Presence, Source } from "./platform.ts";

/**
 * Returns the platform of `globalThis`. Listeners are added with the first subscription.
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

/** The base URL of a page or worker; `undefined` elsewhere. */
export function baseUrl(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** Longer delays overflow and fire at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

function webClock(): Clock {
  const now = () => performance.now();
  return {
    now,
    at(deadlineMs, wake) {
      let timer: ReturnType<typeof setTimeout>;
      // Timers have 31 bits, and may fire a fraction of a millisecond early.
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

/** Timers of a hidden page fire once a second, so this uses no timer. */
function callInTask(turn: () => void): void {
  // In Deno, Node and Bun; a message channel costs ten times as much there.
  const { setImmediate }: Immediate & Partial<typeof globalThis> = globalThis;
  if (setImmediate !== undefined) return setImmediate(turn);
  // Jest's jsdom has no MessageChannel.
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

/** A source that starts with each subscription; `begin` returns a function that stops it. */
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
    // Undefined in Deno and Node.
    online: globalThis.navigator?.onLine ?? true,
    visible: !hasPage() || document.visibilityState === "visible",
  };
}

/** Only `pagehide` fires whenever a page is unloaded; workers have no such event. */
function webPageHide(): Source<PageHideKind> {
  return source((tell) => {
    if (!hasPage()) return nothingToEnd;
    const look = ({ persisted }: PageTransitionEvent) => tell(persisted ? "persisted" : "unloaded");
    globalThis.addEventListener("pagehide", look);
    return () => globalThis.removeEventListener("pagehide", look);
  });
}

/** Pages are frozen in the back/forward cache, and throttled while hidden. */
function webResumed(): Source<void> {
  return source((tell) => {
    if (!hasPage()) return nothingToEnd;
    const unsubscribed = new AbortController();
    const { signal } = unsubscribed;
    const wake = () => tell();
    globalThis.addEventListener("pageshow", wake, { signal });
    // Page Lifecycle API: fires in frozen pages only.
    document.addEventListener("resume", wake, { signal });
    document.addEventListener("visibilitychange", () => {
      if (presenceNow().visible) wake();
    }, { signal });
    return () => unsubscribed.abort();
  });
}

function reportToProgram(error: unknown): void {
  if (typeof globalThis.reportError === "function") return globalThis.reportError(error);
  // Node has no reportError: rethrow in a microtask.
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
