/**
 * Who is the client of DTLS with node-datachannel, and who has relays.
 *
 * @module
 */

import { expect } from "expect";
import { dialNative } from "../../src/transport/native_dial.ts";
import type { RtcSignal } from "../../src/wire/data_channel_builder.ts";

const TURN = {
  urls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349"],
  username: "user@example.org",
  credential: "a/b:c",
};
const ICE_SERVERS = [{ urls: "stun:stun.example.org" }, TURN];
const ESCAPED = [
  { urls: "stun:stun.example.org" },
  { ...TURN, username: "user%40example.org", credential: "a%2Fb%3Ac" },
];

/** What connections are made with where an offer says this. */
function madeFor(offer: string, policy: RTCIceTransportPolicy = "all"): RTCConfiguration[] {
  const made: RTCConfiguration[] = [];
  const PeerConnection = class {
    constructor(configuration: RTCConfiguration) {
      made.push(configuration);
      throw new Error("seen");
    }
  } as unknown as typeof RTCPeerConnection;
  const configuration = { iceServers: ICE_SERVERS, iceTransportPolicy: policy };
  const options = { role: "answerer", label: "", configuration } as const;
  const dial = dialNative(PeerConnection, options, { opened() {}, failed() {}, signal() {} });
  const end: RtcSignal = { type: "end" };
  dial.receive(end);
  expect(made).toEqual([]);
  for (const sdp of [offer, "a=setup:actpass"]) dial.receive({ type: "offer", sdp });
  return made;
}

Deno.test("dialNative(): who answers has relays, but where an offer makes it the server", () => {
  const of = (sdp: string) => madeFor(`v=0\r\na=setup:${sdp}\r\na=mid:0\r\n`);
  expect(of("actpass")).toMatchObject([{ iceServers: ESCAPED }]);
  expect(of("active")).toMatchObject([{
    iceServers: [{ urls: "stun:stun.example.org" }, { urls: "stun:turn.example.org:3478" }],
  }]);
});

Deno.test("dialNative(): who says no address of its own has relays in any case", () => {
  const relayed = { iceServers: ESCAPED, iceTransportPolicy: "relay" };
  expect(madeFor("a=setup:active", "relay")).toEqual([relayed]);
});

Deno.test("dialNative(): an answer that was given up makes no connection", () => {
  const PeerConnection = class {
    constructor() {
      throw new Error("made");
    }
  } as unknown as typeof RTCPeerConnection;
  const failed: string[] = [];
  const options = { role: "answerer", label: "", configuration: {} } as const;
  const sink = { opened() {}, signal() {}, failed: (reason: string) => void failed.push(reason) };
  const dial = dialNative(PeerConnection, options, sink);
  dial.abort();
  dial.receive({ type: "offer", sdp: "" });
  expect(failed).toEqual([]);
});
