/**
 * What channels are made of outside browsers, as the `runtime.*.ts` beside this file find it.
 *
 * @module
 */

/** What a runtime has. */
export interface Runtime {
  readonly WebSocket: typeof WebSocket;
  /** By node-datachannel, or why there is none: it may be absent, or not for this machine. */
  readonly webrtc: { readonly PeerConnection: typeof RTCPeerConnection } | {
    readonly missing: string;
  };
}

/** WebRTC where its module loaded; its types repeat the standard's by hand and miss some. */
export function loaded(module: { readonly RTCPeerConnection: unknown }): Runtime["webrtc"] {
  return { PeerConnection: module.RTCPeerConnection as typeof RTCPeerConnection };
}

/** No WebRTC, and why. */
export function missing(error: unknown): Runtime["webrtc"] {
  return { missing: `Cannot load node-datachannel: ${error}` };
}
