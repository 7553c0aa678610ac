// Checks S1, S2, S3 and S5 of docs/GUARANTEES.md under faults.

import type { Random } from "../../src/base/ids.ts";
import { STREAM_WINDOW_BYTES } from "../../src/base/session_limits.ts";
import type { GroupStreamEvent } from "../../src/group/events.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { CHUNK_BYTES_MAX, SimStream, type SimStreamPlan } from "./sim_stream.ts";
import { MemoryProbe } from "./memory_probe.ts";
import { openStream, type ReadingEnd, takeStream, type WritingEnd } from "./stream_ends.ts";
import type { SeenEvent, SimPeer } from "./sim_network.ts";
import type { TracedWorld } from "./world.ts";

export interface StreamsPorts {
  readonly world: TracedWorld;
  readonly random: Random;
  readonly isHere: (one: SimPeer) => boolean;
  /** Whether `one` or the member with this id is untrusted, so that its streams prove nothing. */
  readonly isExcused: (one: SimPeer, id: number) => boolean;
}

export class SimStreams {
  readonly #ports: StreamsPorts;
  readonly #streams: SimStream[] = [];
  /** Streams that are not over. */
  readonly #open = new Set<SimStream>();
  readonly #memoryProbe = new MemoryProbe();
  #isHurried = false;
  ended = 0;

  constructor(ports: StreamsPorts) {
    this.#ports = ports;
  }

