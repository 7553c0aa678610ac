// The same from modules of Node: a test runner such as Jest's jsdom removes the globals.
// @sansio

import * as web from "node:stream/web";

export { TextDecoder, TextEncoder } from "node:util";

export const webStreams: Pick<typeof globalThis, "ReadableStream" | "WritableStream"> = {
  get ReadableStream() {
    return globalThis.ReadableStream ?? web.ReadableStream;
  },
  get WritableStream() {
    return globalThis.WritableStream ?? web.WritableStream;
  },
};
