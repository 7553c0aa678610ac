/**
 * What is used of the web platform, in Node: from its modules where a test runner takes it away, as
 * Jest's jsdom does.
 *
 * @sansio
 * @module
 */

import * as web from "node:stream/web";

export { TextDecoder, TextEncoder } from "node:util";

/** Streams Standard. */
export const webStreams: Pick<typeof globalThis, "ReadableStream" | "WritableStream"> = {
  get ReadableStream() {
    return globalThis.ReadableStream ?? web.ReadableStream;
  },
  get WritableStream() {
    return globalThis.WritableStream ?? web.WritableStream;
  },
};
