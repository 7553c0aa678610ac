import { expect } from "expect";
import { DEAD_AFTER_MS, SEND_STALL_MS } from "../../src/base/limits.ts";
import { Neighbor } from "../../src/link/neighbor.ts";
import type { Channel, ChannelSink } from "../../src/transport/channel.ts";
import { id } from "../topology/mesh_rig.ts";

const STEP_MS = 3_000;
const FRAME_BYTES = 60_000;

/** When a neighbor with constantly queued frames counts as stalled. */
function stalledAt(takenBytes: number): number {
  let now = 0;
  let bufferedBytes = 0;
  const channel: Channel = {
    kind: "rtc",
    get bufferedAmount() {
      return bufferedBytes;
    },
    listen() {},
    send: ({ length }) => void (bufferedBytes += length),
    close() {},
    abort() {},
  };
  const environment = { clock: { now: () => now }, post: (turn: () => void) => turn(), trace };
  const neighbor = new Neighbor(id(1), environment, {
    received() {},
    switched() {},
    lost() {},
    closed() {},
  });
  neighbor.add(channel);
  neighbor.sendQueue?.requestFrames(() => new Uint8Array(FRAME_BYTES));
  for (; now < 4 * SEND_STALL_MS; now += STEP_MS) {
    if (neighbor.detectStall(now)) return now;
    // The buffer is refilled at once, as by ACKs, so it never drains.
    bufferedBytes -= takenBytes;
    neighbor.sendQueue?.fillChannel();
  }
  return Infinity;
}

const trace = { traces: () => false, note: () => {} };

Deno.test("Neighbor is stalled when its channel accepts none of the waiting bytes", () => {
  expect(stalledAt(0)).toBeGreaterThan(SEND_STALL_MS);
  expect(stalledAt(0)).toBeLessThanOrEqual(SEND_STALL_MS + 2 * STEP_MS);
});

Deno.test("Neighbor is not stalled while its channel accepts bytes, drained or not", () => {
  expect(stalledAt(1_000)).toBe(Infinity);
});

/** Accepts nothing until it is drained, and records the calls. */
class NotedChannel implements Channel {
  readonly kind = "rtc";
  bufferedAmount = 0;
  readonly calls: string[] = [];
  sink!: ChannelSink;

  listen(sink: ChannelSink): void {
    this.sink = sink;
  }

  send({ length }: Uint8Array): void {
    this.bufferedAmount += length;
    this.calls.push(`send ${length}`);
  }

  close(): void {
    this.calls.push("close");
  }

  abort(): void {
    this.calls.push("abort");
  }
}

/** The channels are in the order in which they opened. */
function neighborWith(channels: number) {
  const clock = { ms: 0, now: () => clock.ms };
  const switches: number[] = [];
  const lost: number[] = [];
  const sink = {
    received() {},
    switched: () => void switches.push(clock.ms),
    lost: () => void lost.push(clock.ms),
    closed() {},
  };
  const environment = { clock, post: (turn: () => void) => turn(), trace };
  const neighbor = new Neighbor(id(1), environment, sink);
  const opened = Array.from({ length: channels }, () => {
    const channel = new NotedChannel();
    neighbor.add(channel);
    return channel;
  });
  return { clock, lost, neighbor, opened, switches };
}

for (const end of ["close", "abort"] as const) {
  Deno.test(`Neighbor.close() flushes waiting frames before it ends the channel: ${end}`, () => {
    const { neighbor, opened: [channel] } = neighborWith(1);
    for (const length of [200_000, 1, 2, 3]) {
      neighbor.sendQueue!.sendPlain({ frames: [new Uint8Array(length)], done() {} });
    }
    expect(channel!.calls).toEqual(["send 200000"]);
    neighbor.close(end === "abort");
    expect(channel!.calls).toEqual(["send 200000", "send 1", "send 2", "send 3", end]);
  });
}

Deno.test("Neighbor.endSilent() closes a silent channel if another one is not silent", () => {
  const { clock, neighbor, opened: [first, second], switches } = neighborWith(2);
  const receive = (channel: NotedChannel) => channel.sink.received(new Uint8Array(1));
  neighbor.sendQueue!.sendControl(new Uint8Array(1));
  for (; clock.ms <= DEAD_AFTER_MS; clock.ms += STEP_MS) {
    receive(first!);
    neighbor.closeDead(clock.ms);
    expect(second!.calls).toEqual(["send 1"]);
  }
  receive(first!);
  neighbor.closeDead(clock.ms);
  expect({ first: first!.calls, second: second!.calls, switches }).toEqual({
    first: [],
    second: ["send 1", "close"],
    switches: [clock.ms],
  });
  neighbor.sendQueue!.sendControl(new Uint8Array(2));
  expect(first!.calls).toEqual(["send 2"]);
});

Deno.test("Neighbor.endSilent() keeps all channels when all are silent", () => {
  const { clock, neighbor, opened } = neighborWith(2);
  clock.ms = 2 * DEAD_AFTER_MS;
  neighbor.closeDead(clock.ms);
  expect(opened.map(({ calls }) => calls)).toEqual([[], []]);
});

Deno.test("Neighbor is lost with its last channel, which is silent since before another one ended", () => {
  const { clock, lost, neighbor, opened: [silent, ended], switches } = neighborWith(2);
  clock.ms = DEAD_AFTER_MS - STEP_MS;
  ended!.sink.received(new Uint8Array(1));
  ended!.sink.closed({ code: undefined, clean: true, reason: "" });
  neighbor.closeDead(clock.ms);
  expect({ lost, silent: silent!.calls }).toEqual({ lost: [], silent: [] });
  clock.ms += 2 * STEP_MS;
  neighbor.closeDead(clock.ms);
  expect({ lost, silent: silent!.calls, switches }).toEqual({
    lost: [clock.ms],
    silent: ["close"],
    switches: [DEAD_AFTER_MS - STEP_MS],
  });
});

Deno.test("Neighbor keeps the newest channels of a member that opens one after the other", () => {
  const { neighbor, opened, switches } = neighborWith(10);
  const closed = opened.map(({ calls }) => calls.includes("close"));
  expect(closed).toEqual([...Array(7).fill(true), ...Array(3).fill(false)]);
  expect(neighbor.channel).toBe(opened.at(-1));
  expect(switches).toEqual([]);
});
