// The first frames on the channel between a newcomer and a member.
//
//   member   ─▶ initPing
//   newcomer ─▶ initPong
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import { type GroupId, isId, type MemberId } from "../base/ids.ts";
import { Message, readMessage } from "./protobuf_reader.ts";
import * as pb from "./protobuf_schema.ts";
import { BYTES, VARINT } from "./protobuf_writer.ts";

export const joinHandshake = pb.both(
  pb.oneof("a first frame", {
    initPing: pb.message(
      1,
      pb.record({
        /** The topology: 0 is a full mesh. */
        topology: pb.uint32(1),
        group: requiredId<GroupId>(2),
        member: requiredId<MemberId>(3),
        /** All members that the sender sees, including itself. */
        members: pb.memberIds(4),
        key: pb.string(5),
        /** The listed members that are known to speak v5. */
        v5Members: pb.memberIds(16),
      }),
    ),
    initPong: pb.record({
      newcomer: requiredId<MemberId>(2, "UNEXPECTED"),
      /** The session epoch of a member that rejoins, which proves its id: only the two know it. */
      epoch: pb.optional(pb.uint32(16)),
    }),
  }),
  pb.record({
    /** The protocol version, `undefined` for a Netflux 4 peer. */
    version: pb.optional(pb.uint32(15)),
  }),
);

export type JoinHandshakeMessage = pb.ValueOf<typeof joinHandshake>;
export type InitPing = Extract<JoinHandshakeMessage, { readonly type: "initPing" }>;
export type InitPong = Extract<JoinHandshakeMessage, { readonly type: "initPong" }>;

export const encodeJoinHandshake = pb.encoder(joinHandshake);

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
): pb.Part<Id> {
  return pb.refine(pb.uint32(number) as pb.Part<Id>, (id) => {
    if (isId(id)) return id;
    throw new ProtocolError(code, "Cannot decode a join handshake: an id expected, 0 came");
  });
}
