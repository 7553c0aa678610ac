// The part of Vitest that the acceptance tests use, on `Deno.test`.

export { expect } from "expect";

/** Work that a test has begun, and that its end waits for. */
const begun = new Set<Promise<void>>();

/** Has the running test end after something. */
export function awaitAtEnd(work: Promise<void>): void {
  begun.add(work);
}

/** Declares the tests of a body. */
export function describe(_title: string, body: () => void): void {
  body();
}

/** Declares a test; repos leave timers behind. */
export function it(name: string, body: () => Promise<void>): void {
  Deno.test({
    name: `WebGroupNetworkAdapter ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await body();
      await Promise.all(begun);
      begun.clear();
    },
  });
}
