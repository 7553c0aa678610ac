/**
 * An attempt that failed before it began.
 *
 * @module
 */

import type { DialSink } from "./channel.ts";
import type { RtcDial } from "./transport.ts";

/** Says `failed` as soon as the caller has the answer in hand. */
export function failedDial(sink: DialSink, reason: string): RtcDial {
  let wanted = true;
  queueMicrotask(() => {
    if (wanted) sink.failed(reason);
    wanted = false;
  });
  return {
    cancel() {
      wanted = false;
    },
    receive() {},
  };
}
