import { expect } from "expect";
import { dialNodeDatachannel } from "../../src/transport/node_datachannel_dial.ts";
import type { RtcOptions, RtcSink } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";
import { FakeHosts } from "../support/fake_hosts.ts";

const TURN = {
  urls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349"],
  username: "user@example.org",
  credential: "a/b:c",
};
const ICE_SERVERS = [{ urls: "stun:stun.example.org" }, TURN];
const ADDRESSES = { "stun.example.org": "192.0.2.1", "turn.example.org": "192.0.2.2" };
const RESOLVED = [
  { urls: ["stun:192.0.2.1"] },
  {
    urls: ["turn:192.0.2.2:3478?transport=udp", "turns:turn.example.org:5349"],
    username: "user%40example.org",
    credential: "a%2Fb%3Ac",
  },
];

/** Returns a PeerConnection whose constructor records its configuration, and throws. */
function refusing(): { PeerConnection: typeof RTCPeerConnection; made: RTCConfiguration[] } {
  const made: RTCConfiguration[] = [];
  const PeerConnection = class {
    constructor(configuration: RTCConfiguration) {
      made.push(configuration);
      throw new Error("seen");
    }
  } as unknown as typeof RTCPeerConnection;
  return { PeerConnection, made };
}

const DEAF: RtcSink = { opened() {}, failed() {}, signalGenerated() {} };

async function madeFor(
  offer: string,
  policy: RTCIceTransportPolicy = "all",
): Promise<RTCConfiguration[]> {
  const { PeerConnection, made } = refusing();
  const hosts = new FakeHosts();
  const configuration = { iceServers: ICE_SERVERS, iceTransportPolicy: policy };
  const options = { role: "answerer", label: "", configuration } as const;
  const dial = dialNodeDatachannel(PeerConnection, hosts.addresses, options, DEAF);
  for (const [name, address] of Object.entries(ADDRESSES)) await hosts.answer(name, address);
  const end: RtcSignal = { type: "end" };
  dial.receive(end);
  expect(made).toEqual([]);
  for (const sdp of [offer, "a=setup:actpass"]) dial.receive({ type: "offer", sdp });
  return made;
}

Deno.test("dialNodeDatachannel() gives an answerer relays, unless the offer makes it the DTLS server", async () => {
  const of = (sdp: string) => madeFor(`v=0\r\na=setup:${sdp}\r\na=mid:0\r\n`);
  expect(await of("actpass")).toMatchObject([{ iceServers: RESOLVED }]);
  expect(await of("active")).toMatchObject([{
    iceServers: [{ urls: "stun:192.0.2.1" }, { urls: "stun:192.0.2.2:3478" }],
  }]);
});

Deno.test("dialNodeDatachannel() keeps relays for a program that allows relays only", async () => {
  const relayed = { iceServers: RESOLVED, iceTransportPolicy: "relay" };
  expect(await madeFor("a=setup:active", "relay")).toEqual([relayed]);
});

Deno.test("dialNodeDatachannel() opens a connection when ICE servers are resolved, or without them after a second", () => {
  const { PeerConnection, made } = refusing();
  const hosts = new FakeHosts();
  const configuration = { iceServers: [...ICE_SERVERS, { urls: "stun:192.0.2.7" }] };
  const dial = (role: RtcOptions["role"]) =>
    dialNodeDatachannel(PeerConnection, hosts.addresses, { role, label: "", configuration }, DEAF);
  dial("offerer");
  dial("answerer").receive({ type: "offer", sdp: "a=setup:actpass" });
  hosts.clock.pass(999);
  expect(made).toEqual([]);
  hosts.clock.pass(1);
  const withoutNames = [
    { username: "user%40example.org", credential: "a%2Fb%3Ac", urls: [TURN.urls[1]] },
    { urls: ["stun:192.0.2.7"] },
  ];
  expect(made.map(({ iceServers }) => iceServers)).toEqual([withoutNames, withoutNames]);
  dial("offerer");
  expect(made.length).toBe(3);
});

Deno.test("dialNodeDatachannel() opens no connection for a cancelled attempt", async () => {
  const { PeerConnection, made } = refusing();
  const hosts = new FakeHosts();
  for (const role of ["offerer", "answerer"] as const) {
    const options = { role, label: "", configuration: { iceServers: ICE_SERVERS } };
    const dial = dialNodeDatachannel(PeerConnection, hosts.addresses, options, DEAF);
    dial.cancel();
    dial.receive({ type: "offer", sdp: "" });
  }
  for (const [name, address] of Object.entries(ADDRESSES)) await hosts.answer(name, address);
  hosts.clock.pass(1_000);
  expect({ made, timers: hosts.clock.timers }).toEqual({ made: [], timers: 0 });
});
