// Messages between a peer and the signaling server.
// @sansio

import type { PairingId } from "../base/ids.ts";
import * as pb from "./protobuf_schema.ts";

export const signaling = pb.oneof("a signaling message", {
  heartbeat: pb.both(
    pb.flag(1),
    pb.record({
      /** Encoded ICE servers, for clients that send a version. Others treat it as a heartbeat. */
      ice: pb.optional(pb.bytes(16)),
    }),
  ),
  content: pb.message(
    2,
    pb.record({
      /** The newcomer that sends; `undefined` from a member, and from a newcomer to the server. */
      sender: pb.optionalId<PairingId>(1),
      /** The newcomer that receives; `undefined` for the member. */
      recipient: pb.optionalId<PairingId>(2),
      /** No further signal follows in this direction. */
      last: pb.bool(3),
      /** An encoded envelope; `undefined` if the other side is gone. */
      data: pb.refine(pb.optional(pb.bytes(4)), (data) => data?.length ? data : undefined),
    }),
  ),
  /** Enters the group at the server, or checks whether the peer still belongs to it. */
  connect: pb.message(
    3,
    pb.record({
      id: pb.uint32(1),
      /** The members that the peer knows, excluding itself. */
      members: pb.uint32s(2),
      /** The protocol version, `undefined` for a Netflux 4 peer. */
      version: pb.optional(pb.uint32(15)),
      /** The keepalive interval in seconds that the peer proposes; it answers heartbeats. */
      calmS: pb.optional(pb.uint32(16)),
    }),
  ),
  connected: pb.record({
    connected: pb.bool(4),
    /** The agreed interval in seconds: the server sends heartbeats, and the peer answers. */
    calmS: pb.optional(pb.uint32(17)),
    /** Whether a later check needs a new connection, as other servers may know more members. */
    anew: pb.optional(pb.bool(18)),
  }),
});

export type SignalingMessage = pb.ValueOf<typeof signaling>;

export type SignalingContent = Extract<SignalingMessage, { readonly type: "content" }>;

export const encodeSignaling = pb.encoder(signaling);

/** @throws {ProtocolError} */
export const decodeSignaling = pb.decoder(signaling);
