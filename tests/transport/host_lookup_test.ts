import { expect } from "expect";
import { lookUpHost } from "../../src/transport/host_lookup.ts";

Deno.test("lookUpHost() resolves with an IPv4 address of a host", async () => {
  expect(await lookUpHost("localhost", new AbortController().signal)).toBe("127.0.0.1");
});

Deno.test({
  name: "lookUpHost() resolves with the name if Deno does not permit the lookup",
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
