/**
 * What comes from one member in a session: taken in the order of its numbers, each once, put
 * together, and acknowledged.
 *
 * @module
 */

import { ChunkedBuffer } from "../base/chunked_buffer.ts";
import type { DataType } from "../base/data_type.ts";
import { ACK_BYTES, ACK_DELAY_MS, COALESCED_BYTES_MAX } from "../base/delivery_limits.ts";
import { ProtocolError } from "../base/errors.ts";
import { RECEIVE_STALL_MS } from "../base/limits.ts";
import { decodeText } from "../wire/bytes.ts";
import type { MessageUnit, Unit } from "../wire/session.ts";
import type { StreamUnit } from "../wire/stream.ts";
import type { UserKind } from "../wire/user.ts";

/** A long message of which parts have come. */
interface Partial {
  readonly kind: UserKind;
  readonly length: number;
  readonly parts: ChunkedBuffer;
  /** When it last grew by a part of full length, and how long it was. */
  grownAt: number;
  grownTo: number;
}

/** Whom it concerns what comes. */
export interface IncomingSink {
  /** A message has come. */
  readonly arrived: (data: DataType) => void;
  /** Something is said of a stream. */
  readonly streamed: (unit: StreamUnit) => void;
  /** Something cannot be a message. */
  readonly dropped: (error: ProtocolError) => void;
}

/** What an acknowledgement says. */
export interface Acknowledgement {
  /** The number that is expected next. */
  readonly next: number;
  /** One beyond it has come. */
  readonly gap: boolean;
}

/** The numbered units of one member. */
export class Incoming {
  readonly #bytesMax: number;
  #expected = 0;
  #gap = false;
  #partial: Partial | undefined;
  /** The parts that come next belong to a message that was refused. */
  #isRefused = false;
  #bytesOwed = 0;
  #bytesTaken = 0;
  #owedAt: number | undefined;

  /** Takes messages of so many bytes at most. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of what came, each once. */
  get bytesTaken(): number {
    return this.#bytesTaken;
  }

  /** When an acknowledgement is due. */
  get owedAt(): number | undefined {
    return this.#owedAt;
  }

  /** When the other side has sent too little of a message for too long; `undefined`: of none. */
  get stallAt(): number | undefined {
    return this.#partial && this.#partial.grownAt + RECEIVE_STALL_MS;
  }

  /** This machine slept: that nothing came meanwhile says nothing. */
  resetStall(now: number): void {
    if (this.#partial !== undefined) this.#partial.grownAt = now;
  }

  /**
   * Takes units of which the first has this number, and hands over the messages that they
   * complete; what came before, or is beyond a gap, is left out.
   */
  take(first: number, units: readonly Unit[], now: number, sink: IncomingSink): void {
    if (units.length === 0) return;
    this.#owedAt ??= now + ACK_DELAY_MS;
    const known = (this.#expected - first) | 0;
    if (known < 0) {
      if (!this.#gap) this.#owedAt = now;
      this.#gap = true;
      return;
    }
    for (const unit of units.slice(known)) {
      this.#expected = (this.#expected + 1) >>> 0;
      this.#gap = false;
      const bytes = "content" in unit ? unit.content.length : 0;
      this.#bytesOwed += bytes;
      this.#bytesTaken += bytes;
      if (unit.type === "unknown") continue;
      if (isOfMessage(unit)) this.#join(unit, now, sink);
      else sink.streamed(unit);
    }
    if (this.#bytesOwed >= ACK_BYTES) this.#owedAt = now;
  }

  /** Acknowledges all that has come. */
  acknowledge(): Acknowledgement {
    this.#owedAt = undefined;
    this.#bytesOwed = 0;
    return { next: this.#expected, gap: this.#gap };
  }

  #join(unit: MessageUnit, now: number, { arrived, dropped }: IncomingSink): void {
    try {
      const data = this.#add(unit, now);
      if (data !== undefined) arrived(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#partial = undefined;
      this.#isRefused = true;
      dropped(error);
    }
  }

  #add(unit: MessageUnit, now: number): DataType | undefined {
    if (unit.type === "part") return this.#addPart(unit.content, now);
    this.#isRefused = false;
    if (this.#partial !== undefined) {
      throw malformed(`${this.#partial.length} bytes expected, ${this.#partial.parts.length} came`);
    }
    if (unit.type === "whole") {
      // The bytes become the program's: a view would hold the frame, and show it.
      return unit.kind === "string" ? decodeText(unit.content) : unit.content.slice();
    }
    const { kind, length } = unit;
    if (length > this.#bytesMax) {
      const reason = `at most ${this.#bytesMax} bytes expected, ${length} are announced`;
      throw new ProtocolError("TOO_LARGE", `Cannot take a message: ${reason}`);
    }
    this.#partial = { kind, length, parts: new ChunkedBuffer(), grownAt: now, grownTo: 0 };
    return undefined;
  }

  #addPart(content: Uint8Array, now: number): DataType | undefined {
    if (this.#isRefused) return undefined;
    const partial = this.#partial;
    if (partial === undefined) throw malformed("a part of no message came");
    if (content.length === 0) throw malformed("an empty part came");
    const { kind, length, parts } = partial;
    if (parts.length + content.length > length) throw malformed("more came than was announced");
    parts.add(content);
    if (parts.length >= partial.grownTo + COALESCED_BYTES_MAX) {
      partial.grownAt = now;
      partial.grownTo = parts.length;
    }
    if (parts.length < length) return undefined;
    this.#partial = undefined;
    const whole = parts.toBytes();
    return kind === "string" ? decodeText(whole) : whole;
  }
}

function isOfMessage(unit: MessageUnit | StreamUnit): unit is MessageUnit {
  return unit.type === "whole" || unit.type === "begin" || unit.type === "part";
}

function malformed(fault: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot put a message together: ${fault}`);
}
