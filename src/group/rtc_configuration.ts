// The WebRTC configuration that a program can set.

import { checkIceServers, type IceSource } from "../ice/ice_source.ts";

/**
 * The configuration of data channels: ICE servers and policies (W3C WebRTC section 4.2,
 * `RTCConfiguration`). You can also pass the DOM's `RTCConfiguration`. Missing fields have the
 * defaults of the standard.
 *
 * @example
 * ```ts
 * import { type RtcConfiguration, WebGroup } from "@netflux/netflux";
 *
 * const rtcConfiguration: RtcConfiguration = {
 *   iceServers: [
 *     { urls: "stun:stun.example.org" },
 *     { urls: "turn:turn.example.org?transport=udp", username: "user", credential: "password" },
 *   ],
 *   iceTransportPolicy: "all",
 * };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", rtcConfiguration });
 * ```
 */
export interface RtcConfiguration {
  /**
   * The STUN and TURN servers, or a function that returns them, for credentials that expire. An
   * empty list means none. The function is called before a data channel is opened, and again when
   * its last result is 5 minutes old. It has 3 s to answer. If it fails, an `error` event is
   * dispatched, and the last result or the default is used.
   */
  readonly iceServers?: readonly RtcIceServer[] | RtcIceServerSource | undefined;
  /**
   * The kinds of ICE candidates to use: `"all"`, the default, or `"relay"`, which uses TURN servers
   * only and so hides the IP addresses of this peer from other members. In Deno and Node, `"relay"`
   * is weaker: node-datachannel advertises no other address, but uses a direct path if it finds
   * one, and the handshake of two such peers can hang (docs/NAT.md).
   */
  readonly iceTransportPolicy?: "all" | "relay" | undefined;
  /**
   * The number of transports for a peer that does not bundle (RFC 8843); `"balanced"` by default.
   * With a single data channel it makes no difference.
   */
  readonly bundlePolicy?: "balanced" | "max-bundle" | "max-compat" | undefined;
  /** Always `"require"`, the only value that the standard still has. It concerns media only. */
  readonly rtcpMuxPolicy?: "require" | undefined;
  /**
   * The DTLS certificates of this peer, made by `RTCPeerConnection.generateCertificate()` and not
   * expired. By default each connection generates one.
   */
  readonly certificates?: readonly RtcCertificate[] | undefined;
  /** The number of ICE components to gather in advance: 0 to 255; 0 by default. */
  readonly iceCandidatePoolSize?: number | undefined;
}

/**
 * A function that provides STUN and TURN servers, for `iceServers` of
 * {@linkcode RtcConfiguration}.
 *
 * @returns The servers, or a promise of them.
 *
 * @example
 * ```ts
 * import { type RtcIceServerSource, WebGroup } from "@netflux/netflux";
 *
 * const iceServers: RtcIceServerSource = async () => {
 *   const response = await fetch("https://example.org/turn-credentials");
 *   return await response.json();
 * };
 * const rtcConfiguration = { iceServers };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", rtcConfiguration });
 * ```
 */
export type RtcIceServerSource = () =>
  | readonly RtcIceServer[]
  | Promise<readonly RtcIceServer[]>;

/**
 * A STUN or TURN server (W3C WebRTC section 4.2, `RTCIceServer`).
 *
 * @example
 * ```ts
 * import { type RtcIceServer, WebGroup } from "@netflux/netflux";
 *
 * const turn: RtcIceServer = {
 *   urls: ["turn:turn.example.org?transport=udp", "turn:turn.example.org?transport=tcp"],
 *   username: "user",
 *   credential: "password",
 * };
 * const rtcConfiguration = { iceServers: [turn] };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000", rtcConfiguration });
 * ```
 */
export interface RtcIceServer {
  /** `stun:`, `stuns:` (RFC 7064), `turn:` or `turns:` (RFC 7065) URLs of the same server. */
  readonly urls: string | readonly string[];
  /** The user name for a TURN server; required with `turn:` and `turns:` URLs. */
  readonly username?: string | undefined;
  /** The password for a TURN server; required with `turn:` and `turns:` URLs. */
  readonly credential?: string | undefined;
}

/**
 * A certificate of a peer (W3C WebRTC section 4.9, `RTCCertificate`), made by
 * `RTCPeerConnection.generateCertificate()` and passed to the connection unchanged.
 *
 * @example
 * ```ts
 * import { type RtcCertificate, WebGroup } from "@netflux/netflux";
 *
 * function groupWith(certificate: RtcCertificate): WebGroup {
 *   if (certificate.expires < Date.now()) throw new RangeError("Cannot use it: expired");
 *   return new WebGroup({ rtcConfiguration: { certificates: [certificate] } });
 * }
 * ```
 */
export interface RtcCertificate {
  /** When it expires, in milliseconds since 1970. */
  readonly expires: number;
}

/**
 * @internal
 * @throws {TypeError} It is not a list of servers.
 */
export function sourceOf(given: RtcConfiguration["iceServers"], isDefault: boolean): IceSource {
  if (typeof given === "function") return { from: given, servers: DEFAULT_ICE_SERVERS };
  if (given !== undefined) return { from: "program", servers: checkIceServers(given) };
  return { from: "signaling", servers: isDefault ? DEFAULT_ICE_SERVERS : [] };
}

const DEFAULT_ICE_SERVERS = [{ urls: "stun:stun3.l.google.com:19302" }] as const;
