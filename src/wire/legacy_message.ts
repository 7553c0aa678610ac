// Service 743: a message of Netflux 4, complete or one chunk of it.
// @sansio

import { ProtocolError } from "../base/errors.ts";
import * as pb from "./protobuf_schema.ts";

export type LegacyMessageKind = "string" | "bytes";

const KINDS: readonly LegacyMessageKind[] = ["string", "bytes"];

const kind = pb.convert(pb.uint32(2), (type) => {
  const kind = KINDS[type];
  if (kind !== undefined) return kind;
  throw new ProtocolError(
    "UNEXPECTED",
    `Cannot decode a user message: type 0 or 1 expected, ${type} came`,
  );
}, (kind) => KINDS.indexOf(kind));

export const legacyMessage = pb.both(
  pb.record({
    /** The length of the complete message, in bytes. */
    length: pb.uint32(1),
    kind,
  }),
  pb.oneof("a user message", {
    full: pb.record({ content: pb.bytes(3) }),
    chunk: pb.message(
      4,
      pb.record({
        /** Shared by the chunks of one message: 1 to 65,535. */
        id: pb.uint32(1),
        index: pb.uint32(2),
        content: pb.bytes(4),
      }),
    ),
  }),
);

export type LegacyMessage = pb.ValueOf<typeof legacyMessage>;

export const encodeLegacyMessage = pb.encoder(legacyMessage);

/** @throws {ProtocolError} */
export const decodeLegacyMessage = pb.decoder(legacyMessage);
