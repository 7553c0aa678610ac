/**
 * What programs send in a simulated world: each message says who sent it and which it is, and its
 * every byte follows from that.
 *
 * @module
 */

import type { DataType } from "../../src/delivery/inbox.ts";

/** One in so many is too long for one frame; one in so many is of bytes. */
const LONG = 9;
const BYTES = 3;
const LONG_LENGTH = 70_000;
const SHORT_LENGTH_MAX = 64;

/** A message: whose, and which of all. */
export interface Told {
  readonly sender: number;
  readonly number: number;
}

/** The data of a message. */
export function dataOf({ sender, number }: Told): DataType {
  const length = number % LONG === 0 ? LONG_LENGTH + number : number % SHORT_LENGTH_MAX;
  const unit = `${number * 7} `;
  const text = `${sender} ${number} ${unit.repeat(Math.ceil(length / unit.length))}`;
  return number % BYTES === 0 ? new TextEncoder().encode(text) : text;
}

/** Which message it says that it is, by its first words. */
export function numberOf(data: DataType): number {
  const text = typeof data === "string" ? data : utf8.decode(data.subarray(0, HEAD_BYTES));
  return Number(text.split(" ", 2)[1]);
}

const utf8 = new TextDecoder();
const HEAD_BYTES = 32;

/** Which message it is, by its first words; `undefined` when it is none, or not as it was sent. */
export function toldBy(data: DataType): Told | undefined {
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const [sender, number] = text.split(" ", 2).map(Number);
  if (!Number.isSafeInteger(sender) || !Number.isSafeInteger(number)) return undefined;
  const told = { sender: sender!, number: number! };
  const wanted = dataOf(told);
  if (typeof wanted !== typeof data) return undefined;
  const expected = typeof wanted === "string" ? wanted : new TextDecoder().decode(wanted);
  return expected === text ? told : undefined;
}
