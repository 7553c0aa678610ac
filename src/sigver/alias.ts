/**
 * What groups and addresses are called where they may not be told: short names that are the same
 * within a process, and lead back to nothing.
 *
 * HalfSipHash-2-4 (https://www.aumasson.jp/siphash/siphash.pdf): a hash with a secret, so that who
 * can guess a key cannot find out whether it was that one.
 *
 * @sansio
 * @module
 */

import type { Random } from "../base/ids.ts";

/** Gives a text its alias, of 8 hexadecimal digits. */
export type Alias = (text: string) => string;

/** Aliases with a secret of their own. */
export function aliases(random: Random): Alias {
  const [low, high] = [random.uint32(), random.uint32()];
  const encoder = new TextEncoder();
  return (text) => {
    const hash = halfSipHash(low, high, encoder.encode(text));
    return hash.toString(16).padStart(8, "0");
  };
}

/** The hash of 32 bits of some bytes, by the two halves of a secret. */
export function halfSipHash(low: number, high: number, bytes: Uint8Array): number {
  const state = Uint32Array.of(low, high, 0x6c796765 ^ low, 0x74656462 ^ high);
  const blocks = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block < blocks; block++) mix(state, view.getUint32(4 * block, true));
  let last = bytes.length << 24;
  for (let at = 4 * blocks; at < bytes.length; at++) {
    last |= view.getUint8(at) << (8 * (at - 4 * blocks));
  }
  mix(state, last);
  state[2]! ^= 0xff;
  for (let round = 0; round < 4; round++) turn(state);
  return (state[1]! ^ state[3]!) >>> 0;
}

function mix(state: Uint32Array, block: number): void {
  state[3]! ^= block;
  turn(state);
  turn(state);
  state[0]! ^= block;
}

function turn(v: Uint32Array): void {
  v[0]! += v[1]!;
  v[1] = rotate(v[1]!, 5) ^ v[0]!;
  v[0] = rotate(v[0]!, 16);
  v[2]! += v[3]!;
  v[3] = rotate(v[3]!, 8) ^ v[2]!;
  v[0]! += v[3]!;
  v[3] = rotate(v[3]!, 7) ^ v[0]!;
  v[2]! += v[1]!;
  v[1] = rotate(v[1]!, 13) ^ v[2]!;
  v[2] = rotate(v[2]!, 16);
}

function rotate(value: number, bits: number): number {
  return value << bits | value >>> (32 - bits);
}
