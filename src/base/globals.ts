// Globals of the web platform that test runners may replace.
// @sansio

export const TextDecoder: typeof globalThis.TextDecoder = globalThis.TextDecoder;
export const TextEncoder: typeof globalThis.TextEncoder = globalThis.TextEncoder;
export const webStreams: Pick<typeof globalThis, "ReadableStream" | "WritableStream"> = globalThis;
