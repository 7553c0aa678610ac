/**
 * Service 74: asking for a channel, and agreeing on how to make it.
 *
 * @sansio
 * @module
 */

import { asGroupId, asMemberId, type GroupId, type MemberId } from "../base/ids.ts";
import {
  bool,
  both,
  convert,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  memberIds,
  message,
  omissible,
  oneof,
  optional,
  record,
  string,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";

const info = record({
  /** The peer, as the other one calls it: a member, a pairing, or nobody (0). */
  id: uint32(1),
  /** The URL on which it takes WebSockets; `undefined`: it does not. */
  listens: convert(string(2), (url) => url || undefined, (url) => url ?? ""),
  /** The group as this peer knows it. */
  group: convert(
    uint32(3),
    (id): GroupId | undefined => id ? asGroupId(id) : undefined,
    (id) => id ?? 0,
  ),
  wsSupported: bool(4),
  wsTried: bool(5),
  dcSupported: bool(6),
  dcTried: bool(7),
});

/** What a peer advertises: what it can do, and has tried. */
export type PeerInfo = ValueOf<typeof info>;

/** Who asks for a channel over the group, and whom it is connected to. */
export interface ConnectionRequest {
  readonly id: MemberId;
  readonly adjacent: readonly MemberId[];
}

/** Empty over signaling. */
const request = convert(
  message(2, record({ id: optional(uint32(1)), adjacent: memberIds(2) })),
  ({ id, adjacent }): ConnectionRequest | undefined =>
    id ? { id: asMemberId(id), adjacent } : undefined,
  (request) => request ?? { id: undefined, adjacent: [] },
);

/** `undefined` for a deployed peer. */
const version = optional(uint32(15));

/** The schema of {@linkcode ChannelBuilderMessage}. */
export const channelBuilder = oneof("a channel builder message", {
  negotiation: both(
    message(
      1,
      record({
        initiator: message(1, info),
        /** Not filled in yet in the first one. */
        passive: optional(message(2, info)),
      }),
    ),
    record({ version }),
  ),
  request: record({
    /** `undefined` over signaling. */
    request,
    version,
    /** What a first negotiation would say; a deployed peer tells it later. */
    initiator: omissible(message(16, info)),
  }),
  response: record({
    accepted: bool(3),
    version,
    /** The member that answers a newcomer; `undefined` for a deployed peer, and in the group. */
    member: omissible(
      convert(
        uint32(17),
        (id): MemberId | undefined => id ? asMemberId(id) : undefined,
        (id) => id ?? 0,
      ),
    ),
  }),
});

/** What two peers say to each other to get a channel. */
export type ChannelBuilderMessage = ValueOf<typeof channelBuilder>;

/** The bytes of a channel builder message. */
export const encodeChannelBuilder: Encoder<ChannelBuilderMessage> = encoder(channelBuilder);

/** Reads a channel builder message, or throws a {@linkcode ProtocolError}. */
export const decodeChannelBuilder: Decoder<ChannelBuilderMessage> = decoder(channelBuilder);
