/**
 * The first frames on a channel through which somebody enters a group.
 *
 * ```text
 * member   ─▶ initPing
 * newcomer ─▶ initPong
 * ```
 *
 * @sansio
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asGroupId, asMemberId, isId } from "../base/ids.ts";
import { Message, readMessage } from "./protobuf_reader.ts";
import {
  both,
  type Encoder,
  encoder,
  memberIds,
  message,
  omissible,
  oneof,
  optional,
  record,
  refine,
  string,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";
import { BYTES, VARINT } from "./protobuf_writer.ts";

/** The schema of {@linkcode HandshakeMessage}. */
export const handshake = both(
  oneof("a first frame", {
    initPing: message(
      1,
      record({
        /** 0: full mesh. */
        topology: uint32(1),
        group: refine(uint32(2), (id) => asGroupId(checkId(id))),
        /** The member that speaks. */
        member: refine(uint32(3), (id) => asMemberId(checkId(id))),
        /** All members that it sees, itself included. */
        members: memberIds(4),
        key: string(5),
        /** Those of them that are no deployed peers, as far as it knows. */
        ours: memberIds(16),
      }),
    ),
    initPong: record({
      newcomer: refine(uint32(2), (id) => asMemberId(checkId(id, "UNEXPECTED"))),
      /** Of a member that comes back: the epoch of its session, which only the two know. */
      epoch: omissible(uint32(16)),
    }),
  }),
  record({
    /** `undefined` for a deployed peer. */
    version: optional(uint32(15)),
  }),
);

/** "This is the group", of a member to who wants to enter it; or "this is me", the answer. */
export type HandshakeMessage = ValueOf<typeof handshake>;
/** "This is the group": a member to who wants to enter it. */
export type InitPing = Extract<HandshakeMessage, { readonly type: "initPing" }>;
/** "This is me": the newcomer's answer. */
export type InitPong = Extract<HandshakeMessage, { readonly type: "initPong" }>;

/** The bytes of a handshake message. */
export const encodeHandshake: Encoder<HandshakeMessage> = encoder(handshake);

/** Reads a handshake message, or throws a {@linkcode ProtocolError}. */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const message = readMessage(bytes);
  // Other frames have fields of these numbers, too, but of other types: of those nothing is read.
  const isOther = message.all(1 << 3 | VARINT, 2 << 3 | BYTES).length > 0;
  return handshake.build(isOther ? new Message() : message);
}

function checkId(id: number, code: ProtocolError["code"] = "MALFORMED"): number {
  if (isId(id)) return id;
  throw new ProtocolError(code, "Cannot read a first frame: an id expected, 0 came");
}
