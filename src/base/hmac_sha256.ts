// A synchronous HMAC-SHA256 (RFC 2104, FIPS 180-4). `crypto.subtle` does not exist in pages over
// plain HTTP, and is asynchronous, whereas a dial needs the digest at once.
//
// @sansio

import { TextEncoder } from "./globals.ts";

const BLOCK_BYTES = 64;

/** Returns 64 hexadecimal digits. */
export function hmacSha256(key: string, text: string): string {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(key);
  const secret = bytes.length > BLOCK_BYTES ? sha256(bytes) : bytes;
  const digest = (pad: number, message: Uint8Array): Uint8Array => {
    const block = new Uint8Array(BLOCK_BYTES + message.length).fill(pad, 0, BLOCK_BYTES);
    secret.forEach((byte, index) => block[index]! ^= byte);
    block.set(message, BLOCK_BYTES);
    return sha256(block);
  };
  const code = digest(0x5c, digest(0x36, encoder.encode(text)));
  return [...code].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Compares two texts of the same length in constant time. */
export function isSameText(a: string, b: string): boolean {
  let different = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) {
    different |= a.charCodeAt(index) ^ b.charCodeAt(index);
  }
  return different === 0;
}

function sha256(message: Uint8Array): Uint8Array {
  const { length } = message;
  const padded = new Uint8Array(Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(message);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  // Messages have fewer than 2³² bits, so the upper half of the length is 0.
  view.setUint32(padded.length - 4, length * 8);
  const hash = INITIAL.slice();
  for (let start = 0; start < padded.length; start += BLOCK_BYTES) compress(hash, view, start);
  const digest = new DataView(new ArrayBuffer(32));
  hash.forEach((word, index) => digest.setInt32(index * 4, word));
  return new Uint8Array(digest.buffer);
}

function compress(hash: Int32Array, view: DataView, start: number): void {
  let state = [...hash];
  const words: number[] = [];
  for (let index = 0; index < 64; index++) {
    words.push(index < 16 ? view.getInt32(start + index * 4) : expand(words));
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = a & b ^ a & c ^ b & c;
    const next = h + sum1 + (e & f ^ ~e & g) + ROUNDS[index]! + words[index]!;
    state = [next + sum0 + majority | 0, a, b, c, d + next | 0, e, f, g];
  }
  state.forEach((word, index) => hash[index]! += word);
}

function expand(words: readonly number[]): number {
  const [early, late] = [words.at(-15)!, words.at(-2)!];
  const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ early >>> 3;
  const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ late >>> 10;
  return words.at(-16)! + sigma0 + words.at(-7)! + sigma1 | 0;
}

function rotate(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}

const PRIMES: readonly number[] = Array.from({ length: 310 }, (_, index) => index + 2)
  .filter((number, index, all) => !all.slice(0, index).some((less) => number % less === 0));

const ROUNDS = wordsOf(Math.cbrt);
const INITIAL = wordsOf(Math.sqrt).slice(0, 8);

/** Returns the first 32 bits of the fractional parts of the roots of primes. */
function wordsOf(root: (prime: number) => number): Int32Array {
  return Int32Array.from(PRIMES, (prime) => root(prime) % 1 * 2 ** 32);
}
