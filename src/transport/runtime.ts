// WebSocket and WebRTC outside browsers, which `runtime.*.ts` provide.

export interface Runtime {
  readonly WebSocket: typeof WebSocket;
  readonly webrtc: Webrtc | (() => Webrtc);
}

export type Webrtc = { readonly PeerConnection: typeof RTCPeerConnection } | MissingWebrtc;

export interface MissingWebrtc {
  readonly missing: string;
}

/** Casts, since the types of node-datachannel repeat those of the standard incompletely. */
export function loaded(module: { readonly RTCPeerConnection: unknown }): Webrtc {
  return { PeerConnection: module.RTCPeerConnection as typeof RTCPeerConnection };
}

export function missing(error: unknown): MissingWebrtc {
  return { missing: `Cannot load node-datachannel: ${error}` };
}