  open(from: SimPeer, toId: number, isSmall: boolean): void {
    const stream = new SimStream(this.#draw(isSmall), from, toId);
    this.#streams.push(stream);
    this.#open.add(stream);
    const { number, size } = stream.plan;
    const end = openStream(from.group, toId, { name: `${number}`, size }, (error) => {
      if (!stream.isWriting) this.#fail(stream, `S5: fails once it is ${stream.writer}`);
      stream.writer = "failed";
      this.#judgeFailure(stream, error);
      this.#note(stream);
    });
    this.#write(stream, end);
  }

  offered(to: SimPeer, event: GroupStreamEvent): void {
    const stream = this.#streams[Number(event.name)];
    if (this.#ports.isExcused(to, event.sender)) return this.#keep(to, event);
    if (stream === undefined || stream.fromId !== event.sender || stream.plan.size !== event.size) {
      throw new Error(`S1: ${to.name} is offered an unknown stream of ${event.sender}`);
    }
    if (stream.to !== undefined) this.#fail(stream, "S1: is offered twice");
    stream.to = to;
    if (stream.plan.isRefused) stream.reader = "cancelled";
    else this.#take(stream, to, event);
  }

  /** S5: peers that left each other have no open stream between them. */
  judge(peer: SimPeer, seen: SeenEvent): void {
    const [kind, id] = seen;
    this.#memoryProbe.judge(peer, seen);
    const isLeft = kind === "state" && id === WebGroupState.LEFT;
    if (kind !== "leave" && !isLeft) return;
    for (const stream of this.#open) {
      if (stream.from === peer && (isLeft || stream.toId === id) && stream.isWriting) {
        this.#fail(stream, "S5: is writable after a leave");
      }
      const isReader = stream.to === peer && (isLeft || stream.fromId === id);
      if (isReader && stream.reader === "open" && !stream.wasClosing) {
        this.#fail(stream, "S5: is readable after a leave");
      }
    }
  }

  /** All readers read as fast as possible from now on. */
  hurry(): void {
    this.#isHurried = true;
  }

  writerAt(machine: string): SimPeer | undefined {
    for (const { from } of this.#open) if (from.name === machine) return from;
    return undefined;
  }

  /** All streams have to be over, with the same result on both sides. */
  finish(): void {
    for (const stream of this.#streams) {
      const { from, to, writer, reader } = stream;
      const { isHere } = this.#ports;
      if (isHere(from) && stream.isWriting) this.#fail(stream, `S5: stays ${writer}`);
      if (to === undefined) continue;
      if (isHere(to) && reader === "open") this.#fail(stream, "S5: stays readable");
      if (isHere(to) && writer === "closed" && reader === "failed") {
        this.#fail(stream, "S2: fails after a close");
      }
    }
  }

  #write(stream: SimStream, end: WritingEnd): void {
    const { size, abortAfter } = stream.plan;
    if (stream.writer !== "open") return;
    if (abortAfter !== undefined && stream.written >= abortAfter) {
      stream.writer = "aborted";
      end.abort("enough");
      return this.#note(stream);
    }
    const later = (act: () => void) => this.#later(stream.from, 0, act);
    // The stream reports the failure.
    const reject = () => {};
    if (stream.written === size) {
      stream.writer = "closing";
      stream.wasClosing = true;
      return end.close({ resolve: () => this.#closed(stream), reject });
    }
    const chunk = stream.next();
    const resolve = () => {
      stream.taken += chunk.length;
      if (stream.taken - stream.got > STREAM_WINDOW_BYTES) {
        this.#fail(stream, `S3: ${stream.taken - stream.got} bytes are ahead of the reader`);
      }
      later(() => {
        // The writer may reuse its buffer.
        chunk.fill(0);
        this.#write(stream, end);
      });
    };
    end.write(chunk, { resolve, reject });
  }

  #closed(stream: SimStream): void {
    stream.writer = "closed";
    if (stream.to === undefined) this.#fail(stream, "S2: closes without being offered");
    this.#note(stream);
  }

  #judgeFailure(stream: SimStream, error: unknown): void {
    const { code } = error as { readonly code?: unknown };
    if (code === "CANCELLED" && stream.reader !== "cancelled") {
      this.#fail(stream, `S5: is cancelled, but its reader is ${stream.reader}`);
    }
  }

  #take(stream: SimStream, to: SimPeer, event: GroupStreamEvent): void {
    stream.reader = "open";
    const end = takeStream(event, {
      data: (bytes) => {
        const fault = stream.read(bytes);
        if (fault !== undefined) this.#fail(stream, fault);
        this.#read(stream, to, end);
      },
      ended: () => {
        stream.reader = "ended";
        const isAll = stream.wasClosing && stream.got === stream.plan.size;
        if (!isAll) this.#fail(stream, `S1: ends after ${stream.got} of ${stream.plan.size} bytes`);
        this.ended++;
        this.#note(stream);
      },
      failed: (error) => {
        stream.reader = "failed";
        const { code } = error as { readonly code?: unknown };
        if (code === "ABORTED" && stream.writer !== "aborted") {
          this.#fail(stream, "S5: is reset without its writer");
        }
        this.#note(stream);
      },
    });
    this.#read(stream, to, end);
  }

  #read(stream: SimStream, to: SimPeer, end: ReadingEnd): void {
    const { pauseMs, cancelAfter } = stream.plan;
    this.#later(to, this.#isHurried ? 0 : pauseMs, () => {
      if (stream.reader !== "open") return;
      if (cancelAfter === undefined || stream.got < cancelAfter) return end.pull();
      stream.reader = "cancelled";
      end.cancel("enough");
      this.#note(stream);
    });
  }

  #keep(to: SimPeer, event: GroupStreamEvent): void {
    const drain = this.#memoryProbe.take(to, event);
    this.#later(to, 1 + this.#ports.random.uint32() % MEMORY_PROBE_MS, drain);
  }

  #later(one: SimPeer, ms: number, act: () => void): void {
    const { clock } = this.#ports.world;
    if (ms > 0) return void this.#ports.world.wakeAt(one.machine, clock.now() + ms, act);
    clock.after(0, () => {
      if (one.machine.alive) act();
    });
  }

  #note(stream: SimStream): void {
    if (stream.isOver) this.#open.delete(stream);
    this.#ports.world.note(
      stream.from.name,
      `stream ${stream.writer} ${stream.reader} ${stream.got}`,
    );
  }

  #fail({ plan, from, fromId, to, toId }: SimStream, what: string): void {
    const { isExcused } = this.#ports;
    if (isExcused(from, toId) || isExcused(from, fromId)) return;
    if (to !== undefined && isExcused(to, fromId)) return;
    throw new Error(`stream ${plan.number} of ${from.name} to ${to?.name ?? toId}: ${what}`);
  }

  #draw(isSmall: boolean): SimStreamPlan {
    const below = (limit: number) => this.#ports.random.uint32() % limit;
    const oneIn = (count: number) => below(count) === 0;
    const longest = SIZES.find(({ share }) => oneIn(share))?.bytes ?? SMALL_BYTES;
    const size = below(isSmall ? SMALL_BYTES : longest);
    return {
      number: this.#streams.length,
      size,
      abortAfter: oneIn(ENDED_EARLY) ? below(size + 1) : undefined,
      cancelAfter: oneIn(ENDED_EARLY) ? below(size + 1) : undefined,
      isRefused: oneIn(REFUSED),
      pauseMs: oneIn(2) ? 0 : below(PAUSE_MS),
      chunkBytes: Math.ceil(size / CHUNKS_MAX) + below(oneIn(2) ? 1_000 : CHUNK_BYTES_MAX / 4 * 3),
    };
  }
}

/** The lengths of streams: one in `share` may have up to `bytes`. */
const SIZES = [
  { share: 50, bytes: 2 * STREAM_WINDOW_BYTES },
  { share: 10, bytes: 1_000_000 },
  { share: 3, bytes: 200_000 },
];
const SMALL_BYTES = 10_000;
const CHUNKS_MAX = 100;
const ENDED_EARLY = 8;
const REFUSED = 20;
const PAUSE_MS = 500;
const MEMORY_PROBE_MS = 10_000;
