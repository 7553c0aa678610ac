// Service 74: the request for a channel, its response, and the negotiation of the transport.
// @sansio

import type { GroupId, MemberId } from "../base/ids.ts";
import * as pb from "./protobuf_schema.ts";

const info = pb.record({
  /** The id of this peer for the other one: a member id, a pairing id, or 0. */
  id: pb.uint32(1),
  /** The URL on which it accepts WebSockets; `undefined` if it does not. */
  listens: pb.convert(pb.string(2), (url) => url || undefined, (url) => url ?? ""),
  group: pb.optionalId<GroupId>(3),
  wsSupported: pb.bool(4),
  wsTried: pb.bool(5),
  dcSupported: pb.bool(6),
  dcTried: pb.bool(7),
  /** Whether it also accepts WebSockets at the URL of the group at the signaling server. */
  atSignaling: pb.optional(pb.bool(8)),
});

export type PeerInfo = pb.ValueOf<typeof info>;

/** The protocol version, `undefined` for a Netflux 4 peer. */
const version = pb.optional(pb.uint32(15));

export const connectMessage = pb.oneof("a channel builder message", {
  negotiation: pb.both(
    pb.message(
      1,
      pb.record({
        initiator: pb.message(1, info),
        /** Absent in the first negotiation. */
        passive: pb.optional(pb.message(2, info)),
      }),
    ),
    pb.record({ version }),
  ),
  request: pb.record({
    /** The sender, which the envelope names, too, and its neighbors; empty over signaling. */
    request: pb.message(2, pb.record({ id: pb.optional(pb.uint32(1)), adjacent: pb.memberIds(2) })),
    version,
    /** The peer info of the first negotiation, sent early. Netflux 4 peers send it later. */
    initiator: pb.optional(pb.message(16, info)),
  }),
  response: pb.record({
    accepted: pb.bool(3),
    version,
    /** The member that responds to a newcomer; `undefined` for a Netflux 4 peer or a member. */
    member: pb.optional(pb.optionalId<MemberId>(17)),
  }),
});

export type ConnectMessage = pb.ValueOf<typeof connectMessage>;

export const encodeConnect = pb.encoder(connectMessage);

/** @throws {ProtocolError} */
export const decodeConnect = pb.decoder(connectMessage);
