import { expect } from "expect";
import { ProtocolError } from "../../src/base/errors.ts";
import {
  LEGACY_CHUNK_BYTES,
  LEGACY_PARTIAL_MESSAGES_MAX,
  LEGACY_PARTIAL_TIMEOUT_MS,
  MESSAGE_BYTES_DEFAULT,
} from "../../src/base/limits.ts";
import { fragmentMessage } from "../../src/legacy/fragmentation.ts";
import { SenderReassembly } from "../../src/legacy/reassembly.ts";
import { decodeLegacyMessage, type LegacyMessage } from "../../src/wire/legacy_message.ts";
import { fc } from "../support/fast_check.ts";

type Chunk = LegacyMessage & { readonly type: "chunk" };

function chunk(fields: Partial<Chunk>): Chunk {
  return {
    type: "chunk",
    kind: "bytes",
    length: 3 * LEGACY_CHUNK_BYTES,
    id: 1,
    index: 0,
    content: new Uint8Array(LEGACY_CHUNK_BYTES),
    ...fields,
  };
}

/** The value of a byte shows its position. */
function sample(length: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => (index * 31 + (index >> 8)) & 255);
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

const lengths = fc.oneof(
  fc.constantFrom(
    0,
    1,
    LEGACY_CHUNK_BYTES - 1,
    LEGACY_CHUNK_BYTES,
    LEGACY_CHUNK_BYTES + 1,
    2 * LEGACY_CHUNK_BYTES,
  ),
  fc.nat(6 * LEGACY_CHUNK_BYTES),
);

Deno.test("fragmentMessage() cuts as deployed peers do: full, or two chunks and more", () => {
  fc.assert(fc.property(lengths, (length) => {
    const frames = fragmentMessage(sample(length), "bytes", 7).map(decodeLegacyMessage);
    if (length <= LEGACY_CHUNK_BYTES) {
      expect(frames).toEqual([{ type: "full", length, kind: "bytes", content: sample(length) }]);
      return;
    }
    expect(frames.length).toBe(Math.ceil(length / LEGACY_CHUNK_BYTES));
    for (const [index, frame] of frames.entries()) {
      expect(frame).toMatchObject({ type: "chunk", length, kind: "bytes", id: 7, index });
      const last = index === frames.length - 1;
      if (!last) expect(frame.content.length).toBe(LEGACY_CHUNK_BYTES);
    }
  }));
});

Deno.test("SenderReassembly reassembles chunks in any order, once", () => {
  fc.assert(fc.property(lengths, fc.infiniteStream(fc.nat()), (length, chances) => {
    const content = sample(length);
    const frames = fragmentMessage(content, "string", 9).map(decodeLegacyMessage);
    const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
    while (frames.length > 0) {
      const [frame] = frames.splice(Number(chances.next().value) % frames.length, 1);
      if (frame === undefined) continue;
      const complete = reassembly.add(frame, 0);
      expect(complete).toEqual(frames.length === 0 ? { kind: "string", content } : undefined);
    }
    expect(reassembly.size).toBe(0);
  }));
});

Deno.test("SenderReassembly keeps interleaved messages apart", () => {
  const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
  const [a, b] = [sample(40_000), sample(31_000).reverse()];
  const frames = [fragmentMessage(a, "bytes", 1), fragmentMessage(b, "bytes", 2)].map((some) =>
    some.map(decodeLegacyMessage)
  );
  const whole: Uint8Array[] = [];
  for (let index = 0; index < 3; index++) {
    for (const some of frames) {
      const frame = some[index];
      const message = frame && reassembly.add(frame, 0);
      if (message) whole.push(message.content);
    }
  }
  expect(whole).toEqual([a, b]);
});

Deno.test("SenderReassembly returns bytes that it does not share", () => {
  const bytes = fragmentMessage(sample(5), "bytes", 1)[0] ?? new Uint8Array(0);
  const complete = new SenderReassembly(MESSAGE_BYTES_DEFAULT).add(decodeLegacyMessage(bytes), 0);
  bytes.fill(0);
  expect(complete?.content).toEqual(sample(5));
});

Deno.test("SenderReassembly reuses the id of a complete message", () => {
  const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
  for (let round = 0; round < 2; round++) {
    const whole = fragmentMessage(sample(20_000), "bytes", 3).map((frame) =>
      reassembly.add(decodeLegacyMessage(frame), 0)
    );
    expect(whole[1]?.content).toEqual(sample(20_000));
  }
});

