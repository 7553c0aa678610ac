/**
 * Tokens: a vector that others can check theirs against, and all that is no token.
 *
 * @module
 */

import { expect } from "expect";
import { createHmac } from "node:crypto";
import { signToken, verifyToken } from "../../src/sigver/token.ts";

const SECRET = "a secret of some length";
const KEY = "board 7/ä?#";
const EXPIRES = new Date(2_000_000_000_000);
const BEFORE = new Date(1_999_999_999_999);

Deno.test("signToken() makes the token that docs/SIGVER.md prints", async () => {
  const document = await Deno.readTextFile(new URL("../../docs/SIGVER.md", import.meta.url));
  const told = Object.fromEntries(
    [...document.matchAll(/^\| (secret|key|in the URL|expires|token) \| `([^`]+)` \|$/gm)]
      .map(([, name, value]) => [name, value]),
  );
  const expires = new Date(Number(told["expires"]) * 1_000);
  const { secret = "", key = "" } = told;
  const token = await signToken({ secret, key, expires });
  expect(token).toBe(told["token"]);
  const pathname = told["in the URL"]!;
  expect(new URL(`ws://host/${pathname}`).pathname).toBe(`/${pathname}`);
  // By another implementation.
  const text = `sigver-token-1\n${told["expires"]}\n${pathname}`;
  expect(token).toBe(
    `${told["expires"]}.${createHmac("sha256", secret).update(text).digest("base64url")}`,
  );
  expect(await verifyToken(token, secret, pathname, BEFORE)).toBe(true);
});

Deno.test("verifyToken() takes a token until it expires, for its key and secret alone", async () => {
  const token = await signToken({ secret: SECRET, key: KEY, expires: EXPIRES });
  const key = "board%207/%C3%A4%3F%23";
  expect(await verifyToken(token, SECRET, key, BEFORE)).toBe(true);
  expect(await verifyToken(token, SECRET, key, EXPIRES)).toBe(false);
  expect(await verifyToken(token, SECRET, `${key}x`, BEFORE)).toBe(false);
  expect(await verifyToken(token, `${SECRET}x`, key, BEFORE)).toBe(false);
});

Deno.test("verifyToken() takes nothing that was changed in one place", async () => {
  const token = await signToken({ secret: SECRET, key: "key", expires: EXPIRES });
  for (let at = 0; at < token.length; at++) {
    const other = token[at] === "A" ? "B" : "A";
    for (const put of [other, "", "-", "=", ".", "1"]) {
      if (put === token[at]) continue;
      const changed = token.slice(0, at) + put + token.slice(at + 1);
      expect([changed, await verifyToken(changed, SECRET, "key", BEFORE)]).toEqual([
        changed,
        false,
      ]);
    }
  }
  for (
    const none of ["", ".", "2000000000", "2000000000.", `${token}A`, ` ${token}`, `0${token}`]
  ) {
    expect(await verifyToken(none, SECRET, "key", BEFORE)).toBe(false);
  }
});

Deno.test("signToken() says what it expects", async () => {
  await expect(signToken({ secret: "short", key: "key", expires: EXPIRES }))
    .rejects.toThrow("at least 16 characters expected");
  for (const key of ["x/../y", "..", "a/%2E", "", "\ud800"]) {
    await expect(signToken({ secret: SECRET, key, expires: EXPIRES }))
      .rejects.toThrow("Cannot use the key: it ");
  }
  for (const expires of [new Date(NaN), new Date(0)]) {
    await expect(signToken({ secret: SECRET, key: "key", expires }))
      .rejects.toThrow("a date after 1970 expected");
  }
});
