import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { KEY_LENGTH_MAX, STRING_BYTES_MAX } from "../../src/base/limits.ts";
import {
  decodeDialQuery,
  type DialQuery,
  encodeDialQuery,
  isListenUrl,
  knowsKey,
  proofOf,
} from "../../src/wire/dial_query.ts";
import { hasDotSegment } from "../../src/wire/signaling_url.ts";
import { fc } from "../support/fast_check.ts";

const id = fc.integer({ min: 1, max: 0xffff_ffff });
const group = id.map(asGroupId);
const sender = id.map(asMemberId);
const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((key) => !hasDotSegment(key));

const proof = fc.option(fc.constant("0".repeat(64)), { nil: undefined });

const queries: fc.Arbitrary<DialQuery> = fc.oneof(
  fc.record({ type: fc.constant("internal" as const), group, sender, proof }),
  fc.record({ type: fc.constant("newcomer" as const), group, sender, key, proof }),
  fc.record({
    type: fc.constant("invitation" as const),
    group,
    sender: fc.option(sender, { nil: undefined }),
    key,
    proof,
  }),
);

Deno.test("decodeDialQuery() returns the query that encodeDialQuery() wrote", () => {
  fc.assert(fc.property(queries, (query) => {
    expect(decodeDialQuery(new URL(encodeDialQuery("wss://bot.example/group?a=b", query)))).toEqual(
      query,
    );
  }));
});

Deno.test("encodeDialQuery() writes the query of deployed peers, and keeps the rest of the URL", () => {
  const [group, sender] = [asGroupId(7), asMemberId(9)];
  const query: DialQuery = { type: "internal", group, sender, proof: undefined };
  expect(encodeDialQuery("ws://bot.example", query)).toBe(
    "ws://bot.example/?type=0&wcId=7&senderId=9",
  );
  expect(encodeDialQuery("wss://bot.example/a?b=c", query)).toBe(
    "wss://bot.example/a/?b=c&type=0&wcId=7&senderId=9",
  );
});

const QUERIES: readonly (readonly [string, DialQuery | undefined])[] = [
  ["type=0&wcId=7&senderId=9", {
    type: "internal",
    group: asGroupId(7),
    sender: asMemberId(9),
    proof: undefined,
  }],
  ["type=1&wcId=7&senderId=9&proof=00ff", {
    type: "newcomer",
    group: asGroupId(7),
    sender: asMemberId(9),
    key: undefined,
    proof: "00ff",
  }],
  ["type=2&wcId=7&senderId=-1&key=k", {
    type: "invitation",
    group: asGroupId(7),
    sender: undefined,
    key: "k",
    proof: undefined,
  }],
  ["", undefined],
  ["type=3&wcId=7&senderId=9&key=k", undefined],
  ["type=-1&wcId=7&senderId=9&key=k", undefined],
  ["type=0.5&wcId=7&senderId=9&key=k", undefined],
  ["type=length&wcId=7&senderId=9&key=k", undefined],
  ["type=0&wcId=7", undefined],
  ["type=0&wcId=7&senderId=-1", undefined],
  ["type=0&wcId=0&senderId=9", undefined],
  ["type=0&wcId=4294967296&senderId=9", undefined],
  ["type=1&wcId=7&senderId=9", undefined],
  ["type=1&wcId=7&senderId=9&key=", undefined],
  ["type=1&wcId=7&senderId=-1&key=k", undefined],
  [`type=1&wcId=7&senderId=9&key=${"k".repeat(KEY_LENGTH_MAX + 1)}`, undefined],
];

for (const [text, query] of QUERIES) {
  Deno.test(`decodeDialQuery() ${query?.type ?? "refuses"}: ${text.slice(0, 40)}`, () => {
    expect(decodeDialQuery(new URL(`ws://bot.example/?${text}`))).toEqual(query);
  });
}

Deno.test("knowsKey() accepts the key, or a proof for this listener, caller, group and purpose", () => {
  const url = "wss://bot.example/a";
  const [group, sender] = [asGroupId(7), asMemberId(9)];
  const asked = { type: "newcomer", group, sender } as const;
  const query: DialQuery = { ...asked, key: undefined, proof: proofOf("k", url, asked) };
  expect([knowsKey(query, "k", url), knowsKey(query, "l", url)]).toEqual([true, false]);
  const others: readonly (readonly [DialQuery, string])[] = [
    [query, "wss://evil.example/a"],
    [{ ...query, group: asGroupId(8) }, url],
    [{ ...query, sender: asMemberId(8) }, url],
    [{ ...query, type: "invitation" }, url],
    [{ ...query, proof: undefined }, url],
    // A key does not make an invalid proof valid.
    [{ ...query, key: "k", proof: "k" }, url],
  ];
  for (const [other, at] of others) {
    expect([other, knowsKey(other, "k", at)]).toEqual([other, false]);
  }
  expect(knowsKey({ ...asked, key: "k", proof: undefined }, "k", url)).toBe(true);
  expect(knowsKey({ type: "internal", group, sender, proof: undefined }, "k", url)).toBe(false);
});

Deno.test("isListenUrl() accepts WebSocket URLs without secrets or fragments", () => {
  for (const url of ["ws://bot.example", "wss://bot.example:8080/a?b=c", "ws://[::1]:1/"]) {
    expect(isListenUrl(url)).toBe(true);
  }
  for (
    const url of [
      "",
      "bot.example",
      "http://bot.example",
      "ws://a:b@bot.example",
      "ws://bot.example/#a",
      `ws://bot.example/${"x".repeat(STRING_BYTES_MAX)}`,
    ]
  ) {
    expect(isListenUrl(url)).toBe(false);
  }
});
