/**
 * The results of system lookups for node-datachannel.
 *
 * @module
 */

import { expect } from "expect";
import { lookUpHost } from "../../src/transport/host_lookup.ts";

Deno.test("lookUpHost() gives an IPv4 address of a host", async () => {
  expect(await lookUpHost("localhost", new AbortController().signal)).toBe("127.0.0.1");
});

Deno.test({
  name: "lookUpHost() gives the name back where Deno does not permit to look it up",
  permissions: { net: false },
  async fn() {
    const { signal } = new AbortController();
    expect(await lookUpHost("stun.example.org", signal)).toBe("stun.example.org");
  },
});

Deno.test("lookUpHost() ends with its signal", async () => {
  const ending = new AbortController();
  const lookup = lookUpHost("stun.example.org", ending.signal);
  ending.abort();
  await expect(lookup).rejects.toThrow();
});
