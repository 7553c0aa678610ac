import { expect } from "expect";
import type { DataType } from "../../src/base/data_type.ts";
import { ProtocolError } from "../../src/base/errors.ts";
import { asMemberId } from "../../src/base/ids.ts";
import {
  LEGACY_CHUNK_BYTES,
  LEGACY_PARTIAL_MESSAGES_MAX,
  LEGACY_PARTIAL_TIMEOUT_MS,
  MESSAGE_BYTES_DEFAULT,
} from "../../src/base/limits.ts";
import { fragmentMessage } from "../../src/legacy/fragmentation.ts";
import { LegacyReassembler } from "../../src/legacy/reassembly.ts";
import {
  decodeLegacyMessage,
  encodeLegacyMessage,
  type LegacyMessage,
} from "../../src/wire/legacy_message.ts";
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

/** Reassembles the messages of one sender. */
class Rig {
  readonly reassembler = new LegacyReassembler(MESSAGE_BYTES_DEFAULT);

  add(frame: LegacyMessage | Uint8Array, now = 0, sender = 1): DataType | undefined {
    const bytes = frame instanceof Uint8Array ? frame : encodeLegacyMessage(frame);
    return this.reassembler.add(asMemberId(sender), bytes, now);
  }

  /** Drops the messages that are not complete, and counts them. */
  dropAll(): number {
    return this.reassembler.tick(Infinity);
  }
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

Deno.test("fragmentMessage() splits like deployed peers: one full frame, or two or more chunks", () => {
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

Deno.test("LegacyReassembler reassembles chunks in any order, once", () => {
  fc.assert(fc.property(lengths, fc.infiniteStream(fc.nat()), (length, chances) => {
    const content = sample(length);
    const frames = fragmentMessage(content, "bytes", 9);
    const rig = new Rig();
    while (frames.length > 0) {
      const [frame] = frames.splice(Number(chances.next().value) % frames.length, 1);
      if (frame === undefined) continue;
      expect(rig.add(frame)).toEqual(frames.length === 0 ? content : undefined);
    }
    expect(rig.dropAll()).toBe(0);
  }));
});

Deno.test("LegacyReassembler keeps interleaved messages apart", () => {
  const rig = new Rig();
  const [a, b] = [sample(40_000), sample(31_000).reverse()];
  const frames = [fragmentMessage(a, "bytes", 1), fragmentMessage(b, "bytes", 2)];
  const whole: DataType[] = [];
  for (let index = 0; index < 3; index++) {
    for (const some of frames) {
      const frame = some[index];
      const message = frame && rig.add(frame);
      if (message) whole.push(message);
    }
  }
  expect(whole).toEqual([a, b]);
});

Deno.test("LegacyReassembler returns bytes that the caller owns", () => {
  const bytes = fragmentMessage(sample(5), "bytes", 1)[0] ?? new Uint8Array(0);
  const complete = new Rig().add(bytes);
  bytes.fill(0);
  expect(complete).toEqual(sample(5));
});

Deno.test("LegacyReassembler accepts a reused id after a complete message", () => {
  const rig = new Rig();
  for (let round = 0; round < 2; round++) {
    const whole = fragmentMessage(sample(20_000), "bytes", 3).map((frame) => rig.add(frame));
    expect(whole[1]).toEqual(sample(20_000));
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
  Deno.test(`LegacyReassembler drops a message of which a chunk ${name}`, () => {
    const rig = new Rig();
    rig.add(chunk({ id: 2 }));
    rig.add(chunk({}));
    expect(codeOf(() => rig.add(chunk(fields)))).toBe("MALFORMED");
    expect(rig.add(chunk({ id: 2, index: 1 }))).toBeUndefined();
    expect(rig.add(chunk({ id: 2, index: 2 }))?.length).toBe(3 * LEGACY_CHUNK_BYTES);
    expect(rig.dropAll()).toBe(0);
  });
}

Deno.test("LegacyReassembler rejects an announced length above the limit, and keeps nothing", () => {
  const rig = new Rig();
  for (const length of [MESSAGE_BYTES_DEFAULT + 1, 0xffff_ffff, 0]) {
    expect(codeOf(() => rig.add(chunk({ length })))).toBe("MALFORMED");
  }
  expect(rig.reassembler.deadline).toBeUndefined();
});

Deno.test("LegacyReassembler allocates received bytes, not announced ones", () => {
  const rig = new Rig();
  const content = new Uint8Array(LEGACY_CHUNK_BYTES);
  const before = Deno.memoryUsage();
  for (let sender = 1; sender <= 100; sender++) {
    for (let id = 1; id <= LEGACY_PARTIAL_MESSAGES_MAX; id++) {
      const frame = chunk({ id, length: MESSAGE_BYTES_DEFAULT, content });
      expect(rig.add(frame, 0, sender)).toBeUndefined();
    }
  }
  const after = Deno.memoryUsage();
  // 3,200 messages of 256 MiB were announced.
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(64 * 1024 * 1024);
  expect(rig.dropAll()).toBe(100 * LEGACY_PARTIAL_MESSAGES_MAX);
});

Deno.test("LegacyReassembler rejects new messages beyond its limit, and completes the others", () => {
  const rig = new Rig();
  for (let id = 1; id <= LEGACY_PARTIAL_MESSAGES_MAX; id++) rig.add(chunk({ id }));
  expect(codeOf(() => rig.add(chunk({ id: 1_000 })))).toBe("TOO_LARGE");
  rig.add(chunk({ index: 1 }));
  expect(rig.add(chunk({ index: 2 }))).toBeDefined();
  expect(rig.add(chunk({ id: 1_000 }))).toBeUndefined();
  expect(rig.dropAll()).toBe(LEGACY_PARTIAL_MESSAGES_MAX);
});

Deno.test("LegacyReassembler.tick() drops messages without progress", () => {
  const rig = new Rig();
  rig.add(chunk({ id: 1 }));
  rig.add(chunk({ id: 2 }));
  rig.add(chunk({ id: 2, index: 1 }), 1_000);
  expect(rig.reassembler.tick(LEGACY_PARTIAL_TIMEOUT_MS - 1)).toBe(0);
  expect(rig.reassembler.tick(LEGACY_PARTIAL_TIMEOUT_MS)).toBe(1);
  expect(rig.reassembler.tick(2 * LEGACY_PARTIAL_TIMEOUT_MS)).toBe(1);
});

Deno.test("LegacyReassembler returns a message, nothing, or throws a ProtocolError for any frame", () => {
  const frames = fc.record({
    id: fc.nat(3),
    index: fc.oneof(fc.nat(4), fc.nat(0xffff_ffff)),
    length: fc.oneof(fc.nat(50_000), fc.nat(0xffff_ffff)),
    kind: fc.constantFrom("string" as const, "bytes" as const),
    content: fc.nat(20_000).map((length) => new Uint8Array(length)),
  }).map((fields) => chunk(fields));
  fc.assert(fc.property(fc.array(frames, { maxLength: 40 }), (some) => {
    const rig = new Rig();
    for (const frame of some) {
      const code = codeOf(() => {
        const complete = rig.add(frame);
        if (complete) expect(complete.length).toBe(frame.length);
      });
      expect(["nothing thrown", "MALFORMED", "TOO_LARGE"]).toContain(code);
    }
  }));
});
