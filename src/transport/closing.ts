// Closes channels: rejects new ones, and detects when a channel can be closed without loss, and
// when it is dead.

import { CLOSE_TIMEOUT_MS, IDLE_POLL_MS, IDLE_TIMEOUT_MS, SEND_STALL_MS } from "../base/limits.ts";
import type { Channel } from "./channel.ts";

/** Calls `act` when idle, or after {@linkcode IDLE_TIMEOUT_MS}. Returns a function that cancels. */
export function whenIdle(isIdle: () => boolean, act: () => void): () => void {
  return poll(IDLE_POLL_MS, IDLE_TIMEOUT_MS, isIdle, act);
}

/**
 * Calls `expired` when no bytes were sent for {@linkcode CLOSE_TIMEOUT_MS}, and in any case after
 * {@linkcode SEND_STALL_MS}. Returns a function that cancels this.
 */
export function closeDeadline(bufferedAmount: () => number, expired: () => void): () => void {
  let last = bufferedAmount();
  const detectStall = () => {
    const before = last;
    last = bufferedAmount();
    return last >= before;
  };
  return poll(CLOSE_TIMEOUT_MS, SEND_STALL_MS, detectStall, expired);
}

/** Calls `look` at intervals until it returns `true` or the timeout ends, then `act` once. */
function poll(
  intervalMs: number,
  timeoutMs: number,
  look: () => boolean,
  act: () => void,
): () => void {
  let waitedMs = 0;
  const timer = setInterval(() => {
    waitedMs += intervalMs;
    if (!look() && waitedMs < timeoutMs) return;
    clearInterval(timer);
    act();
  }, intervalMs);
  return () => clearInterval(timer);
}

/** Closes a channel at once, with a reason. */
export function rejectChannel(
  channel: Channel,
  { code, reason }: { readonly code: number; readonly reason: string },
): void {
  channel.listen({ received() {}, bufferedAmountLow() {}, closed() {} });
  channel.close(code, reason);
}
