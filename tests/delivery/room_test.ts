/**
 * How much a channel may hold, by what it took.
 *
 * @module
 */

import { expect } from "expect";
import { CHANNEL_BYTES_MIN, CHANNEL_HELD_MS, CHANNEL_STARVED_MS } from "../../src/base/limits.ts";
import { Room } from "../../src/delivery/room.ts";

const MOST = 524_288;

/** The room after so much of what was given has left, so long after the channel was full. */
function after(ms: number, given: number, held: number, room = new Room(MOST)): Room {
  room.after(given, 0, 0);
  room.before(held, given - held, ms);
  return room;
}

Deno.test("Room is what the channel takes in a moment, between the least and the most", () => {
  expect(after(2, 65_536, 5_536).bytes).toBe(60_000 * CHANNEL_HELD_MS / 2);
  expect(after(CHANNEL_HELD_MS, 65_536, 5_536).bytes).toBe(60_000);
  expect(after(1_000, 65_536, 5_536).bytes).toBe(CHANNEL_BYTES_MIN);
  expect(after(0, 65_536, 5_536).bytes).toBe(MOST);
});

Deno.test("Room says nothing anew before half of it is free", () => {
  expect(after(1, 65_536, CHANNEL_BYTES_MIN / 2 + 1).bytes).toBe(CHANNEL_BYTES_MIN);
});

Deno.test("Room is wider where all was taken: but not where it took long to look", () => {
  const starved = after(CHANNEL_STARVED_MS, CHANNEL_BYTES_MIN, 0);
  expect(starved.bytes).toBe(2 * CHANNEL_BYTES_MIN);
  expect(after(CHANNEL_STARVED_MS + 1, CHANNEL_BYTES_MIN, 0).bytes).toBe(CHANNEL_BYTES_MIN);
  expect(after(60_000, 2 * CHANNEL_BYTES_MIN, 0, starved).bytes).toBe(2 * CHANNEL_BYTES_MIN);
});

Deno.test("Room is narrower again once the channel is slow", () => {
  const room = after(0, 65_536, 0);
  expect(room.bytes).toBe(MOST);
  expect(after(10_000, MOST, MOST / 2, room).bytes).toBe(CHANNEL_BYTES_MIN);
});
