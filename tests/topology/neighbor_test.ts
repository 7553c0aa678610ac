/**
 * A neighbor whose channel takes little, or nothing.
 *
 * @module
 */

import { expect } from "expect";
import { SEND_STALL_MS } from "../../src/base/limits.ts";
import { Neighbor } from "../../src/topology/neighbor.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { id } from "./mesh_rig.ts";

const STEP_MS = 3_000;
const FRAME_BYTES = 60_000;

/** When a neighbor is stalled for which always something waits. */
function stalledAt(takenBytes: number): number {
  let now = 0;
  let bufferedBytes = 0;
  const channel: Channel = {
    kind: "rtc",
    get bufferedBytes() {
      return bufferedBytes;
    },
    listen() {},
    send: ({ length }) => void (bufferedBytes += length),
    close() {},
    abandon() {},
  };
  const neighbor = new Neighbor(id(1), now);
  const sink = { received() {}, switched() {}, lost() {} };
  neighbor.add(channel, sink, { clock: { now: () => now }, post: (turn) => turn(), trace });
  neighbor.outbox?.pull(() => new Uint8Array(FRAME_BYTES));
  for (; now < 4 * SEND_STALL_MS; now += STEP_MS) {
    if (neighbor.isStalled(now)) return now;
    // What it takes is filled up at once, as by acknowledgements: it never drains.
    bufferedBytes -= takenBytes;
    neighbor.outbox?.pump();
  }
  return Infinity;
}

const trace = () => {};

Deno.test("Neighbor is stalled when its channel takes nothing of what waits", () => {
  expect(stalledAt(0)).toBeGreaterThan(SEND_STALL_MS);
  expect(stalledAt(0)).toBeLessThanOrEqual(SEND_STALL_MS + 2 * STEP_MS);
});

Deno.test("Neighbor is not stalled while its channel takes anything, drained or not", () => {
  expect(stalledAt(1_000)).toBe(Infinity);
});
