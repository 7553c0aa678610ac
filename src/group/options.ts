/**
 * What a group can be made with, and what it does when it is not told.
 *
 * @module
 */

import { checkServer } from "./signaling_url.ts";
import { Topology } from "./state.ts";

/** Options of a {@linkcode WebGroup}; all may be left out. */
export interface WebGroupOptions {
  /** How members are connected. {@linkcode Topology}`.FULL_MESH` unless told. */
  topology?: Topology;
  /**
   * The URL of the signaling server (Sigver): `ws://` or `wss://`.
   * `wss://signaling.netflux.coedit.re` unless told; run your own in production.
   */
  signalingServer?: string;
  /**
   * ICE servers and policy for data channels (`RTCPeerConnection`'s configuration). It replaces the
   * default, one public STUN server, as a whole.
   */
  rtcConfiguration?: RTCConfiguration;
  /** Whether a group that was lost (not left) is joined again by itself; true unless told. */
  autoRejoin?: boolean;
}

/** Options, complete and checked. */
export interface Settings {
  readonly topology: Topology;
  readonly signalingServer: string;
  readonly rtcConfiguration: RTCConfiguration;
  readonly autoRejoin: boolean;
}

const DEFAULTS: Settings = {
  topology: Topology.FULL_MESH,
  signalingServer: "wss://signaling.netflux.coedit.re",
  rtcConfiguration: { iceServers: [{ urls: "stun:stun3.l.google.com:19302" }] },
  autoRejoin: true,
};

/**
 * Options with defaults where nothing was told.
 *
 * @throws {TypeError} An option is of another type than expected.
 * @throws {RangeError} The topology is none that there is.
 */
export function settingsOf(options: WebGroupOptions): Settings {
  const told = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: Settings = { ...DEFAULTS, ...Object.fromEntries(told) };
  checkServer(settings.signalingServer);
  if (settings.topology !== Topology.FULL_MESH) {
    throw new RangeError(`Cannot use topology ${settings.topology}: FULL_MESH (0) expected`);
  }
  if (typeof settings.rtcConfiguration !== "object" || settings.rtcConfiguration === null) {
    throw new TypeError(
      `Cannot use ${settings.rtcConfiguration} as rtcConfiguration: an object expected`,
    );
  }
  if (typeof settings.autoRejoin !== "boolean") {
    throw new TypeError(`Cannot use ${settings.autoRejoin} as autoRejoin: true or false expected`);
  }
  return settings;
}
