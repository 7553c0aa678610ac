/**
 * Fields of Protocol Buffers, where they are hostile.
 *
 * @module
 */

import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import { LISTED_IDS_MAX, STRING_BYTES_MAX } from "../../src/base/limits.ts";
import { decodeText, type Field, Fields, readFields } from "../../src/wire/bytes.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** What a reader makes of each field. */
function read<Value>(bytes: Uint8Array, take: (field: Field) => Value): [number, Value][] {
  const fields: [number, Value][] = [];
  readFields(bytes, (number, field) => fields.push([number, take(field)]));
  return fields;
}

function codeOf(body: () => void): string {
  try {
    body();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

const MALFORMED: Readonly<Record<string, string>> = {
  "a tag without a value": "08",
  "a varint that does not end": "08ffffffff",
  "a length beyond the end": "0a05010203",
  "a length of four gigabytes": "0affffffff0f00",
  "a length of 64 bits": "0affffffffffffffffff01",
  "field number 0": "0001",
  "wire type 6": "0e",
  "wire type 7": "0f",
  "an end of no group": "0c",
  "a group that does not end": "0b0801",
  "fixed64 cut short": "0901020304",
  "fixed32 cut short": "0d010203",
};

for (const [name, bytes] of Object.entries(MALFORMED)) {
  Deno.test(`readFields() refuses ${name}`, () => {
    expect(codeOf(() => readFields(hex(bytes), () => {}))).toBe("MALFORMED");
    expect(codeOf(() => read(hex(bytes), (field) => field.uint32()))).toBe("MALFORMED");
    expect(codeOf(() => read(hex(bytes), (field) => field.bytes()))).toBe("MALFORMED");
  });
}

Deno.test("readFields() refuses groups within groups without end, and does not fall over", () => {
  expect(codeOf(() => readFields(new Uint8Array(131_072).fill(0x0b), () => {}))).toBe("MALFORMED");
});

Deno.test("readFields() refuses a number of eleven bytes that is taken", () => {
  const bytes = hex("08ffffffffffffffffffff01");
  expect(codeOf(() => read(bytes, (field) => field.uint32()))).toBe("MALFORMED");
  expect(codeOf(() => read(bytes, (field) => field.bool()))).toBe("MALFORMED");
});

Deno.test("readFields() skips what nobody takes, of every wire type", () => {
  const bytes = hex(
    "0801" + "120101" + "1901020304050607" + "08" + "2501020304" + "2b08012c" + "3005",
  );
  expect(read(bytes, () => 0).map(([number]) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(read(bytes, (field) => field.uint32()).at(-1)).toEqual([6, 5]);
});

Deno.test("Field gives nothing for another wire type than the schema's", () => {
  expect(read(hex("0801"), (field) => field.bytes())).toEqual([[1, undefined]]);
  expect(read(hex("0a0101"), (field) => field.uint32())).toEqual([[1, undefined]]);
  expect(read(hex("0a0101"), (field) => field.bool())).toEqual([[1, undefined]]);
  expect(read(hex("0d01020304"), (field) => field.string())).toEqual([[1, undefined]]);
});

Deno.test("Field.uint32() takes the low 32 bits, as every decoder does", () => {
  expect(read(hex("08ffffffff0f"), (field) => field.uint32())).toEqual([[1, 0xffff_ffff]]);
  expect(read(hex("0881808080f001"), (field) => field.uint32())).toEqual([[1, 1]]);
  expect(read(hex("08ffffffffffffffffff01"), (field) => field.bool())).toEqual([[1, true]]);
});

Deno.test("Field.bytes() is a view of the input, and copies nothing", () => {
  const input = hex("0a03010203");
  const [[, view] = []] = read(input, (field) => field.bytes());
  expect(view).toEqual(hex("010203"));
  expect(view?.buffer).toBe(input.buffer);
});

Deno.test("Field.string() refuses what is not UTF-8, and what is too long", () => {
  expect(codeOf(() => read(hex("0a01ff"), (field) => field.string()))).toBe("MALFORMED");
  expect(codeOf(() => read(hex("0a03eda080"), (field) => field.string()))).toBe("MALFORMED");
  const long = new Fields().string(1, "x".repeat(STRING_BYTES_MAX + 1)).finish();
  expect(codeOf(() => read(long, (field) => field.string()))).toBe("TOO_LARGE");
  expect(read(long, (field) => field.string(STRING_BYTES_MAX + 1))[0]?.[1]?.length).toBe(
    STRING_BYTES_MAX + 1,
  );
});

Deno.test("decodeText() keeps a byte order mark, and every character", () => {
  expect(decodeText(hex("efbbbf61"))).toBe("\ufeffa");
  expect(decodeText(new TextEncoder().encode("é𝒳\0"))).toBe("é𝒳\0");
});

Deno.test("Field.uint32s() reads packed, single and mixed numbers", () => {
  const list = new Set<number>();
  readFields(hex("0a03010203" + "0804" + "0a0105" + "0a00"), (_, field) => field.uint32s(list));
  expect([...list]).toEqual([1, 2, 3, 4, 5]);
});

Deno.test("Field.uint32s() holds a number that comes again once", () => {
  const list = new Set<number>();
  const bytes = new Fields().bytes(1, new Uint8Array(60_000).fill(7)).finish();
  readFields(bytes, (_, field) => field.uint32s(list));
  expect([...list]).toEqual([7]);
});

Deno.test("Field.uint32s() refuses more numbers than any group has members", () => {
  const numbers = Array.from({ length: LISTED_IDS_MAX + 1 }, (_, index) => index);
  const take = (bytes: Uint8Array) =>
    readFields(bytes, (_, field) => field.uint32s(new Set(numbers.slice(0, 1))));
  expect(codeOf(() => take(new Fields().uint32s(1, numbers).finish()))).toBe("TOO_LARGE");
  expect(codeOf(() => take(new Fields().uint32s(1, numbers.slice(1)).finish()))).toBe("TOO_LARGE");
  expect(codeOf(() => take(new Fields().uint32s(1, numbers.slice(2)).finish()))).toBe(
    "nothing thrown",
  );
});
