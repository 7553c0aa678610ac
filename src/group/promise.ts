/**
 * What programs are promised: that what they began comes to its end, or why it does not.
 *
 * @module
 */

import type { Deferred } from "../base/deferred.ts";
import { DeliveryError } from "../base/errors.ts";
import type { SendOutcome } from "../base/send_outcome.ts";
import { BUFFERED_AMOUNT_MAX } from "../base/session_limits.ts";
import type { OutgoingMessage } from "../session/outgoing_message.ts";

/** A promise that nobody has to await: what it rejects with is not unhandled. */
export function settled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/**
 * A promise of what is begun, unless a signal was aborted before.
 *
 * @param abort Is called when the signal is aborted meanwhile; it has to reject the deferred.
 */
export function abortable(
  begin: (deferred: Deferred) => void,
  signal: AbortSignal | undefined,
  abort: (deferred: Deferred, reason: unknown) => void,
): Promise<void> {
  if (signal?.aborted) return settled(Promise.reject(signal.reason));
  const over = new AbortController();
  const promise = new Promise<void>((resolve, reject) => {
    const deferred: Deferred = { resolve, reject };
    const aborted = () => abort(deferred, signal?.reason);
    signal?.addEventListener("abort", aborted, { once: true, signal: over.signal });
    begin(deferred);
  });
  const end = () => over.abort();
  promise.then(end, end);
  return settled(promise);
}

/** What may become of a message; full: so much waits already that it was not taken at all. */
export type SendResult = SendOutcome | "full";

/** A promise of a message, once it is begun to be sent; its fate may be told at once, or later. */
export function promised(
  message: OutgoingMessage,
  begin: (tell: (fate: SendResult) => void) => void,
): Promise<void> {
  let fate: SendResult | undefined;
  let settle = (_fate: SendResult): void => {};
  begin((told) => {
    fate = told;
    settle(told);
  });
  // Nearly always it is taken at once: then there is nothing to wait for.
  if (fate === "sent") return TAKEN;
  return settled(
    new Promise<void>((resolve, reject) => {
      settle = (told) => told === "sent" ? resolve() : reject(failure(told, message));
      if (fate !== undefined) settle(fate);
    }),
  );
}

/** Somebody is addressed who is no member. */
export function noSuchMember(id: number, what = "send"): DeliveryError {
  return new DeliveryError("MEMBER_LEFT", `Cannot ${what} to ${id}: there is no such member`);
}

function failure(fate: Exclude<SendResult, "sent">, { length }: OutgoingMessage): DeliveryError {
  switch (fate) {
    case "gone": {
      const reason = "a member left, or its channel broke, meanwhile";
      return new DeliveryError("MEMBER_LEFT", `Cannot send to all: ${reason}`);
    }
    case "tooLarge": {
      const reason = `a member takes no message of ${length} bytes (maxMessageSize)`;
      return new DeliveryError("TOO_LARGE", `Cannot send to all: ${reason}`);
    }
    case "full": {
      const reason = `${BUFFERED_AMOUNT_MAX} bytes wait for a member already`;
      return new DeliveryError("FULL", `Cannot send: ${reason}`);
    }
  }
}

const TAKEN: Promise<void> = Promise.resolve();
