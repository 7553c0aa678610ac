// The STUN and TURN servers that the signaling server provides.
// @sansio

import { ICE_SERVERS_MAX, ICE_URLS_MAX } from "../base/limits.ts";
import * as pb from "./protobuf_schema.ts";

/** A STUN or TURN server (W3C WebRTC, section 4.2, `RTCIceServer`). */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

export interface IceServerConfig {
  readonly servers: readonly IceServer[];
  /** The credentials expire after this time. The server sends new ones before. */
  readonly lifetimeS: number;
}

const iceServer = pb.record({
  urls: pb.convert(
    pb.repeated(pb.string(1), ICE_URLS_MAX),
    (urls): IceServer["urls"] => urls,
    (urls) => [urls].flat(),
  ),
  username: pb.optional(pb.string(2)),
  credential: pb.optional(pb.string(3)),
});

export const iceServerConfig: pb.Part<IceServerConfig> = pb.record({
  servers: pb.repeated(pb.message(1, iceServer), ICE_SERVERS_MAX),
  lifetimeS: pb.uint32(2),
});

export const encodeIce: (config: IceServerConfig) => Uint8Array<ArrayBuffer> = pb.encoder(
  iceServerConfig,
);

/**
 * Decodes ICE servers, without those beyond the limits.
 *
 * @throws {ProtocolError}
 */
export const decodeIce: (bytes: Uint8Array) => IceServerConfig = pb.decoder(iceServerConfig);
