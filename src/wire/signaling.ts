/**
 * What a peer and the signaling server say to each other.
 *
 * @sansio
 * @module
 */

import { asPairingId, type PairingId } from "../base/ids.ts";
import {
  bool,
  both,
  bytes,
  convert,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  flag,
  message,
  omissible,
  oneof,
  optional,
  type Part,
  record,
  refine,
  uint32,
  uint32s,
  type ValueOf,
} from "./protobuf_schema.ts";

/** A newcomer; 0 on the wire if there is none to name. */
function pairingId(number: number): Part<PairingId | undefined> {
  return convert(
    uint32(number),
    (id) => id === 0 ? undefined : asPairingId(id),
    (id) => id ?? 0,
  );
}

/** The schema of {@linkcode SignalingMessage}. */
export const signaling = oneof("a signaling message", {
  heartbeat: both(
    flag(1),
    record({
      /** An encoded offer of the server, to who said a version; for others it is a heartbeat. */
      ice: omissible(bytes(16)),
    }),
  ),
  /** A letter between the two sides of a pairing, forwarded by the server. */
  content: message(
    2,
    record({
      /** The newcomer that sends; `undefined` when a member does, or a newcomer to the server. */
      sender: pairingId(1),
      /** The newcomer that it is for; `undefined` when it is for the member. */
      recipient: pairingId(2),
      /** Nothing more follows in this direction. */
      last: bool(3),
      /** An encoded envelope; `undefined` when the other side went away. */
      data: refine(optional(bytes(4)), (data) => data?.length ? data : undefined),
    }),
  ),
  /** Am I still in the group? */
  connect: message(
    3,
    record({
      id: uint32(1),
      /** The members that the peer sees, itself left out. */
      members: uint32s(2),
      /** The protocol of this library that the peer speaks; `undefined` for a deployed peer. */
      version: optional(uint32(15)),
      /** The peer answers heartbeats, and needs one only each `calmS` seconds. */
      calmS: omissible(uint32(16)),
    }),
  ),
  connected: record({
    connected: bool(4),
    /** So it will be: from now on the server asks, as seldom as that, and the peer answers. */
    calmS: omissible(uint32(17)),
    /** Others may know more of the group: whoever asks later does so over a new connection. */
    anew: omissible(bool(18)),
  }),
});

/** Any message of a signaling connection. */
export type SignalingMessage = ValueOf<typeof signaling>;

/** A letter between the two sides of a pairing, forwarded by the server. */
export type SignalingContent = Extract<SignalingMessage, { readonly type: "content" }>;

/** The bytes of a signaling message. */
export const encodeSignaling: Encoder<SignalingMessage> = encoder(signaling);

/** Reads a signaling message, or throws a {@linkcode ProtocolError}. */
export const decodeSignaling: Decoder<SignalingMessage> = decoder(signaling);
