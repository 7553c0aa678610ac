import type { Join, Meeting, Member } from "./member.ts";
import { KIND, ReceiptLog, type Receipts, stamp } from "./receipt_log.ts";

export interface Load {
  readonly messages: number;
  readonly bytes: number;
  readonly to: "all" | "one";
}

/** Undefined where the member never got there. */
export interface ConvergenceTimes {
  readonly members: number | undefined;
  /** When it had a direct channel to all. */
  readonly direct: number | undefined;
}

export interface Pings {
  readonly times: readonly number[];
  readonly unanswered: number;
}

export interface BulkReceived {
  readonly bytes: number;
  /** When the last data arrived, if any. */
  readonly last: number | undefined;
}

const LOOK_EVERY_MS = 5;
/** Pings do not wait for the reply to the one before. */
const PING_EVERY_MS = 10;
/** Libraries without backpressure get no more than this. */
const UNPACED_BYTES_MAX = 8_000_000;
/** Enough pending messages to keep a library busy. */
const BULK_SENDS_MAX = 2;
const PING_BYTES = 100;
/** The frame rate of a page. */
const POSITIONS_PER_SECOND = 60;
const POSITION_BYTES = 32;
const AGE_SAMPLE_INTERVAL_MS = 5;
/** Files are read in chunks of this size. */
const CHUNK_BYTES = 65_536;

// The driver also calls players of earlier revisions (`--against`): the names of methods stay.
export class Player {
  readonly #join: Join;
  readonly #receiptLog = new ReceiptLog(now);
  readonly #pings = new Map<number, number>();
  #times: number[] = [];
  #joined: Promise<void> | undefined;
  #member: Member | undefined;
  #look = () => {};
  #poured: BulkReceived = { bytes: 0, last: undefined };
  #restMs = 0;
  #handlingMs = 0;
  #ages: number[] = [];
  /** When the newest position that came was sent. */
  #newest: number | undefined;
  #convergence: Promise<ConvergenceTimes> | undefined;

  constructor(join: Join) {
    this.#join = join;
  }

