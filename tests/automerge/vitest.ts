// Implements the part of Vitest that the acceptance tests use, with `Deno.test`.

export { expect } from "expect";

/** The end of a test waits for this work. */
const begun = new Set<Promise<void>>();

export function awaitAtEnd(work: Promise<void>): void {
  begun.add(work);
}

export function describe(_title: string, body: () => void): void {
  body();
}

/** Repos leave timers behind. */
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
