/**
 * HMAC-SHA256 without the Web Cryptography API, compared with it.
 *
 * @module
 */

import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { hmacSha256, isSameText } from "../../src/base/hmac_sha256.ts";
import { signText } from "../../src/platform/hmac.ts";

Deno.test("hmacSha256() matches RFC 4231, test case 2", () => {
  expect(hmacSha256("Jefe", "what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("hmacSha256() matches the Web Cryptography API", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  await fc.assert(fc.asyncProperty(text, text, async (key, message) => {
    // An empty key is one for us, and none for the API; no group has it.
    const code = await signText(`k${key}`, message);
    expect(hmacSha256(`k${key}`, message)).toBe(hexOf(code));
  }));
});

Deno.test("isSameText() compares texts", () => {
  expect(["", "abc"].map((text) => isSameText(text, text))).toEqual([true, true]);
  for (const [a, b] of [["abc", "abd"], ["abc", "ab"], ["ab", "abc"], ["", "a"]] as const) {
    expect(isSameText(a, b)).toBe(false);
  }
});

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
