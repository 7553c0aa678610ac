/**
 * What is used of the web platform that test runners may take away: the runtime's own.
 *
 * @sansio
 * @module
 */

/** Encoding Standard section 7.2. */
export const TextDecoder: typeof globalThis.TextDecoder = globalThis.TextDecoder;
/** Encoding Standard section 7.4. */
export const TextEncoder: typeof globalThis.TextEncoder = globalThis.TextEncoder;
/** Streams Standard. */
export const webStreams: Pick<typeof globalThis, "ReadableStream" | "WritableStream"> = globalThis;
