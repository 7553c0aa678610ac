/**
 * All streams with one member, in one session: which of them says the next thing, and whom it
 * concerns what the other side says.
 *
 * A stream is opened, and its bytes leave once the reader has allowed some (`credit`), which it
 * does when its program takes the stream, and while that reads. The writer counts it as open until
 * the reader is through with it (`stop`), or has heard that it is given up (`reset`): so neither
 * side has to hold more than is allowed.
 *
 * @module
 */

import { DeliveryError } from "../base/errors.ts";
import { STREAM_ANSWERS_MAX, STREAM_UNIT_BYTES, STREAMS_MAX } from "../base/delivery_limits.ts";
import { Queue } from "../base/queue.ts";
import { asStreamId, type StreamId, type StreamInfo, type StreamUnit } from "../wire/stream.ts";
import type { DrawnUnit, StreamSource } from "./outgoing.ts";
import { Reading } from "./reading.ts";
import type { Drawn, Writing } from "./writing.ts";

/** What streams need. */
export interface StreamPorts {
  /** Has the session asked for a frame whenever there is room for one. */
  readonly pull: () => void;
  /** A member opens a stream: it is to be taken now, or never. */
  readonly opened: (reading: Reading) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** The streams of one session. */
export class Streams implements StreamSource {
  readonly #ports: StreamPorts;
  /** What is said without bytes of a stream, ahead of those. */
  readonly #said = new Queue<Drawn>();
  readonly #unopened = new Set<Writing>();
  readonly #writings = new Map<StreamId, Writing>();
  /** Those that have something to send: the first of them is next. */
  readonly #turns = new Set<StreamId>();
  readonly #readings = new Map<StreamId, Reading>();
  /** The next ids, of ours and of theirs. */
  #ours = 0;
  #theirs = 0;
  /** What was said of their streams, and is not acknowledged. */
  #answers = 0;
  #isOver = false;

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  /** Adds a stream to the member. */
  open(writing: Writing): void {
    this.#unopened.add(writing);
    writing.attach({ ready: () => {}, givenUp: () => this.#unopened.delete(writing) });
    this.#pull();
  }

  // What goes out

  /** Whether something may leave. */
  get waits(): boolean {
    return this.#said.size > 0 || this.#turns.size > 0 || this.#mayOpen;
  }

  /** The next unit that may leave, of about so many bytes at most; each stream in its turn. */
  draw(room: number): DrawnUnit | undefined {
    const drawn = this.#draw(room);
    return drawn && { ...drawn, bytes: bytesOf(drawn.unit) };
  }

  #draw(room: number): Drawn | undefined {
    const said = this.#said.peek();
    if (said !== undefined) return bytesOf(said.unit) > room ? undefined : this.#said.shift();
    if (this.#mayOpen) return this.#drawOpen(room);
    const [stream] = this.#turns;
    if (stream === undefined || room <= STREAM_UNIT_BYTES) return undefined;
    this.#turns.delete(stream);
    const writing = this.#writings.get(stream);
    const drawn = writing?.draw(stream, room);
    if (writing?.ready) this.#turns.add(stream);
    return drawn ?? this.#draw(room);
  }

  get #mayOpen(): boolean {
    return this.#unopened.size > 0 && this.#writings.size < STREAMS_MAX;
  }

  #drawOpen(room: number): Drawn | undefined {
    const [writing] = this.#unopened;
    if (writing === undefined) return undefined;
    const stream = asStreamId(this.#ours);
    const unit: StreamUnit = { type: "open", stream, info: writing.info };
    if (bytesOf(unit) > room) return undefined;
    this.#ours = (this.#ours + 1) >>> 0;
    this.#unopened.delete(writing);
    this.#writings.set(stream, writing);
    const ready = () => {
      if (!writing.ready) return;
      this.#turns.add(stream);
      this.#pull();
    };
    const givenUp = (reason: string) => {
      this.#turns.delete(stream);
      this.#say({ type: "reset", stream, reason }, () => this.#writings.delete(stream));
    };
    writing.attach({ ready, givenUp });
    if (writing.ready) this.#turns.add(stream);
    return { unit, acknowledged: undefined };
  }

  #say(unit: StreamUnit, acknowledged?: () => void): void {
    this.#said.push({ unit, acknowledged });
    this.#pull();
  }

  #pull(): void {
    if (!this.#isOver) this.#ports.pull();
  }

  // What comes

