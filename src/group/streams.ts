// Converts send and receive streams to the `WritableStream` and `ReadableStream` of the platform.

import type { Deferred } from "../base/deferred.ts";
import { kindOf } from "../base/describe_value.ts";
import { webStreams } from "../base/globals.ts";
import { STREAM_REASON_BYTES_MAX } from "../base/session_limits.ts";
import type { StreamInfo } from "../base/stream_info.ts";
import type { ReceiveStream } from "../session/receive_stream.ts";
import { SendStream } from "../session/send_stream.ts";
import { cutText } from "../wire/utf8.ts";
import { type BinaryData, bytesOf } from "./check_arguments.ts";

type Post = (turn: () => void) => void;

/** Returns a stream that `signal` aborts; `open` is called in a turn of its own. */
export function writableStream(
  info: StreamInfo,
  signal: AbortSignal | undefined,
  post: Post,
  open: (sendStream: SendStream) => void,
): WritableStream<BinaryData> {
  let sendStream: SendStream;
  const giveUp = (error: unknown) => post(() => sendStream.reset(error, textOf(error)));
  const awaited = (act: (deferred: Deferred) => void) =>
    new Promise<void>((resolve, reject) => post(() => act({ resolve, reject })));
  return new webStreams.WritableStream<BinaryData>({
    start(controller) {
      const abort = () => giveUp(signal?.reason);
      sendStream = new SendStream(info, {
        // `abort()` has already set the error.
        failed: (error) => controller.signal.aborted || controller.error(error),
        closed: () => signal?.removeEventListener("abort", abort),
      });
      if (signal?.aborted) return controller.error(signal.reason);
      signal?.addEventListener("abort", abort);
      // At once, since `abort()` of a stream waits for a pending write, which may never end.
      controller.signal.addEventListener("abort", () => giveUp(controller.signal.reason));
      post(() => open(sendStream));
    },
    write(chunk) {
      try {
        // Throws if the program has transferred the buffer.
        const bytes = bytesOf(chunk);
        if (bytes) return awaited((deferred) => sendStream.write(bytes, deferred));
        const expected = "an ArrayBuffer or a view of one expected";
        throw new TypeError(`Cannot write to the stream: ${expected}, ${kindOf(chunk)} came`);
      } catch (error) {
        giveUp(error);
        throw error;
      }
    },
    close: () => awaited((deferred) => sendStream.end(deferred)),
  });
}

/** Returns a stream that receives bytes when its reader requests them. */
export function readableStream(
  receiveStream: ReceiveStream,
  post: Post,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  // The program can cancel in the same turn in which data arrives.
  let isCancelled = false;
  return new webStreams.ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      receiveStream.accept({
        data: (bytes) => isCancelled || controller.enqueue(bytes),
        ended: () => isCancelled || controller.close(),
        failed: (error) => controller.error(error),
      });
    },
    pull: () => post(() => receiveStream.pull()),
    cancel(reason) {
      isCancelled = true;
      post(() => receiveStream.cancel(textOf(reason)));
    },
  }, { highWaterMark: 0 });
}

function textOf(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : typeof reason === "string" ? reason : "";
  return cutText(text, STREAM_REASON_BYTES_MAX);
}