const FAULTS: readonly (readonly [string, Partial<Chunk>])[] = [
  ["comes twice", {}],
  ["announces another length", { index: 1, length: 4 * LEGACY_CHUNK_BYTES }],
  ["is of another kind", { index: 1, kind: "string" }],
  ["is empty", { index: 1, content: new Uint8Array(0) }],
  ["is beyond the end", { index: 3 }],
  ["has an index of four thousand million", { index: 0xffff_ffff }],
  ["brings more than was announced", {
    index: 1,
    content: new Uint8Array(2 * LEGACY_CHUNK_BYTES + 1),
  }],
];

for (const [name, fields] of FAULTS) {
  Deno.test(`SenderReassembly forgets a message of which a chunk ${name}`, () => {
    const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
    reassembly.add(chunk({ id: 2 }), 0);
    reassembly.add(chunk({}), 0);
    expect(codeOf(() => reassembly.add(chunk(fields), 0))).toBe("MALFORMED");
    expect(reassembly.size).toBe(1);
    expect(reassembly.add(chunk({ id: 2, index: 1 }), 0)).toBeUndefined();
    expect(reassembly.add(chunk({ id: 2, index: 2 }), 0)?.content.length).toBe(
      3 * LEGACY_CHUNK_BYTES,
    );
  });
}

Deno.test("SenderReassembly refuses an announced length beyond the limit, and holds nothing of it", () => {
  const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
  for (const length of [MESSAGE_BYTES_DEFAULT + 1, 0xffff_ffff, 0]) {
    expect(codeOf(() => reassembly.add(chunk({ length }), 0))).toBe("MALFORMED");
  }
  expect(reassembly.size).toBe(0);
});

Deno.test("SenderReassembly allocates received bytes, not announced ones", () => {
  const joiners: SenderReassembly[] = [];
  const content = new Uint8Array(LEGACY_CHUNK_BYTES);
  const before = Deno.memoryUsage();
  for (let sender = 0; sender < 100; sender++) {
    const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
    for (let id = 1; id <= LEGACY_PARTIAL_MESSAGES_MAX; id++) {
      expect(reassembly.add(chunk({ id, length: MESSAGE_BYTES_DEFAULT, content }), 0))
        .toBeUndefined();
    }
    joiners.push(reassembly);
  }
  const after = Deno.memoryUsage();
  // 3,200 messages of 256 MiB were announced.
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(64 * 1024 * 1024);
  expect(joiners.every(({ size }) => size === LEGACY_PARTIAL_MESSAGES_MAX)).toBe(true);
});

Deno.test("SenderReassembly rejects new messages beyond its limit, and completes the others", () => {
  const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
  for (let id = 1; id <= LEGACY_PARTIAL_MESSAGES_MAX; id++) reassembly.add(chunk({ id }), 0);
  expect(codeOf(() => reassembly.add(chunk({ id: 1_000 }), 0))).toBe("TOO_LARGE");
  expect(reassembly.size).toBe(LEGACY_PARTIAL_MESSAGES_MAX);
  reassembly.add(chunk({ index: 1 }), 0);
  expect(reassembly.add(chunk({ index: 2 }), 0)).toBeDefined();
  expect(reassembly.add(chunk({ id: 1_000 }), 0)).toBeUndefined();
});

Deno.test("SenderReassembly.forgetStalled() forgets messages to which nothing is added", () => {
  const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
  reassembly.add(chunk({ id: 1 }), 0);
  reassembly.add(chunk({ id: 2 }), 0);
  reassembly.add(chunk({ id: 2, index: 1 }), 1_000);
  expect(reassembly.evictStalled(LEGACY_PARTIAL_TIMEOUT_MS - 1)).toBe(0);
  expect(reassembly.evictStalled(LEGACY_PARTIAL_TIMEOUT_MS)).toBe(1);
  expect(reassembly.size).toBe(1);
  expect(reassembly.evictStalled(LEGACY_PARTIAL_TIMEOUT_MS + 1_000)).toBe(1);
});

Deno.test("SenderReassembly returns a message, nothing, or throws a ProtocolError for any frame", () => {
  const frames = fc.record({
    id: fc.nat(3),
    index: fc.oneof(fc.nat(4), fc.nat(0xffff_ffff)),
    length: fc.oneof(fc.nat(50_000), fc.nat(0xffff_ffff)),
    kind: fc.constantFrom("string" as const, "bytes" as const),
    content: fc.nat(20_000).map((length) => new Uint8Array(length)),
  }).map((fields) => chunk(fields));
  fc.assert(fc.property(fc.array(frames, { maxLength: 40 }), (some) => {
    const reassembly = new SenderReassembly(MESSAGE_BYTES_DEFAULT);
    for (const frame of some) {
      const code = codeOf(() => {
        const complete = reassembly.add(frame, 0);
        if (complete) expect(complete.content.length).toBe(frame.length);
      });
      expect(["nothing thrown", "MALFORMED", "TOO_LARGE"]).toContain(code);
    }
  }));
});
