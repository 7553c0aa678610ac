/**
 * What channels are made of outside browsers, as the `runtime.*.ts` beside this file find it.
 *
 * @module
 */

/** What a runtime has. */
export interface Runtime {
  readonly WebSocket: typeof WebSocket;
  /** What was loaded with the program, or what loads it. */
  readonly webrtc: Webrtc | (() => Webrtc);
}

/** WebRTC by node-datachannel. */
export type Webrtc = { readonly PeerConnection: typeof RTCPeerConnection } | MissingWebrtc;

/** Why there is none: node-datachannel may be absent, or not for this machine. */
export interface MissingWebrtc {
  readonly missing: string;
}

/** WebRTC where its module loaded; its types repeat the standard's by hand and miss some. */
export function loaded(module: { readonly RTCPeerConnection: unknown }): Webrtc {
  return { PeerConnection: module.RTCPeerConnection as typeof RTCPeerConnection };
}

/** No WebRTC, and why. */
export function missing(error: unknown): MissingWebrtc {
  return { missing: `Cannot load node-datachannel: ${error}` };
}
