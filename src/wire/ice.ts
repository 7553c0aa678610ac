/**
 * The STUN and TURN servers that the signaling server hands to peers.
 *
 * @sansio
 * @module
 */

import { ICE_SERVERS_MAX, ICE_URLS_MAX } from "../base/limits.ts";
import {
  convert,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  message,
  omissible,
  type Part,
  record,
  repeated,
  string,
  uint32,
} from "./protobuf_schema.ts";

/** A STUN or TURN server (W3C WebRTC section 4.2, `RTCIceServer`). */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** What the signaling server hands out. */
export interface IceOffer {
  readonly servers: readonly IceServer[];
  /** The credentials are good for so many seconds; others come in time. */
  readonly lifetimeS: number;
}

const iceServer = record({
  urls: convert(
    repeated(string(1), ICE_URLS_MAX),
    (urls): IceServer["urls"] => urls,
    (urls) => [urls].flat(),
  ),
  username: omissible(string(2)),
  credential: omissible(string(3)),
  // As the interface demands, there is no key whose value is undefined; the type does not say so.
}) as Part<IceServer>;

/** The schema of {@linkcode IceOffer}. */
export const iceOffer: Part<IceOffer> = record({
  servers: repeated(message(1, iceServer), ICE_SERVERS_MAX),
  lifetimeS: uint32(2),
});

/** The bytes of an offer. */
export const encodeIce: Encoder<IceOffer> = encoder(iceOffer);

/** Reads an offer, or throws a {@linkcode ProtocolError}; what is beyond the limits is left out. */
export const decodeIce: Decoder<IceOffer> = decoder(iceOffer);
