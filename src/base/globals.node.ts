// The globals of `globals.ts`, imported from modules of Node, since Jest's jsdom removes them.
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
