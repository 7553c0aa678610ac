import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import { LISTED_IDS_MAX, STRING_BYTES_MAX } from "../../src/base/limits.ts";
import { readMessage } from "../../src/wire/protobuf_reader.ts";
import {
  bool,
  bytes,
  decoder,
  encoder,
  message,
  optional,
  type Part,
  record,
  repeated,
  string,
  uint32,
  uint32s,
} from "../../src/wire/protobuf_schema.ts";
import { Fields } from "../../src/wire/protobuf_writer.ts";
import { decodeText } from "../../src/wire/utf8.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
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

for (const [name, text] of Object.entries(MALFORMED)) {
  Deno.test(`readMessage() rejects ${name}`, () => {
    expect(codeOf(() => readMessage(hex(text)))).toBe("MALFORMED");
  });
}

Deno.test("readMessage() rejects deeply nested groups, without a stack overflow", () => {
  expect(codeOf(() => readMessage(new Uint8Array(131_072).fill(0x0b)))).toBe("MALFORMED");
});

Deno.test("readMessage() rejects a varint of eleven bytes", () => {
  expect(codeOf(() => readMessage(hex("08ffffffffffffffffffff01")))).toBe("MALFORMED");
});

Deno.test("readMessage() skips values of every wire type", () => {
  const bytes = hex(
    "0801" + "120101" + "1901020304050607" + "08" + "2501020304" + "2b08012c" + "3005",
  );
  const message = readMessage(bytes);
  expect(message.tags.map((tag) => tag >>> 3)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(message.uint32(6)).toBe(5);
});

Deno.test("a schema treats a field of another wire type as unknown", () => {
  const valueOf = <Value>(part: Part<Value>, text: string) => decoder(part)(hex(text));
  for (const text of ["0d01020304", "090102030405060708", "0b0c"]) {
    expect(valueOf(uint32(1), text)).toBe(0);
    expect(valueOf(bytes(1), text)).toEqual(new Uint8Array(0));
    expect(valueOf(string(1), text)).toBe("");
    expect(valueOf(uint32s(1), text)).toEqual([]);
    expect(valueOf(repeated(string(1), 9), text)).toEqual([]);
    expect(valueOf(optional(message(1, uint32(1))), text)).toBe(undefined);
  }
  expect(valueOf(bytes(1), "0801")).toEqual(new Uint8Array(0));
  expect(valueOf(uint32(1), "0a0101")).toBe(0);
  expect(valueOf(bool(1), "0a0101")).toBe(false);
});

Deno.test("Message.uint32() is the low 32 bits, as in other decoders", () => {
  expect(readMessage(hex("08ffffffff0f")).uint32(1)).toBe(0xffff_ffff);
  expect(readMessage(hex("0881808080f001")).uint32(1)).toBe(1);
  expect(decoder(bool(1))(hex("08ffffffffffffffffff01"))).toBe(true);
});

Deno.test("Message.bytes() is a view of the input, and copies nothing", () => {
  const input = hex("0a03010203");
  const view = readMessage(input).bytes(1);
  expect(view).toEqual(hex("010203"));
  expect(view?.buffer).toBe(input.buffer);
});

Deno.test("the last of repeated fields counts", () => {
  const schema = record({ id: uint32(1), inner: message(2, record({ id: uint32(1) })) });
  expect(decoder(schema)(hex("0801" + "12020803" + "0802" + "1200"))).toEqual({
    id: 2,
    inner: { id: 0 },
  });
});

Deno.test("message() is required, unless it is optional()", () => {
  const inner = message(2, record({ id: uint32(1) }));
  expect(codeOf(() => decoder(inner)(hex("0801")))).toBe("MALFORMED");
  expect(decoder(optional(inner))(hex("0801"))).toBe(undefined);
});

Deno.test("Fields nest without copying, and can be nested more than once", () => {
  const inner = new Fields().uint32(1, 7).bytes(2, hex("aabb"));
  const outer = new Fields().bytes(3, inner).uint32(4, undefined).bytes(5, inner).uint32(6, 300);
  expect(outer.finish()).toEqual(hex("1a06" + "08071202aabb" + "2a06" + "08071202aabb" + "30ac02"));
});

Deno.test("string() rejects malformed UTF-8, and text above the limit", () => {
  expect(codeOf(() => decoder(string(1))(hex("0a01ff")))).toBe("MALFORMED");
  expect(codeOf(() => decoder(string(1))(hex("0a03eda080")))).toBe("MALFORMED");
  const long = encoder(string(1))("x".repeat(STRING_BYTES_MAX + 1));
  expect(codeOf(() => decoder(string(1))(long))).toBe("TOO_LARGE");
  expect(decoder(string(1, STRING_BYTES_MAX + 1))(long).length).toBe(STRING_BYTES_MAX + 1);
});

Deno.test("decodeText() keeps a byte order mark, and every character", () => {
  expect(decodeText(hex("efbbbf61"))).toBe("\ufeffa");
  expect(decodeText(new TextEncoder().encode("é𝒳\0"))).toBe("é𝒳\0");
});

Deno.test("uint32s() reads packed, single and mixed numbers", () => {
  expect(decoder(uint32s(1))(hex("0a03010203" + "0804" + "0a0105" + "0a00"))).toEqual([
    1,
    2,
    3,
    4,
    5,
  ]);
});

Deno.test("uint32s() removes duplicates", () => {
  const repeated = new Fields().bytes(1, new Uint8Array(60_000).fill(7)).finish();
  expect(decoder(uint32s(1))(repeated)).toEqual([7]);
});

Deno.test("uint32s() rejects more numbers than any group has members", () => {
  const numbers = Array.from({ length: LISTED_IDS_MAX + 1 }, (_, index) => index);
  const list = uint32s(1);
  const full = encoder(list)(numbers.slice(1));
  expect(decoder(list)(full).length).toBe(LISTED_IDS_MAX);
  expect(codeOf(() => decoder(list)(encoder(list)(numbers)))).toBe("TOO_LARGE");
  expect(codeOf(() => decoder(list)(Uint8Array.from([...full, 8, 0])))).toBe("TOO_LARGE");
});
