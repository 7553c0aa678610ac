import { expect } from "expect";
import { createHandler, Sigver } from "../../sigver.ts";
import { statusPage } from "../../src/sigver/handler.ts";

const SERVER = { load: { rooms: 12, sessions: 34_567 }, ready: true };

Deno.test("statusPage() shows the clients, the groups, the uptime and links", () => {
  const { text } = statusPage(SERVER, 90_061);
  expect(text).toMatch(/clients<td>34,567\n/);
  expect(text).toMatch(/groups<td>12\n/);
  expect(text).toMatch(/up for<td>1 day, 1 hour\n/);
  for (const path of ["/healthz", "/readyz", "/metrics"]) expect(text).toContain(`href="${path}"`);
  expect(text).toContain("accepts clients");
  expect(statusPage({ ...SERVER, ready: false }, 1).text).toContain(
    "stopping, refuses new clients",
  );
});

for (
  const [seconds, words] of [
    [0.4, "0 seconds"],
    [1, "1 second"],
    [61, "1 minute, 1 second"],
    [7_200, "2 hours, 0 minutes"],
    [86_399, "23 hours, 59 minutes"],
    [172_800, "2 days, 0 hours"],
  ] as const
) {
  Deno.test(`statusPage() formats ${seconds} s as ${words}`, () => {
    expect(statusPage(SERVER, seconds).text).toContain(`up for<td>${words}\n`);
  });
}

Deno.test("statusPage() loads and runs nothing, which its policy also forbids", () => {
  const { text, headers } = statusPage(SERVER, 1);
  const policy = headers?.["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none';");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(text).not.toMatch(/<script|<style|style=|\son\w+=|src=|url\(|@import|https?:/);
});

Deno.test("createHandler() serves the page at / to clients that accept HTML, and text to others", async () => {
  const sigver = new Sigver();
  const handle = createHandler(sigver);
  const get = async (path: string, accept?: string) => {
    const headers = accept === undefined ? {} : { accept };
    const response = await handle(new Request(`http://127.0.0.1${path}`, { headers }));
    return [response.headers.get("content-type"), (await response.text()).split("\n")[0]];
  };
  const page = ["text/html; charset=utf-8", "<!doctype html>"];
  const line = ["text/plain; charset=utf-8", expect.stringMatching(/^Sigver, the signaling/)];
  expect(await get("/", "text/html,application/xhtml+xml,*/*;q=0.8")).toEqual(page);
  expect(await get("/", "*/*")).toEqual(line);
  expect(await get("/")).toEqual(line);
  expect(await get("/key", "text/html")).toEqual(line);
  sigver.close();
});
