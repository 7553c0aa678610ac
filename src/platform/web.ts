// Implements the platform with the globals of pages, workers, Deno and Node.

import type { Clock, Log, PageEvents, PageStatus, Platform } from "./platform.ts";

export function webPlatform(log: Log): Platform {
  return {
    clock: webClock(),
    enqueueMicrotask: (turn) => queueMicrotask(turn),
    enqueueTask: callInTask,
    random: { uint32: () => crypto.getRandomValues(new Uint32Array(1))[0]! },
    // Deno, Node and Bun have the global `process`; pages and their workers do not.
    isPage: hasPage() || !("process" in globalThis),
    subscribeToPage,
    log,
  };
}

export function baseUrl(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** Longest delay of a timer: a longer one overflows, and fires at once. */
const DELAY_MAX_MS = 0x7fff_ffff;

function webClock(): Clock {
  const now = () => performance.now();
  return {
    now,
    at(deadlineMs, wake) {
      let timer: ReturnType<typeof setTimeout>;
      // Set again if it fires early: delays have 31 bits, and may end a fraction of 1 ms early.
      const wait = () => {
        const leftMs = Math.max(Math.ceil(deadlineMs - now()), 0);
        timer = setTimeout(
          () => deadlineMs <= now() ? wake() : wait(),
          Math.min(leftMs, DELAY_MAX_MS),
        );
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}

interface Immediate {
  readonly setImmediate?: (turn: () => void) => void;
}

/**
 * Calls a function in a macrotask, without a timer, as timers of a hidden page fire once a second.
 *
 * @internal
 */
export function callInTask(turn: () => void): void {
  // Deno, Node and Bun have `setImmediate`; a message channel costs ten times as much there.
  const { setImmediate }: Immediate & Partial<typeof globalThis> = globalThis;
  if (setImmediate !== undefined) return setImmediate(turn);
  // Jest's jsdom has no MessageChannel.
  if (typeof MessageChannel !== "function") return void setTimeout(turn);
  callInMessage(turn);
}

/**
 * Calls a function in a macrotask by a MessageChannel, which fake timers do not replace.
 *
 * @internal
 */
export function callInMessage(turn: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    turn();
  };
  port2.postMessage(undefined);
}

function subscribeToPage(
  { pageHidden, pageResumed, pageStatusChanged }: PageEvents,
  signal: AbortSignal,
): void {
  let last: PageStatus | undefined;
  const look = () => {
    const now = currentPageStatus();
    if (now.online === last?.online && now.visible === last.visible) return;
    last = now;
    pageStatusChanged(now);
  };
  look();
  // The global of Node is not an event target.
  globalThis.addEventListener?.("online", look, { signal });
  globalThis.addEventListener?.("offline", look, { signal });
  if (!hasPage()) return;
  // Firefox can cancel the first script that runs when a tab is closed: this one.
  globalThis.addEventListener("pagehide", () => {}, { signal });
  // The only event that is fired whenever a page is unloaded. Workers do not have it.
  globalThis.addEventListener("pagehide", ({ persisted }) => {
    pageHidden(persisted ? "persisted" : "unloaded");
  }, { signal });
  // Pages are frozen in the back/forward cache, and throttled while hidden.
  globalThis.addEventListener("pageshow", pageResumed, { signal });
  // Page Lifecycle API: fires in frozen pages only.
  document.addEventListener("resume", pageResumed, { signal });
  document.addEventListener("visibilitychange", () => {
    if (currentPageStatus().visible) pageResumed();
    look();
  }, { signal });
}

function currentPageStatus(): PageStatus {
  return {
    // `onLine` is undefined in Deno and Node.
    online: globalThis.navigator?.onLine ?? true,
    visible: !hasPage() || document.visibilityState === "visible",
  };
}

/**
 * Reports an error of the program like an uncaught one.
 *
 * @internal
 */
export function reportToProgram(error: unknown): void {
  if (globalThis.reportError) return globalThis.reportError(error);
  // Node has no reportError: rethrow in a microtask.
  queueMicrotask(() => {
    throw error;
  });
}

function hasPage(): boolean {
  return Boolean(globalThis.document);
}
