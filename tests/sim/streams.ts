/**
 * What the programs of a run stream to each other, and what has to hold of it, whatever breaks:
 * S1, S2, S3 and S5 of docs/GUARANTEES.md.
 *
 * @module
 */

import type { Random } from "../../src/base/ids.ts";
import { STREAM_WINDOW_BYTES } from "../../src/base/session_limits.ts";
import type { GroupStreamEvent } from "../../src/group/events.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { CHUNK_BYTES_MAX, Flow, type FlowPlan } from "./flow.ts";
import { Hoard } from "./hoard.ts";
import { openStream, type ReadingEnd, takeStream, type WritingEnd } from "./pipes.ts";
import type { Seen, Villager } from "./village.ts";
import type { SimWorld } from "./world.ts";

/** What the streams of a run need. */
export interface StreamsPorts {
  readonly world: SimWorld;
  readonly random: Random;
  /** Whether a member has not gone. */
  readonly isHere: (one: Villager) => boolean;
  /** Whether what one sees of an id, or another has, proves nothing. */
  readonly isExcused: (one: Villager, id: number) => boolean;
}

/** All streams of a run. */
export class FlowingStreams {
  readonly #ports: StreamsPorts;
  readonly #flows: Flow[] = [];
  /** Those that are not over. */
  readonly #open = new Set<Flow>();
  readonly #hoard = new Hoard();
  #isHurried = false;
  ended = 0;

  constructor(ports: StreamsPorts) {
    this.#ports = ports;
  }

