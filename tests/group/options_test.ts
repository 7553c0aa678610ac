import { expect } from "expect";
import type { WebGroupOptions } from "../../src/group/options.ts";
import type { RtcCertificate, RtcConfiguration, RtcIceServer } from "../../mod.ts";
import { Bot } from "../../src/bot/bot.ts";
import { botSettingsOf } from "../../src/bot/options.ts";
import { groupSettingsOf } from "../../src/group/options.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { consoleLog } from "../../src/platform/log.ts";
import { webPlatform } from "../../src/platform/web.ts";
import { webTransport } from "../../src/transport/web.ts";

/** Without `undefined`, which counts as absent, unlike in the DOM types. */
type Told<Options> = { [Option in keyof Options]: Exclude<Options[Option], undefined> };
/** A value of this type must be `true`, so the file compiles only if the types fit. */
type Assignable<From, To> = From extends To ? true : false;
type SameKeys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;

/** Values with types of the DOM library are accepted. */
const TAKEN: readonly true[] = [
  true satisfies Assignable<RTCConfiguration, RtcConfiguration>,
  true satisfies Assignable<RTCIceServer, RtcIceServer>,
  true satisfies Assignable<RTCCertificate, RtcCertificate>,
];

/** RTCPeerConnection accepts the option types; it copies lists, as this library may. */
const PASSED_ON: readonly true[] = [
  true satisfies SameKeys<RTCConfiguration, RtcConfiguration>,
  true satisfies SameKeys<RTCIceServer, RtcIceServer>,
  true satisfies Assignable<
    Told<Pick<RtcConfiguration, "iceTransportPolicy" | "bundlePolicy" | "rtcpMuxPolicy">>,
    RTCConfiguration
  >,
  true satisfies Assignable<Told<Pick<RtcConfiguration, "iceCandidatePoolSize">>, RTCConfiguration>,
  true satisfies Assignable<Told<Omit<RtcIceServer, "urls">> & { urls: string }, RTCIceServer>,
];

Deno.test("RtcConfiguration is the same type as RTCConfiguration", () => {
  expect([...TAKEN, ...PASSED_ON]).not.toContain(false);
});

Deno.test("settingsOf() replaces the default rtcConfiguration as a whole", () => {
  const rtcConfiguration: RTCConfiguration = { iceTransportPolicy: "relay" };
  const { ice, rtcConfiguration: configuration } = groupSettingsOf({ rtcConfiguration });
  expect(configuration).toEqual(rtcConfiguration);
  expect(ice).toEqual({ from: "signaling", servers: [] });
});

Deno.test("settingsOf() determines the source of ICE servers", () => {
  const DEFAULT = [{ urls: "stun:stun3.l.google.com:19302" }];
  expect(groupSettingsOf({}).ice).toEqual({ from: "signaling", servers: DEFAULT });
  const iceServers = [{ urls: ["turn:a", "turns:a"], username: "u", credential: "c" }];
  const told = groupSettingsOf({ rtcConfiguration: { iceServers, iceTransportPolicy: "all" } });
  expect(told.ice).toEqual({ from: "program", servers: iceServers });
  expect(told.rtcConfiguration).toEqual({ iceTransportPolicy: "all" });
  expect(groupSettingsOf({ rtcConfiguration: { iceServers: [] } }).ice.servers).toEqual([]);
  const ask = () => Promise.resolve([]);
  expect(groupSettingsOf({ rtcConfiguration: { iceServers: ask } }).ice).toEqual({
    from: ask,
    servers: DEFAULT,
  });
});

const WORLD = { platform: webPlatform(consoleLog), transport: webTransport() };

const PAGE = "https://app.example/doc/7?tab=1#top";

const ADDRESSES: readonly (readonly [given: string, page: string | undefined, used: string])[] = [
  ["wss://host/a?token=1", PAGE, "wss://host/a?token=1"],
  ["wss://host", undefined, "wss://host"],
  [" wss://host ", undefined, "wss://host"],
  ["https://host/a", undefined, "wss://host/a"],
  ["http://localhost:8000", PAGE, "ws://localhost:8000/"],
  ["/signaling/", PAGE, "wss://app.example/signaling/"],
  ["/signaling/", "http://localhost:3000/", "ws://localhost:3000/signaling/"],
  ["signaling?token=1", PAGE, "wss://app.example/doc/signaling?token=1"],
  ["../signaling", PAGE, "wss://app.example/signaling"],
  ["//other.example/s", PAGE, "wss://other.example/s"],
  ["/signaling/", undefined, "/signaling/"],
];

for (const [given, page, used] of ADDRESSES) {
  Deno.test(`settingsOf() resolves ${given} like a WebSocket in the page ${page}`, () => {
    expect(groupSettingsOf({ signalingServer: [given] }, page).signalingServers).toEqual([used]);
  });
}

Deno.test("settingsOf() accepts URL objects", () => {
  const signalingServer = [new URL("https://signaling.example/"), "ws://host"];
  expect(groupSettingsOf({ signalingServer }).signalingServers)
    .toEqual(["wss://signaling.example/", "ws://host"]);
  const [url] = signalingServer;
  expect(groupSettingsOf({ signalingServer: url }).signalingServers)
    .toEqual(["wss://signaling.example/"]);
});

Deno.test("settingsOf() rejects the same URLs as WebSocket", () => {
  const cases = [["signaling", undefined], ["/s", "about:blank"], ["/s", "file:///page.html"]];
  for (const [signalingServer, page] of cases) {
    expect(() => groupSettingsOf({ signalingServer }, page)).toThrow(TypeError);
  }
});

Deno.test("WebGroup.join() and Bot() explain that a relative URL needs a page", () => {
  const options = { signalingServer: "/signaling/" };
  const expected = "outside of pages, an absolute ws:// or wss:// URL expected";
  const text = `Cannot use "/signaling/" as signalingServer: ${expected}`;
  // A page may be rendered on a server, where nothing joins.
  const group = new WebGroup(options);
  expect(() => group.join("key")).toThrow(text);
  expect(() => new Bot(options, WORLD)).toThrow(text);
});

Deno.test("settingsOf() treats undefined as absent in all options", () => {
  const rtcConfiguration = { iceServers: undefined, iceTransportPolicy: undefined };
  const told = groupSettingsOf({
    signalingServer: undefined,
    topology: undefined,
    rtcConfiguration,
  });
  expect(told).toEqual({ ...groupSettingsOf({}), ice: { from: "signaling", servers: [] } });
  expect(told.rtcConfiguration).toEqual({});
  const bot = { signalingServer: "ws://host", webGroupOptions: { signalingServer: undefined } };
  expect(new Bot({ ...bot, url: undefined, server: undefined }, WORLD).url).toBe("");
  expect(botSettingsOf(bot).webGroupOptions.signalingServer).toBe("ws://host");
});

Deno.test("groupSettingsOf() names an unknown option, and lists the known ones", () => {
  const misspelt = { signallingServer: "ws://host" };
  expect(() => groupSettingsOf(misspelt as WebGroupOptions)).toThrow(
    "Cannot use option signallingServer: one of topology, signalingServer, token, " +
      "rtcConfiguration, autoRejoin, graceTime, maxMessageSize expected",
  );
});
