/**
 * The names of the DOM library's types and of ours go together.
 *
 * @module
 */

import { expect } from "expect";
import type { RtcCertificate, RtcConfiguration, RtcIceServer } from "../../mod.ts";
import { settingsOf } from "../../src/group/options.ts";

/** Only `true` fits where a type has to be assignable to another. */
type Assignable<From, To> = From extends To ? true : false;
/** The same members, none less and none more. */
type SameKeys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;

/** What a program with the DOM library has is taken as it is. */
const TAKEN: readonly true[] = [
  true satisfies Assignable<RTCConfiguration, RtcConfiguration>,
  true satisfies Assignable<RTCIceServer, RtcIceServer>,
  true satisfies Assignable<RTCCertificate, RtcCertificate>,
];

/** What programs can say is what an RTCPeerConnection knows; it copies lists, and so may we. */
const PASSED_ON: readonly true[] = [
  true satisfies SameKeys<RTCConfiguration, RtcConfiguration>,
  true satisfies SameKeys<RTCIceServer, RtcIceServer>,
  true satisfies Assignable<
    Pick<RtcConfiguration, "iceTransportPolicy" | "bundlePolicy" | "rtcpMuxPolicy">,
    RTCConfiguration
  >,
  true satisfies Assignable<Pick<RtcConfiguration, "iceCandidatePoolSize">, RTCConfiguration>,
  true satisfies Assignable<Omit<RtcIceServer, "urls"> & { urls: string }, RTCIceServer>,
];

Deno.test("RtcConfiguration is RTCConfiguration by another name", () => {
  expect([...TAKEN, ...PASSED_ON]).not.toContain(false);
});

Deno.test("settingsOf() replaces the default rtcConfiguration as a whole", () => {
  const rtcConfiguration: RTCConfiguration = { iceTransportPolicy: "relay" };
  const { ice, rtcConfiguration: configuration } = settingsOf({ rtcConfiguration });
  expect(configuration).toEqual(rtcConfiguration);
  expect(ice).toEqual({ from: "signaling", servers: [] });
});

Deno.test("settingsOf() knows where ICE servers come from", () => {
  const DEFAULT = [{ urls: "stun:stun3.l.google.com:19302" }];
  expect(settingsOf({}).ice).toEqual({ from: "signaling", servers: DEFAULT });
  const iceServers = [{ urls: ["turn:a", "turns:a"], username: "u", credential: "c" }];
  const told = settingsOf({ rtcConfiguration: { iceServers, iceTransportPolicy: "all" } });
  expect(told.ice).toEqual({ from: "program", servers: iceServers });
  expect(told.rtcConfiguration).toEqual({ iceTransportPolicy: "all" });
  expect(settingsOf({ rtcConfiguration: { iceServers: [] } }).ice.servers).toEqual([]);
  const ask = () => Promise.resolve([]);
  expect(settingsOf({ rtcConfiguration: { iceServers: ask } }).ice).toEqual({
    from: ask,
    servers: DEFAULT,
  });
});
