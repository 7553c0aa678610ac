/**
 * Service 743: what programs send, whole or in chunks.
 *
 * @sansio
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import {
  both,
  bytes,
  convert,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  message,
  oneof,
  record,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";

/** What a message holds. */
export type UserKind = "string" | "bytes";

const KINDS: readonly UserKind[] = ["string", "bytes"];

const kind = convert(uint32(2), (type) => {
  const kind = KINDS[type];
  if (kind !== undefined) return kind;
  throw new ProtocolError(
    "UNEXPECTED",
    `Cannot read a user message: type 0 or 1 expected, ${type} came`,
  );
}, (kind) => KINDS.indexOf(kind));

/** The schema of {@linkcode UserFrame}. */
export const userFrame = both(
  record({
    /** Of the whole message, in bytes. */
    length: uint32(1),
    kind,
  }),
  oneof("a user message", {
    full: record({ content: bytes(3) }),
    chunk: message(
      4,
      record({
        /** Shared by the chunks of one message: 1 to 65,535. */
        id: uint32(1),
        /** Which chunk this is, from 0. */
        index: uint32(2),
        content: bytes(4),
      }),
    ),
  }),
);

/** A whole message, or a piece of one. */
export type UserFrame = ValueOf<typeof userFrame>;

/** The bytes of a user frame. */
export const encodeUser: Encoder<UserFrame> = encoder(userFrame);

/** Reads a user frame, or throws a {@linkcode ProtocolError}. */
export const decodeUser: Decoder<UserFrame> = decoder(userFrame);
