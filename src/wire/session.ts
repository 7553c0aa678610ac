/**
 * Service 744: numbered and acknowledged messages between two peers of this protocol; deployed
 * peers ignore it.
 *
 * ```text
 * session := epoch 1 • to 2 • asks 3? • next 4? • gap 5? • first 6? • bytesMax 7? • unit*
 * unit    := text 8 | bytes 9                   a whole message
 *          | begin 10 (length * 2 + isText) • part 11 …   one in parts, which follow each other
 *          | one of a stream 12 … 17
 * ```
 *
 * Fields 8 to 63 are units: one that is not known takes its number, and means nothing.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { type Field, Fields, readFields } from "./bytes.ts";
import { readStreamUnit, type StreamUnit, writeStreamUnit } from "./stream.ts";
import type { UserKind } from "./user.ts";

/** The fields that are units. */
const UNIT_FIRST = 8;
const UNIT_LAST = 63;

/** A message, or what it consists of. */
export type MessageUnit =
  /** A whole one. */
  | { readonly type: "whole"; readonly kind: UserKind; readonly content: Uint8Array }
  /** A long message of so many bytes begins. */
  | { readonly type: "begin"; readonly kind: UserKind; readonly length: number }
  /** The next part of the message that began last. */
  | { readonly type: "part"; readonly content: Uint8Array };

/** One numbered thing. */
export type Unit =
  | MessageUnit
  | StreamUnit
  /** What only later versions know. */
  | { readonly type: "unknown"; readonly field: number };

/** What one frame says. */
export interface SessionFrame {
  /** Which session this is to its sender: later ones have higher numbers (RFC 1982). */
  readonly epoch: number;
  /** The receiver's session that this belongs to; `undefined` while its sender knows none. */
  readonly to: number | undefined;
  /** The sender has heard nothing yet that was for this session, and wants to. */
  readonly asks: boolean;
  /** The number of the unit that its sender expects; `undefined` when it says nothing of that. */
  readonly next: number | undefined;
  /** One beyond that has come: what is between was lost, or goes another way. */
  readonly gap: boolean;
  /** Longer messages are not taken; `undefined` when it says nothing of that. */
  readonly bytesMax?: number | undefined;
  /** The number of the first unit in here, if there is one. */
  readonly first: number;
  readonly units: readonly Unit[];
}

/** The fields of a session frame, to be nested. */
export function encodeSession(frame: SessionFrame): Fields {
  const fields = new Fields().uint32(1, frame.epoch);
  if (frame.to !== undefined) fields.uint32(2, frame.to);
  if (frame.asks) fields.bool(3, true);
  if (frame.next !== undefined) fields.uint32(4, frame.next);
  if (frame.gap) fields.bool(5, true);
  if (frame.units.length > 0) fields.uint32(6, frame.first);
  if (frame.bytesMax !== undefined) fields.uint32(7, frame.bytesMax);
  for (const unit of frame.units) writeUnit(fields, unit);
  return fields;
}

function writeUnit(fields: Fields, unit: Unit): void {
  switch (unit.type) {
    case "whole":
      return void fields.bytes(unit.kind === "string" ? 8 : 9, unit.content);
    case "begin":
      return void fields.uint32(10, unit.length * 2 + (unit.kind === "string" ? 1 : 0));
    case "part":
      return void fields.bytes(11, unit.content);
    case "unknown":
      return void fields.bool(unit.field, false);
    default:
      return writeStreamUnit(fields, unit);
  }
}

/** Reads a session frame, or throws a {@linkcode ProtocolError}. The units' bytes are views. */
export function decodeSession(bytes: Uint8Array): SessionFrame {
  let epoch: number | undefined;
  let to: number | undefined;
  let next: number | undefined;
  let bytesMax: number | undefined;
  let [asks, gap] = [false, false];
  let first = 0;
  const units: Unit[] = [];
  readFields(bytes, (number, field) => {
    if (number === 1) epoch = field.uint32() ?? epoch;
    else if (number === 2) to = field.uint32() ?? to;
    else if (number === 3) asks = field.bool() ?? asks;
    else if (number === 4) next = field.uint32() ?? next;
    else if (number === 5) gap = field.bool() ?? gap;
    else if (number === 6) first = field.uint32() ?? first;
    else if (number === 7) bytesMax = field.uint32() ?? bytesMax;
    else if (number >= UNIT_FIRST && number <= UNIT_LAST) {
      units.push(readUnit(number, field) ?? { type: "unknown", field: number });
    }
  });
  if (epoch === undefined) {
    throw new ProtocolError("UNEXPECTED", "Cannot read a session frame: an epoch expected");
  }
  return { epoch, to, asks, next, gap, bytesMax, first, units };
}

function readUnit(number: number, field: Field): Unit | undefined {
  if (number === 10) {
    const begin = field.uint32();
    if (begin === undefined) return undefined;
    return { type: "begin", kind: begin % 2 === 1 ? "string" : "bytes", length: begin >>> 1 };
  }
  if (number !== 8 && number !== 9 && number !== 11) return readStreamUnit(number, field);
  const content = field.bytes();
  if (content === undefined) return undefined;
  if (number === 11) return { type: "part", content };
  return { type: "whole", kind: number === 8 ? "string" : "bytes", content };
}
