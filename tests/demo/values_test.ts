import { expect } from "expect";
import type { StandardSchema } from "../../mod.ts";
import { CHAT, HASHED } from "../../demo/values.ts";

const SHA256 = "0".repeat(64);

const CASES: readonly (readonly [
  name: string,
  schema: StandardSchema<unknown>,
  good: readonly unknown[],
  bad: readonly unknown[],
])[] = [
  [
    "CHAT",
    CHAT,
    [{ text: "hello", audience: "all" }, { text: "hello", audience: "you" }],
    [
      null,
      7,
      [],
      {},
      { text: "hello" },
      { text: 7, audience: "all" },
      { text: "", audience: "all" },
      { text: "a".repeat(10_001), audience: "all" },
    ],
  ],
  [
    "HASHED",
    HASHED,
    [{ file: "f", sha256: SHA256 }, { file: "f", sha256: null }],
    [
      undefined,
      "f",
      { file: "", sha256: SHA256 },
      { file: "f" },
      { file: "f", sha256: "f00" },
      { file: "f".repeat(65), sha256: SHA256 },
    ],
  ],
];

for (const [name, schema, good, bad] of CASES) {
  const { validate } = schema["~standard"];
  Deno.test(`${name} accepts its values, and drops other properties`, () => {
    for (const value of good) {
      expect(validate(value)).toEqual({ value });
      expect(validate({ ...Object(value), more: 1 })).toEqual({ value });
    }
  });
  Deno.test(`${name} refuses everything else`, () => {
    for (const value of bad) expect(validate(value)).toHaveProperty("issues");
  });
}
