// Service 74: the request for a channel, its response, and the negotiation of the transport.
// @sansio

import type { GroupId, MemberId } from "../base/ids.ts";
import {
  bool,
  both,
  convert,
  decoder,
  encoder,
  memberIds,
  message,
  oneof,
  optional,
  optionalId,
  record,
  string,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";

const info = record({
  /** The id of this peer for the other one: a member id, a pairing id, or 0. */
  id: uint32(1),
  /** The URL on which it accepts WebSockets; `undefined` if it does not. */
  listens: convert(string(2), (url) => url || undefined, (url) => url ?? ""),
  group: optionalId<GroupId>(3),
  wsSupported: bool(4),
  wsTried: bool(5),
  dcSupported: bool(6),
  dcTried: bool(7),
  /** Whether it also accepts WebSockets at the URL of the group at the signaling server. */
  atSignaling: optional(bool(8)),
});

export type PeerInfo = ValueOf<typeof info>;

/** The protocol version, `undefined` for a Netflux 4 peer. */
const version = optional(uint32(15));

export const connectMessage = oneof("a channel builder message", {
  negotiation: both(
    message(
      1,
      record({
        initiator: message(1, info),
        /** Absent in the first negotiation. */
        passive: optional(message(2, info)),
      }),
    ),
    record({ version }),
  ),
  request: record({
    /** The sender, which the envelope names, too, and its neighbors; empty over signaling. */
    request: message(2, record({ id: optional(uint32(1)), adjacent: memberIds(2) })),
    version,
    /** The peer info of the first negotiation, sent early. Netflux 4 peers send it later. */
    initiator: optional(message(16, info)),
  }),
  response: record({
    accepted: bool(3),
    version,
    /** The member that responds to a newcomer; `undefined` for a Netflux 4 peer or a member. */
    member: optional(optionalId<MemberId>(17)),
  }),
});

export type ConnectMessage = ValueOf<typeof connectMessage>;

export const encodeConnect = encoder(connectMessage);

/** @throws {ProtocolError} */
export const decodeConnect = decoder(connectMessage);
