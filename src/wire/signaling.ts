// Messages between a peer and the signaling server.
// @sansio

import type { PairingId } from "../base/ids.ts";
import {
  bool,
  both,
  bytes,
  decoder,
  encoder,
  flag,
  message,
  oneof,
  optional,
  optionalId,
  record,
  refine,
  uint32,
  uint32s,
  type ValueOf,
} from "./protobuf_schema.ts";

export const signaling = oneof("a signaling message", {
  heartbeat: both(
    flag(1),
    record({
      /** Encoded ICE servers, for clients that send a version. Others treat it as a heartbeat. */
      ice: optional(bytes(16)),
    }),
  ),
  content: message(
    2,
    record({
      /** The newcomer that sends; `undefined` from a member, and from a newcomer to the server. */
      sender: optionalId<PairingId>(1),
      /** The newcomer that receives; `undefined` for the member. */
      recipient: optionalId<PairingId>(2),
      /** No further signal follows in this direction. */
      last: bool(3),
      /** An encoded envelope; `undefined` if the other side is gone. */
      data: refine(optional(bytes(4)), (data) => data?.length ? data : undefined),
    }),
  ),
  /** Enters the group at the server, or checks whether the peer still belongs to it. */
  connect: message(
    3,
    record({
      id: uint32(1),
      /** The members that the peer knows, excluding itself. */
      members: uint32s(2),
      /** The protocol version, `undefined` for a Netflux 4 peer. */
      version: optional(uint32(15)),
      /** The keepalive interval in seconds that the peer proposes; it answers heartbeats. */
      calmS: optional(uint32(16)),
    }),
  ),
  connected: record({
    connected: bool(4),
    /** The agreed interval in seconds: the server sends heartbeats, and the peer answers. */
    calmS: optional(uint32(17)),
    /** Whether a later check needs a new connection, as other servers may know more members. */
    anew: optional(bool(18)),
  }),
});

export type SignalingMessage = ValueOf<typeof signaling>;

export type SignalingContent = Extract<SignalingMessage, { readonly type: "content" }>;

export const encodeSignaling = encoder(signaling);

/** @throws {ProtocolError} */
export const decodeSignaling = decoder(signaling);
