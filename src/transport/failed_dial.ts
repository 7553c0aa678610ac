// A dial that fails at once.

import type { DialSink } from "./channel.ts";
import type { RtcDial } from "./transport.ts";

/** Returns a dial whose `failed` is called in a microtask, when the caller has the dial. */
export function failedDial(sink: DialSink, reason: string): RtcDial {
  let wanted = true;
  queueMicrotask(() => {
    if (wanted) sink.failed(reason);
  });
  return {
    cancel() {
      wanted = false;
    },
    receive() {},
  };
}
