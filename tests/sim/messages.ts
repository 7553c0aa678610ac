// The messages of a simulator run. Each contains its sender and number, which determine its bytes.

import type { DataType } from "../../src/base/data_type.ts";

/** One in this number exceeds a frame; one in this number is binary. */
const LONG = 9;
const BYTES = 3;
const LONG_LENGTH = 70_000;
/** More messages than a run has, so that only tests that ask for a huge message get one. */
const HUGE = 100_003;
const HUGE_LENGTH = 5 * 1024 * 1024;
const SHORT_LENGTH_MAX = 64;

/** The first number from one on whose message does not fit into a frame. */
export function nextLong(number: number): number {
  return Math.ceil(number / LONG) * LONG;
}

/** The first number from one on whose message is longer than the window of a session. */
export function nextHuge(number: number): number {
  return Math.ceil(number / HUGE) * HUGE;
}

export interface MessageLabel {
  readonly sender: number;
  readonly number: number;
}

/** Caches the last message, as all its receivers ask for it. */
export function dataOf(label: MessageLabel): DataType {
  if (latest?.label.number !== label.number || latest.label.sender !== label.sender) {
    latest = { label, data: makeData(label) };
  }
  return latest.data;
}

let latest: { readonly label: MessageLabel; readonly data: DataType } | undefined;

function makeData({ sender, number }: MessageLabel): DataType {
  const length = number % HUGE === 0
    ? HUGE_LENGTH
    : number % LONG === 0
    ? LONG_LENGTH + number
    : number % SHORT_LENGTH_MAX;
  const unit = `${number * 7} `;
  const text = `${sender} ${number} ${unit.repeat(Math.ceil(length / unit.length))}`;
  return number % BYTES === 0 ? new TextEncoder().encode(text) : text;
}

/** The number that a message claims, by its first words. */
export function numberOf(data: string | Uint8Array): number {
  const text = typeof data === "string" ? data : utf8.decode(data.subarray(0, HEAD_BYTES));
  return Number(text.split(" ", 2)[1]);
}

const utf8 = new TextDecoder();
const HEAD_BYTES = 32;

/** The label in the first words; `undefined` if the message is damaged, or none of the test. */
export function labelOf(data: string | Uint8Array): MessageLabel | undefined {
  const head = typeof data === "string" ? data : utf8.decode(data.subarray(0, HEAD_BYTES));
  const [sender, number] = head.split(" ", 2).map(Number);
  if (!Number.isSafeInteger(sender) || !Number.isSafeInteger(number)) return undefined;
  const label = { sender: sender!, number: number! };
  return isSame(dataOf(label), data) ? label : undefined;
}

export function isSame(wanted: string | Uint8Array, data: string | Uint8Array): boolean {
  if (typeof wanted === "string" || typeof data === "string") return wanted === data;
  if (wanted.length !== data.length) return false;
  const [some, others] = [wordsOf(wanted), wordsOf(data)];
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  for (let index = wanted.length & ~3; index < wanted.length; index++) {
    if (wanted[index] !== data[index]) return false;
  }
  return true;
}

/** Comparing four bytes at a time takes a quarter of the time; the remainder is left out. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length >> 2);
}