  /** The other side says something of a stream. */
  receive(unit: StreamUnit): void {
    switch (unit.type) {
      case "open":
        return this.#opened(unit.stream, unit.info);
      case "stop":
      case "credit":
        return this.#answered(unit);
      default:
        return this.#continued(unit);
    }
  }

  #opened(stream: StreamId, info: StreamInfo): void {
    if (stream !== this.#theirs) {
      return this.#ports.dropped(`Stream ${stream} was opened where ${this.#theirs} was next`);
    }
    this.#theirs = (this.#theirs + 1) >>> 0;
    if (this.#answers >= STREAM_ANSWERS_MAX) {
      return this.#ports.dropped(`Stream ${stream} was opened by who acknowledges nothing`);
    }
    const reading = new Reading(info, {
      granted: (bytes) => this.#answer({ type: "credit", stream, bytes }),
      stopped: (reason) => this.#stop(stream, reason),
    });
    if (this.#readings.size >= STREAMS_MAX) {
      return this.#stop(stream, `${STREAMS_MAX} streams are open`);
    }
    this.#readings.set(stream, reading);
    this.#ports.opened(reading);
    if (reading.isTaken) reading.begin();
    else this.#stop(stream, "nobody takes streams there");
  }

  #stop(stream: StreamId, reason: string): void {
    this.#readings.delete(stream);
    this.#answer({ type: "stop", stream, reason });
  }

  #answer(unit: StreamUnit): void {
    this.#answers++;
    this.#say(unit, () => this.#answers--);
  }

  #continued(unit: StreamUnit & { readonly type: "data" | "end" | "reset" }): void {
    const { stream } = unit;
    const reading = this.#readings.get(stream);
    if (reading === undefined) return this.#ignore(unit, this.#theirs);
    if (unit.type === "reset") {
      this.#readings.delete(stream);
      return reading.fail(new DeliveryError("ABORTED", because("The writer gave up", unit.reason)));
    }
    // The bytes become the program's: a view would hold the frame, and show it.
    const fault = unit.type === "end" ? reading.end() : reading.add(unit.content.slice());
    if (fault === undefined) return;
    this.#ports.dropped(`Stream ${stream} was stopped: ${fault}`);
    reading.fail(new DeliveryError("ABORTED", `Cannot read the stream: ${fault}`));
    this.#stop(stream, fault);
  }

  #answered(unit: StreamUnit & { readonly type: "stop" | "credit" }): void {
    const { stream } = unit;
    const writing = this.#writings.get(stream);
    if (writing === undefined) return this.#ignore(unit, this.#ours);
    if (unit.type === "credit") {
      writing.grant(unit.bytes);
      if (writing.ready) this.#turns.add(stream);
      return this.#pull();
    }
    this.#writings.delete(stream);
    this.#turns.delete(stream);
    writing.fail(new DeliveryError("CANCELLED", because("The reader stopped", unit.reason)));
    this.#pull();
  }

  /** What belongs to a stream that ended here meanwhile is nothing; else somebody errs. */
  #ignore({ type, stream }: StreamUnit, next: number): void {
    const isKnown = ((stream - next) | 0) < 0;
    if (!isKnown) this.#ports.dropped(`A ${type} came for stream ${stream}, which is none`);
  }

  // The end

  /** Nothing more can be written to the member as it is. */
  refuse(error: DeliveryError): void {
    for (const writing of [...this.#unopened, ...this.#writings.values()]) writing.fail(error);
    this.#unopened.clear();
    this.#writings.clear();
    this.#turns.clear();
  }

  /** The session is over, and all streams with it. */
  end(): void {
    this.#isOver = true;
    const error = new DeliveryError("MEMBER_LEFT", "Cannot finish the stream: the member left");
    this.refuse(error);
    for (const reading of this.#readings.values()) reading.leave(error);
    this.#readings.clear();
    this.#said.drain();
  }
}

function because(what: string, reason: string): string {
  return reason === "" ? what : `${what}: ${reason}`;
}

/** At most so many bytes, in a frame. */
function bytesOf(unit: StreamUnit): number {
  if (unit.type === "open") {
    return STREAM_UNIT_BYTES + UTF8_MAX * (unit.info.name.length + unit.info.type.length);
  }
  if (unit.type === "reset" || unit.type === "stop") {
    return STREAM_UNIT_BYTES + UTF8_MAX * unit.reason.length;
  }
  return STREAM_UNIT_BYTES + (unit.type === "data" ? unit.content.length : 0);
}

/** Bytes of a unit of UTF-16. */
const UTF8_MAX = 3;
