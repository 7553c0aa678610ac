import { createHmac } from "node:crypto";
import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { hmacSha256, isSameText } from "../../src/base/hmac_sha256.ts";

Deno.test("hmacSha256() matches RFC 4231, test case 2", () => {
  expect(hmacSha256("Jefe", "what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("hmacSha256() matches node:crypto", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  fc.assert(fc.property(text, text, (key, message) => {
    const code = createHmac("sha256", key).update(message).digest("hex");
    expect(hmacSha256(key, message)).toBe(code);
  }));
});

Deno.test("isSameText() compares texts", () => {
  expect(["", "abc"].map((text) => isSameText(text, text))).toEqual([true, true]);
  for (const [a, b] of [["abc", "abd"], ["abc", "ab"], ["ab", "abc"], ["", "a"]] as const) {
    expect(isSameText(a, b)).toBe(false);
  }
});
