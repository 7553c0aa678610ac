// Decodes a million hostile messages. Each must succeed or throw a ProtocolError, with at most
// twice its size in memory. SEED=n repeats a run, RUNS=n changes its length.

import { ProtocolError } from "../../src/base/errors.ts";
import { isListenUrl } from "../../src/wire/dial_query.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { fc } from "../support/fast_check.ts";
import { repeatError, SEED } from "../support/seed.ts";
import { KINDS } from "./messages.ts";

const RUNS = Number(Deno.env.get("RUNS") ?? 1_000_000);

/** Numbers below 128 take a byte in a frame, and are stored once: the excess of 127 of them. */
const SMALL_IDS_BYTES = 256;

const { uint32 } = seededRandom(SEED);
const below = (bound: number) => uint32() % bound;

function pick<T>(items: readonly T[]): T {
  const item = items[below(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** Values that make a reader allocate, count or recurse: extreme tags, lengths and numbers. */
const POISON: readonly Uint8Array[] = [
  "ffffffff0f",
  "ffffffff07",
  "8080808010",
  "ffffffffffffffffff01",
  "80808080808080808000",
  "ffffffffffffffffffff7f",
  "0affffffff0f",
  "12ffffff7f",
  "22808080808001",
  "0b0b0b0b0b0b",
  "0c",
  "0e",
  "00",
  "7a00",
  "7a05",
  "80018001",
  "820180808002",
  "f8ffffff7f01",
  "0a00120018002000",
  "0a020a00",
  "1a02ffff",
  "0affff03" + "01".repeat(40),
].map((text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16)));

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

function replace(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), by, bytes.subarray(end));
}

function embedded(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const tag = pick([0x0a, 0x12, 0x1a, 0x22]);
  return concat(Uint8Array.of(tag, length & 127 | 128, length >> 7 & 127), bytes);
}

type Mutation = (bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  function flip(bytes) {
    const copy = bytes.slice();
    const at = below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    return copy;
  },
  function overwrite(bytes) {
    const copy = bytes.slice();
    copy[below(copy.length)] = below(256);
    return copy;
  },
  function cut(bytes) {
    return bytes.slice(0, below(bytes.length));
  },
  function remove(bytes) {
    const start = below(bytes.length);
    return replace(bytes, start, start + 1 + below(4), new Uint8Array(0));
  },
  function insert(bytes) {
    const start = below(bytes.length + 1);
    return replace(bytes, start, start, pick(POISON));
  },
  function poison(bytes) {
    const start = below(bytes.length);
    return replace(bytes, start, start + 1 + below(2), pick(POISON));
  },
  function splice(bytes, other) {
    return concat(bytes.subarray(0, below(bytes.length)), other.subarray(below(other.length)));
  },
  function embed(bytes, other) {
    const start = below(bytes.length + 1);
    return replace(bytes, start, start, embedded(other));
  },
  function wrap(bytes) {
    return embedded(bytes);
  },
  function repeat(bytes) {
    const start = below(bytes.length);
    const part = bytes.subarray(start, start + 1 + below(16));
    return replace(
      bytes,
      start,
      start,
      concat(...Array.from({ length: 1 + below(8) }, () => part)),
    );
  },
  function smallIds(bytes) {
    const count = 128 + below(pick([1, 1, 1, 1_000]));
    const length = Uint8Array.of(pick([0x0a, 0x12, 0x1a, 0x22]), count & 127 | 128, count >> 7);
    return concat(bytes, length, new Uint8Array(count).map((_, index) => index & 127));
  },
];

/** The bytes of a value: text as UTF-16, and ids in lists as 32 bits. */
function bytesHeld(value: unknown, listed = false): number {
  if (typeof value === "number") return listed ? 4 : 0;
  if (typeof value === "string") return 2 * value.length;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) {
    return value.reduce((sum: number, one) => sum + bytesHeld(one, true), 0);
  }
  if (typeof value !== "object" || value === null) return 0;
  let sum = 0;
  for (const [key, one] of Object.entries(value)) {
    // Names of variants are constants of the program.
    if (key !== "type" && key !== "kind") sum += bytesHeld(one);
  }
  return sum;
}

function check(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    const held = bytesHeld(decode(bytes));
    if (held <= 2 * bytes.length + SMALL_IDS_BYTES) return true;
    throw new Error(`${held} bytes are held of ${bytes.length}`);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Most inputs end in an error, whose stack trace would take most of the time. */
function withoutTraces(body: () => void): void {
  const traces: { name: string; stackTraceLimit?: number } = Error;
  const { stackTraceLimit = 10 } = traces;
  traces.stackTraceLimit = 0;
  try {
    body();
  } finally {
    traces.stackTraceLimit = stackTraceLimit;
  }
}

Deno.test(`decoders throw only ProtocolErrors on ${RUNS} mutated messages, and use little memory`, () => {
  const seeds = KINDS.map(({ messages, encode }, index) =>
    fc.sample(messages, { numRuns: 400, seed: SEED + index }).map(encode)
  );
  const all = seeds.flat();
  let accepted = 0;
  let input: Uint8Array = new Uint8Array(0);
  let [run, name] = [0, ""];
  try {
    withoutTraces(() => {
      for (; run < RUNS; run++) {
        const index = run % KINDS.length;
        const kind = KINDS[index];
        if (kind === undefined) continue;
        name = kind.name;
        input = pick(seeds[index] ?? all);
        for (let rounds = 1 + below(4); rounds > 0; rounds--) {
          if (input.length === 0) break;
          input = pick(MUTATIONS)(input, pick(all));
        }
        if (check(kind.decode, input)) accepted++;
      }
    });
  } catch (error) {
    const bytes = Array.from(input, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const reason = new Error(`run ${run}: ${name} of ${bytes}: ${error}`, { cause: error });
    throw repeatError(import.meta.url, reason);
  }
  // A fuzzer whose inputs are nearly all rejected, or accepted, tests nothing.
  if (accepted < RUNS / 10 || accepted > RUNS * 0.9) {
    throw repeatError(import.meta.url, new Error(`${accepted} were accepted`));
  }
});

Deno.test("decoders handle mutations of large messages", () => {
  withoutTraces(() => {
    for (const { name, decode } of KINDS) {
      for (const byte of [0x00, 0x01, 0x08, 0x0a, 0x0b, 0x12, 0x1a, 0x22, 0x7f, 0x80, 0xff]) {
        const bytes = new Uint8Array(65_536).fill(byte);
        check(decode, bytes);
        check(decode, concat(Uint8Array.of(0x0a, 0xfc, 0xff, 0x03), bytes.subarray(4)));
        if (name === "FullMesh") {
          check(decode, concat(Uint8Array.of(0x0a, 0x80, 0x80, 0x04), bytes));
        }
      }
    }
  });
});

Deno.test("isListenUrl() never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl()), (text) => {
      for (const url of [text, `ws://${text}`, `wss://host/${text}`]) isListenUrl(url);
    }),
    { seed: SEED },
  );
});