  /** Somebody opens a stream to a member: not a large one, where those would be a fault. */
  open(from: Villager, toId: number, isSmall: boolean): void {
    const flow = new Flow(this.#draw(isSmall), from, toId);
    this.#flows.push(flow);
    this.#open.add(flow);
    const { number, size } = flow.plan;
    const end = openStream(from.group, toId, { name: `${number}`, size }, (error) => {
      if (!flow.isWriting) this.#fail(flow, `S5: fails once it is ${flow.writer}`);
      flow.writer = "failed";
      this.#judgeFailure(flow, error);
      this.#note(flow);
    });
    this.#write(flow, end);
  }

  /** Somebody is offered a stream. */
  offered(to: Villager, event: GroupStreamEvent): void {
    const flow = this.#flows[Number(event.name)];
    if (this.#ports.isExcused(to, event.sender)) return this.#keep(to, event);
    if (flow === undefined || flow.fromId !== event.sender || flow.plan.size !== event.size) {
      throw new Error(`S1: ${to.name} is offered a stream of ${event.sender} that is none`);
    }
    if (flow.to !== undefined) this.#fail(flow, "S1: is offered again");
    flow.to = to;
    if (flow.plan.isRefused) flow.reader = "cancelled";
    else this.#take(flow, to, event);
  }

  /** S5: who left each other have no open stream between them. */
  judge(villager: Villager, seen: Seen): void {
    const [kind, id] = seen;
    this.#hoard.judge(villager, seen);
    const isLeft = kind === "state" && id === WebGroupState.LEFT;
    if (kind !== "leave" && !isLeft) return;
    for (const flow of this.#open) {
      if (flow.from === villager && (isLeft || flow.toId === id) && flow.isWriting) {
        this.#fail(flow, "S5: can be written to who left");
      }
      const isReader = flow.to === villager && (isLeft || flow.fromId === id);
      if (isReader && flow.reader === "open" && !flow.wasClosing) {
        this.#fail(flow, "S5: can be read of who left");
      }
    }
  }

  /** From now on everybody reads as fast as can be. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Who writes on a machine, if anybody does. */
  writerAt(machine: string): Villager | undefined {
    for (const { from } of this.#open) if (from.name === machine) return from;
    return undefined;
  }

  /** All has to be over, and both sides have to say the same of it. */
  finish(): void {
    for (const flow of this.#flows) {
      const { from, to, writer, reader } = flow;
      const { isHere } = this.#ports;
      if (isHere(from) && flow.isWriting) this.#fail(flow, `S5: is ${writer} for ever`);
      if (to === undefined) continue;
      if (isHere(to) && reader === "open") this.#fail(flow, "S5: is read for ever");
      if (isHere(to) && writer === "closed" && reader === "failed") {
        this.#fail(flow, "S2: was closed, and fails");
      }
    }
  }

  // The writer

  #write(flow: Flow, end: WritingEnd): void {
    const { size, abortAfter } = flow.plan;
    if (flow.writer !== "open") return;
    if (abortAfter !== undefined && flow.written >= abortAfter) {
      flow.writer = "aborted";
      end.abort("enough");
      return this.#note(flow);
    }
    const later = (act: () => void) => this.#later(flow.from, 0, act);
    // Whoever waits is told that it failed as the stream is.
    const reject = () => {};
    if (flow.written === size) {
      flow.writer = "closing";
      flow.wasClosing = true;
      return end.close({ resolve: () => this.#closed(flow), reject });
    }
    const chunk = flow.next();
    const resolve = () => {
      flow.taken += chunk.length;
      if (flow.taken - flow.got > STREAM_WINDOW_BYTES) {
        this.#fail(flow, `S3: ${flow.taken - flow.got} bytes are ahead of the reader`);
      }
      later(() => {
        // Who writes may use its buffer again.
        chunk.fill(0);
        this.#write(flow, end);
      });
    };
    end.write(chunk, { resolve, reject });
  }

  #closed(flow: Flow): void {
    flow.writer = "closed";
    if (flow.to === undefined) this.#fail(flow, "S2: is closed, though nobody was offered it");
    this.#note(flow);
  }

  #judgeFailure(flow: Flow, error: unknown): void {
    const { code } = error as { readonly code?: unknown };
    if (code === "CANCELLED" && flow.reader !== "cancelled") {
      this.#fail(flow, `S5: is cancelled, though it is ${flow.reader} there`);
    }
  }

  // The reader

  #take(flow: Flow, to: Villager, event: GroupStreamEvent): void {
    flow.reader = "open";
    const end = takeStream(event, {
      data: (bytes) => {
        const fault = flow.read(bytes);
        if (fault !== undefined) this.#fail(flow, fault);
        this.#read(flow, to, end);
      },
      ended: () => {
        flow.reader = "ended";
        const isAll = flow.wasClosing && flow.got === flow.plan.size;
        if (!isAll) this.#fail(flow, `S1: ends after ${flow.got} of ${flow.plan.size} bytes`);
        this.ended++;
        this.#note(flow);
      },
      failed: (error) => {
        flow.reader = "failed";
        const { code } = error as { readonly code?: unknown };
        if (code === "ABORTED" && flow.writer !== "aborted") {
          this.#fail(flow, "S5: was given up, though its writer did not");
        }
        this.#note(flow);
      },
    });
    this.#read(flow, to, end);
  }

  #read(flow: Flow, to: Villager, end: ReadingEnd): void {
    const { pauseMs, cancelAfter } = flow.plan;
    this.#later(to, this.#isHurried ? 0 : pauseMs, () => {
      if (flow.reader !== "open") return;
      if (cancelAfter === undefined || flow.got < cancelAfter) return end.pull();
      flow.reader = "cancelled";
      end.cancel("enough");
      this.#note(flow);
    });
  }

  /** Takes the stream of who says anything. */
  #keep(to: Villager, event: GroupStreamEvent): void {
    const drain = this.#hoard.take(to, event);
    this.#later(to, 1 + this.#ports.random.uint32() % HOARD_MS, drain);
  }

  // What they share

  #later(one: Villager, ms: number, act: () => void): void {
    const { clock } = this.#ports.world;
    if (ms > 0) return void this.#ports.world.wakeAt(one.place, clock.now() + ms, act);
    clock.after(0, () => {
      if (one.place.alive) act();
    });
  }

  #note(flow: Flow): void {
    if (flow.isOver) this.#open.delete(flow);
    this.#ports.world.note(flow.from.name, `stream ${flow.writer} ${flow.reader} ${flow.got}`);
  }

  #fail({ plan, from, fromId, to, toId }: Flow, what: string): void {
    const { isExcused } = this.#ports;
    if (isExcused(from, toId) || isExcused(from, fromId)) return;
    if (to !== undefined && isExcused(to, fromId)) return;
    throw new Error(`stream ${plan.number} of ${from.name} to ${to?.name ?? toId}: ${what}`);
  }

  #draw(isSmall: boolean): FlowPlan {
    const below = (limit: number) => this.#ports.random.uint32() % limit;
    const oneIn = (count: number) => below(count) === 0;
    const longest = SIZES.find(({ share }) => oneIn(share))?.bytes ?? SMALL_BYTES;
    const size = below(isSmall ? SMALL_BYTES : longest);
    return {
      number: this.#flows.length,
      size,
      abortAfter: oneIn(ENDED_EARLY) ? below(size + 1) : undefined,
      cancelAfter: oneIn(ENDED_EARLY) ? below(size + 1) : undefined,
      isRefused: oneIn(REFUSED),
      pauseMs: oneIn(2) ? 0 : below(PAUSE_MS),
      chunkBytes: Math.ceil(size / CHUNKS_MAX) + below(oneIn(2) ? 1_000 : CHUNK_BYTES_MAX / 4 * 3),
    };
  }
}

/** How long streams are: one in so many is longer than a window, and most are short. */
const SIZES = [
  { share: 50, bytes: 2 * STREAM_WINDOW_BYTES },
  { share: 10, bytes: 1_000_000 },
  { share: 3, bytes: 200_000 },
];
const SMALL_BYTES = 10_000;
/** So many at most, for a stream is made of: each takes the simulator time. */
const CHUNKS_MAX = 100;
const ENDED_EARLY = 8;
const REFUSED = 20;
const PAUSE_MS = 500;
const HOARD_MS = 10_000;
