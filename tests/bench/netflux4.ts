import {
  BULK_MESSAGE_BYTES,
  type Meeting,
  type Member,
  type MemberSink,
  RTC_CONFIGURATION,
} from "./member.ts";

interface Netflux4 {
  readonly WebGroup: new (options: object) => Group;
}

interface Group {
  readonly myId: number;
  readonly members: readonly number[];
  readonly state: number;
  onMessage: (id: number, data: string | Uint8Array) => void;
  onMemberJoin: () => void;
  onMemberLeave: () => void;
  onStateChange: (state: number) => void;
  join(key: string): void;
  send(data: Uint8Array): void;
  sendTo(id: number, data: Uint8Array): void;
}

const JOINED = 1;

export function netflux4({ signalingServer, key }: Meeting, sink: MemberSink): Promise<Member> {
  const { netflux } = globalThis as unknown as { readonly netflux: Netflux4 };
  const group = new netflux.WebGroup({ signalingServer, rtcConfiguration: RTC_CONFIGURATION });
  group.onMessage = (id, data) => {
    if (typeof data !== "string") sink.received(String(id), data);
  };
  group.onMemberJoin = group.onMemberLeave = () => sink.changed();
  return new Promise((resolve) => {
    group.onStateChange = (state) => {
      if (state !== JOINED) return;
      const others = () => group.members.filter((id) => id !== group.myId);
      resolve({
        bulkBytes: BULK_MESSAGE_BYTES,
        sendsMax: Infinity,
        peers: () => others().map(String),
        // All members have direct channels.
        direct: () => others().length,
        send: (data, peer) => peer === undefined ? group.send(data) : group.sendTo(+peer, data),
      });
    };
    group.join(key);
  });
}
