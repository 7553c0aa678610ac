// The members meet at the Nostr relay of the benchmark's site.

import {
  BULK_MESSAGE_BYTES,
  type Meeting,
  type Member,
  type MemberSink,
  RTC_CONFIGURATION,
} from "./member.ts";

interface Trystero {
  joinRoom(options: object, room: string): Room;
}

interface Room {
  onPeerJoin: (peer: string) => void;
  onPeerLeave: (peer: string) => void;
  getPeers(): Readonly<Record<string, RTCPeerConnection>>;
  makeAction(name: string): Action;
}

interface Action {
  onMessage: (data: Uint8Array, from: { readonly peerId: string }) => void;
  send(data: Uint8Array, options?: { readonly target: string }): Promise<void>;
}

const SENDS_MAX = 256;

export function trystero({ site, key }: Meeting, sink: MemberSink): Promise<Member> {
  const { trystero: library } = globalThis as unknown as { readonly trystero: Trystero };
  const relayConfig = { urls: [`${site.replace("http", "ws")}/nostr`] };
  const options = { appId: "bench", relayConfig, rtcConfig: RTC_CONFIGURATION };
  const limit = library.joinRoom(options, key);
  limit.onPeerJoin = limit.onPeerLeave = () => sink.changed();
  const action = limit.makeAction("bench");
  action.onMessage = (data, { peerId }) => sink.received(peerId, data);
  const peers = () => Object.keys(limit.getPeers());
  return Promise.resolve({
    bulkBytes: BULK_MESSAGE_BYTES,
    sendsMax: SENDS_MAX,
    peers,
    direct: () => peers().length,
    send: (data, peer) => action.send(data, peer === undefined ? undefined : { target: peer }),
  });
}