  join(meeting: Meeting): number {
    const begun = now();
    this.#joined = this.#join(meeting, {
      received: (peer, data) => this.#received(peer, data),
      streamed: (readable) => void this.#read(readable),
      changed: () => this.#look(),
    }).then((member) => {
      this.#member = member;
      this.#look();
    });
    return begun;
  }

  async joined(): Promise<void> {
    await this.#joined;
  }

  /** Starts to wait for other members. */
  watch(others: number, deadlineMs: number): void {
    let [members, direct]: (number | undefined)[] = [];
    this.#convergence = new Promise((resolve) => {
      const end = () => {
        clearInterval(interval);
        clearTimeout(timeout);
        this.#look = () => {};
        resolve({ members, direct });
      };
      this.#look = () => {
        if (this.#member === undefined) return;
        if (this.#member.peers().length >= others) members ??= now();
        if (this.#member.direct() >= others) direct ??= now();
        if (members !== undefined && direct !== undefined) end();
      };
      const interval = setInterval(() => this.#look(), LOOK_EVERY_MS);
      const timeout = setTimeout(end, deadlineMs);
    });
    this.#look();
  }

  async seen(): Promise<ConvergenceTimes> {
    return await this.#convergence ?? { members: undefined, direct: undefined };
  }

  bulkBytes(): number {
    return this.#here.bulkBytes;
  }

  expect(messages: number, bytes: number): void {
    this.#receiptLog.open(messages, bytes);
  }

  /** Returns the receipts when all messages have arrived, or after a silence. */
  async receipts(quietMs: number): Promise<Receipts> {
    return await this.#receiptLog.close(quietMs);
  }

  async send({ messages, bytes, to }: Load): Promise<number> {
    const peer = to === "one" ? this.#here.peers()[0] : undefined;
    const begun = now();
    const sends = new Set<Promise<unknown>>();
    for (let index = 0; index < messages; index++) {
      await this.#sendNext(stamp(KIND.data, index, bytes), peer, sends);
    }
    await Promise.all(sends);
    return begun;
  }

  /** Pings the first peer, optionally beside bulk messages to it. */
  async ping(durationMs: number, bulkBytes?: number): Promise<Pings> {
    const peer = this.#here.peers()[0];
    this.#times = [];
    this.#pings.clear();
    const end = now() + durationMs;
    const bulk = bulkBytes === undefined ? undefined : this.#bulk(peer, bulkBytes, end);
    for (let index = 0; now() < end; index++) {
      this.#pings.set(index, now());
      void this.#here.send(stamp(KIND.ping, index, PING_BYTES), peer);
      await pause(PING_EVERY_MS);
    }
    await bulk;
    const deadline = now() + 2 * durationMs;
    while (this.#pings.size > 0 && now() < deadline) await pause(PING_EVERY_MS);
    return { times: this.#times, unanswered: this.#pings.size };
  }

  /**
   * Writes at least this many bytes to the first peer with backpressure: as a stream, or as
   * messages if the library has no streams. Returns the start time.
   */
  pour(bytes: number): number {
    const begun = now();
    void this.#pour(bytes);
    return begun;
  }

  async move(durationMs: number, bytes = POSITION_BYTES): Promise<void> {
    const end = now() + durationMs;
    while (now() < end) {
      const position = stamp(KIND.position, 0, bytes);
      new DataView(position.buffer).setFloat64(8, now());
      void this.#here.send(position);
      await pause(1_000 / POSITIONS_PER_SECOND);
    }
  }

  handle(handlingMs: number): void {
    this.#handlingMs = handlingMs;
    this.#ages = [];
  }

  /** The age in ms of each handled position. */
  ages(): readonly number[] {
    return this.#ages;
  }

  /** The ages of the newest position, sampled during this time, in ms. */
  async sampleAges(durationMs: number): Promise<readonly number[]> {
    const ages: number[] = [];
    const interval = setInterval(() => {
      if (this.#newest !== undefined) ages.push(now() - this.#newest);
    }, AGE_SAMPLE_INTERVAL_MS);
    await pause(durationMs);
    clearInterval(interval);
    return ages;
  }

  /** Delays the reading of new streams. */
  rest(restMs: number): void {
    this.#restMs = restMs;
  }

  poured(): BulkReceived {
    return this.#poured;
  }

  async #pour(bytes: number): Promise<void> {
    const [peer = ""] = this.#here.peers();
    const stream = this.#here.openStream?.(peer).getWriter();
    const most = stream === undefined ? this.#here.bulkBytes : CHUNK_BYTES;
    for (let left = bytes; left > 0; left -= most) {
      const chunk = stamp(KIND.filler, 0, most);
      await (stream === undefined ? this.#here.send(chunk, peer) : stream.write(chunk));
    }
    await stream?.close();
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    await pause(this.#restMs);
    for await (const { length } of readable) this.#notePoured(length);
  }

  #notePosition(data: Uint8Array): void {
    const sentAt = new DataView(data.buffer, data.byteOffset).getFloat64(8);
    this.#newest = Math.max(this.#newest ?? sentAt, sentAt);
    this.#ages.push(now() - sentAt);
    // Blocks, like a program that draws.
    const end = now() + this.#handlingMs;
    while (now() < end);
  }

  #notePoured(bytes: number): void {
    this.#poured = { bytes: this.#poured.bytes + bytes, last: now() };
  }

  async #bulk(peer: string | undefined, bytes: number, end: number): Promise<void> {
    const { sendsMax } = this.#here;
    const sends = new Set<Promise<unknown>>();
    for (let unpaced = 0, index = 0; now() < end && unpaced < UNPACED_BYTES_MAX; index++) {
      await this.#sendNext(stamp(KIND.filler, index, bytes), peer, sends, BULK_SENDS_MAX);
      if (sendsMax === Infinity) unpaced += bytes;
    }
    await Promise.all(sends);
  }

  /** Waits while too many sends are pending. */
  async #sendNext(
    data: Uint8Array<ArrayBuffer>,
    peer: string | undefined,
    sends: Set<Promise<unknown>>,
    most = Infinity,
  ): Promise<void> {
    const sent = this.#here.send(data, peer);
    if (sent === undefined) return;
    sends.add(sent);
    // A failed message is missing in the receipts.
    sent.catch(() => {}).finally(() => sends.delete(sent));
    if (sends.size < Math.min(this.#here.sendsMax, most)) return;
    // The oldest settles first; racing all would cost more than what is measured.
    const [oldest] = sends;
    await oldest?.catch(() => {});
  }

  #received(peer: string, data: Uint8Array): void {
    const kind = data[0];
    if (kind === KIND.data) return this.#receiptLog.note(data);
    if (kind === KIND.filler) return this.#notePoured(data.length);
    if (kind === KIND.position) return this.#notePosition(data);
    const index = new DataView(data.buffer, data.byteOffset).getUint32(1);
    if (kind === KIND.ping) void this.#here.send(stamp(KIND.pong, index, PING_BYTES), peer);
    if (kind !== KIND.pong) return;
    const asked = this.#pings.get(index);
    if (asked === undefined) return;
    this.#pings.delete(index);
    this.#times.push(now() - asked);
  }

  get #here(): Member {
    if (this.#member === undefined) throw new Error("Cannot run the method: join() was not called");
    return this.#member;
  }
}

/** All processes of a machine share this clock. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
