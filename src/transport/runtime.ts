// The parts that channels are made of outside browsers, found by `runtime.*.ts`.

export interface Runtime {
  readonly WebSocket: typeof WebSocket;
  readonly webrtc: Webrtc | (() => Webrtc);
}

export type Webrtc = { readonly PeerConnection: typeof RTCPeerConnection } | MissingWebrtc;

export interface MissingWebrtc {
  readonly missing: string;
}

/** The types of node-datachannel repeat those of the standard incompletely. */
export function loaded(module: { readonly RTCPeerConnection: unknown }): Webrtc {
  return { PeerConnection: module.RTCPeerConnection as typeof RTCPeerConnection };
}

export function missing(error: unknown): MissingWebrtc {
  return { missing: `Cannot load node-datachannel: ${error}` };
}
