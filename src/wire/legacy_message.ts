// Service 743: a message of Netflux 4, complete or one chunk of it.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import {
  both,
  bytes,
  convert,
  decoder,
  encoder,
  message,
  oneof,
  record,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";

export type LegacyMessageKind = "string" | "bytes";

const KINDS: readonly LegacyMessageKind[] = ["string", "bytes"];

const kind = convert(uint32(2), (type) => {
  const kind = KINDS[type];
  if (kind !== undefined) return kind;
  throw new ProtocolError(
    "UNEXPECTED",
    `Cannot decode a user message: type 0 or 1 expected, ${type} came`,
  );
}, (kind) => KINDS.indexOf(kind));

export const legacyMessage = both(
  record({
    /** The length of the complete message, in bytes. */
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
        index: uint32(2),
        content: bytes(4),
      }),
    ),
  }),
);

export type LegacyMessage = ValueOf<typeof legacyMessage>;

export const encodeLegacyMessage = encoder(legacyMessage);

/** @throws {ProtocolError} */
export const decodeLegacyMessage = decoder(legacyMessage);
