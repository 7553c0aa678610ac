// The first frames on the channel between a newcomer and a member.
//
//   member   ─▶ initPing
//   newcomer ─▶ initPong
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import { type GroupId, isId, type MemberId } from "../base/ids.ts";
import { Message, readMessage } from "./protobuf_reader.ts";
import {
  both,
  encoder,
  memberIds,
  message,
  oneof,
  optional,
  type Part,
  record,
  refine,
  string,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";
import { BYTES, VARINT } from "./protobuf_writer.ts";

export const joinHandshake = both(
  oneof("a first frame", {
    initPing: message(
      1,
      record({
        /** The topology: 0 is a full mesh. */
        topology: uint32(1),
        group: requiredId<GroupId>(2),
        member: requiredId<MemberId>(3),
        /** All members that the sender sees, including itself. */
        members: memberIds(4),
        key: string(5),
        /** The listed members that are known to speak v5. */
        v5Members: memberIds(16),
      }),
    ),
    initPong: record({
      newcomer: requiredId<MemberId>(2, "UNEXPECTED"),
      /** The session epoch of a member that rejoins, which proves its id: only the two know it. */
      epoch: optional(uint32(16)),
    }),
  }),
  record({
    /** The protocol version, `undefined` for a Netflux 4 peer. */
    version: optional(uint32(15)),
  }),
);

export type JoinHandshakeMessage = ValueOf<typeof joinHandshake>;
export type InitPing = Extract<JoinHandshakeMessage, { readonly type: "initPing" }>;
export type InitPong = Extract<JoinHandshakeMessage, { readonly type: "initPong" }>;

export const encodeJoinHandshake = encoder(joinHandshake);

/** @throws {ProtocolError} */
export function decodeJoinHandshake(bytes: Uint8Array): JoinHandshakeMessage {
  const message = readMessage(bytes);
  // Other frames use these field numbers with other types: ignore such frames entirely.
  const isOther = message.all(1 << 3 | VARINT, 2 << 3 | BYTES).length > 0;
  return joinHandshake.build(isOther ? new Message() : message);
}

function requiredId<Id extends number>(
  number: number,
  code: ProtocolError["code"] = "MALFORMED",
): Part<Id> {
  return refine(uint32(number) as Part<Id>, (id) => {
    if (isId(id)) return id;
    throw new ProtocolError(code, "Cannot decode a join handshake: an id expected, 0 came");
  });
}
