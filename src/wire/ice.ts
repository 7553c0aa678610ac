// The STUN and TURN servers that the signaling server provides.
// @sansio

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

/** A STUN or TURN server (W3C WebRTC, section 4.2, `RTCIceServer`). */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface IceServerConfig {
  readonly servers: readonly IceServer[];
  /** The credentials expire after this time. The server sends new ones before. */
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
  // Records omit absent keys, which the type of `record` cannot express for this interface.
}) as Part<IceServer>;

export const iceServerConfig: Part<IceServerConfig> = record({
  servers: repeated(message(1, iceServer), ICE_SERVERS_MAX),
  lifetimeS: uint32(2),
});

export const encodeIce: Encoder<IceServerConfig> = encoder(iceServerConfig);

/**
 * Decodes ICE servers, without those beyond the limits.
 *
 * @throws {ProtocolError}
 */
export const decodeIce: Decoder<IceServerConfig> = decoder(iceServerConfig);
