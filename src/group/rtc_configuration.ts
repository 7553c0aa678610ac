// How a program has data channels made, in the words of WebRTC.

import { checkIceServers, type IceSource } from "../ice/ice_source.ts";

/**
 * How data channels are made: ICE servers and policy (W3C WebRTC section 4.2, `RTCConfiguration`).
 * The DOM's `RTCConfiguration` is one, too. Fields that are left out have the
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
   * The STUN and TURN servers by which ways to other peers are found; none when it is empty. Or a
   * function that gives them, as where credentials expire: it is called before a data channel is
   * made, again when what it gave is 5 minutes old, and has 3 s. When it fails there is an `error`
   * event, and what it gave before is used, or the default.
   */
  readonly iceServers?: readonly RtcIceServer[] | RtcIceServerSource | undefined;
  /**
   * Which ways may be used: `"all"` of them, the default, or only those through a TURN server,
   * `"relay"`, which keeps one's IP addresses from the other members. In Deno and Node that is only
   * half so: node-datachannel names no other address, but uses a direct way where it finds one; and
   * two such peers may hang in a handshake between their relays (docs/NAT.md).
   */
  readonly iceTransportPolicy?: "all" | "relay" | undefined;
  /**
   * How many transports are tried with a peer that does not bundle (RFC 8843);
   * `"balanced"` by default. With a single data channel it makes no difference.
   */
  readonly bundlePolicy?: "balanced" | "max-bundle" | "max-compat" | undefined;
  /** `"require"` is all that the standard has left of it, and concerns media only. */
  readonly rtcpMuxPolicy?: "require" | undefined;
  /**
   * The certificates of this peer for DTLS, by `RTCPeerConnection.generateCertificate()`, and not
   * expired. By default each connection has a new one.
   */
  readonly certificates?: readonly RtcCertificate[] | undefined;
  /** How many ICE components are gathered in advance: 0, the default, to 255. */
  readonly iceCandidatePoolSize?: number | undefined;
}

/**
 * Gives the STUN and TURN servers, as {@linkcode RtcConfiguration} takes it for `iceServers`.
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
  /** The name for a TURN server; needed with `turn:` and `turns:` URLs. */
  readonly username?: string | undefined;
  /** The password for a TURN server; needed with `turn:` and `turns:` URLs. */
  readonly credential?: string | undefined;
}

/**
 * A certificate of a peer (W3C WebRTC section 4.9, `RTCCertificate`): made by
 * `RTCPeerConnection.generateCertificate()`, and passed on as it is.
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
 * @throws {TypeError} It is no list of servers.
 */
export function sourceOf(given: RtcConfiguration["iceServers"], isDefault: boolean): IceSource {
  if (typeof given === "function") return { from: given, servers: DEFAULT_ICE_SERVERS };
  if (given !== undefined) return { from: "program", servers: checkIceServers(given) };
  return { from: "signaling", servers: isDefault ? DEFAULT_ICE_SERVERS : [] };
}

const DEFAULT_ICE_SERVERS = [{ urls: "stun:stun3.l.google.com:19302" }] as const;
