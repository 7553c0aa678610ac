import { expect } from "expect";
import { hostNamesOf, withAddresses } from "../../src/transport/ice_hosts.ts";

const CONFIGURATION: RTCConfiguration = {
  iceTransportPolicy: "all",
  iceServers: [
    { urls: "stun:stun.example.org" },
    { urls: ["STUN:stun.example.org:3478", "stun:192.0.2.7:3478", "stun:[2001:db8::7]:3478"] },
    {
      urls: [
        "turn:turn.example.org:3478?transport=udp",
        "turns:turn.example.org:443?transport=tcp",
      ],
      username: "user",
      credential: "password",
    },
    { urls: ["stun:unknown.example.org"] },
  ],
};

Deno.test("hostNamesOf() returns each host of stun: and turn: URLs once, and no addresses", () => {
  expect(hostNamesOf(CONFIGURATION)).toEqual([
    "stun.example.org",
    "turn.example.org",
    "unknown.example.org",
  ]);
  expect(hostNamesOf({})).toEqual([]);
});

Deno.test("withAddresses() replaces names by addresses, except in turns: URLs, and omits unknown hosts", () => {
  const known = new Map([["stun.example.org", "192.0.2.1"], ["turn.example.org", "192.0.2.2"]]);
  expect(withAddresses(CONFIGURATION, (name) => known.get(name))).toEqual({
    iceTransportPolicy: "all",
    iceServers: [
      { urls: ["stun:192.0.2.1"] },
      { urls: ["STUN:192.0.2.1:3478", "stun:192.0.2.7:3478", "stun:[2001:db8::7]:3478"] },
      {
        urls: ["turn:192.0.2.2:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"],
        username: "user",
        credential: "password",
      },
    ],
  });
});
