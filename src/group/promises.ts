// The promises that programs receive, and the errors with which those of `send()` reject.

import type { Deferred } from "../base/deferred.ts";
import { DeliveryError } from "../base/errors.ts";
import type { SendOutcome } from "../base/send_outcome.ts";
import { BUFFERED_AMOUNT_MAX } from "../base/session_limits.ts";
import type { OutgoingMessage } from "../session/outgoing_message.ts";

/** Marks the rejection of a promise as handled, so that programs need not await it. */
export function settled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/**
 * Returns a promise for what `begin` starts. It rejects if the signal is already aborted. If the
 * signal is aborted later, `abort` is called, and must reject the deferred.
 */
export function abortable<Value = void>(
  begin: (deferred: Deferred<Value>) => void,
  signal: AbortSignal | undefined,
  abort: (deferred: Deferred<Value>, reason: unknown) => void,
): Promise<Value> {
  if (signal?.aborted) return settled(Promise.reject(signal.reason));
  let aborted = () => {};
  const promise = new Promise<Value>((resolve, reject) => {
    const deferred = { resolve, reject };
    aborted = () => abort(deferred, signal?.reason);
    signal?.addEventListener("abort", aborted);
    begin(deferred);
  });
  const end = () => signal?.removeEventListener("abort", aborted);
  promise.then(end, end);
  return promise;
}

/** `BUFFER_FULL`: the message was not accepted, since too much is already buffered. */
export type SendResult = SendOutcome | "BUFFER_FULL";

export class SendReceipt {
  readonly #message: OutgoingMessage;
  #result: SendResult | undefined;
  #settle: ((result: SendResult) => void) | undefined;

  constructor(message: OutgoingMessage) {
    this.#message = message;
  }

  readonly done = (result: SendResult): void => {
    this.#result = result;
    this.#settle?.(result);
  };

  get promise(): Promise<void> {
    // Nearly always the message is accepted at once, and nothing has to wait.
    if (this.#result === "sent") return ACCEPTED;
    return settled(
      new Promise((resolve, reject) => {
        this.#settle = (result) =>
          result === "sent" ? resolve() : reject(failure(result, this.#message));
        if (this.#result !== undefined) this.#settle(this.#result);
      }),
    );
  }
}

export function noSuchMember(id: number, what = "send"): DeliveryError {
  return new DeliveryError("MEMBER_LEFT", `Cannot ${what} to ${id}: there is no such member`);
}

function failure(code: Exclude<SendResult, "sent">, { length }: OutgoingMessage): DeliveryError {
  const reasons = {
    MEMBER_LEFT: "a member left, or its channel broke, meanwhile",
    TOO_LARGE: `a member takes no message of ${length} bytes (maxMessageSize)`,
    BUFFER_FULL: `${BUFFERED_AMOUNT_MAX} bytes are already queued for a member`,
  };
  return new DeliveryError(code, `Cannot send: ${reasons[code]}`);
}

const ACCEPTED: Promise<void> = Promise.resolve();
