import { expect } from "expect";
import { TURN_TTL_S, TURN_TTL_S_MAX, TURN_TTL_S_MIN } from "../../src/base/sigver_limits.ts";
import { iceSettingsOf, type SigverIce, turnCredentials } from "../../src/sigver/ice.ts";
import { decodeIce, type IceServerConfig } from "../../src/wire/ice.ts";
import type { SignalingMessage } from "../../src/wire/signaling.ts";
import type { FakeClient } from "./support/fakes.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";

const TURN = "turn:turn.example.org";
const ICE: SigverIce = {
  turnUrls: [TURN, "turns:turn.example.org?transport=tcp"],
  turnSecret: "north",
};

Deno.test("turnCredentials() equals the result of OpenSSL", () => {
  // printf 1735689600:7 | openssl dgst -sha1 -hmac north -binary | base64
  expect(turnCredentials("north", 1_735_689_600, "7")).toEqual({
    username: "1735689600:7",
    credential: "azjQqGzP9N20poTzr6ySKxCcK1I=",
  });
});

const BAD: readonly (readonly [name: string, options: unknown, message: RegExp])[] = [
  ["a secret without URLs", { turnSecret: "s" }, /turnSecret: given without turnUrls/],
  ["URLs without a secret", { turnUrls: [TURN] }, /turnUrls: given without turnSecret/],
  [
    "a URL of another kind",
    { stunUrls: [TURN] },
    /"turn:.*" as one of stunUrls: a stun: or stuns: URL/,
  ],
  ["a URL of no host", { turnUrls: ["turn:"], turnSecret: "s" }, /"turn:" as one of turnUrls/],
  ["a URL that is none", { stunUrls: [7] }, /7 as one of stunUrls/],
  ["a URL in place of a list", { stunUrls: "stun:a" }, /"stun:a" as stunUrls: an array expected/],
  ["a secret that is no text", { ...ICE, turnSecret: 7 }, /turnSecret: a text expected/],
  ["a short life", { ...ICE, turnTtl: TURN_TTL_S_MIN - 1 }, /59 s as turnTtl: 60 to 2592000/],
  ["a long life", { ...ICE, turnTtl: TURN_TTL_S_MAX + 1 }, /2592001 s as turnTtl/],
  ["half a second", { ...ICE, turnTtl: 60.5 }, /60.5 s as turnTtl/],
  ["many URLs", { stunUrls: Array(17).fill("stun:a") }, /17 stunUrls: at most 16 expected/],
];

for (const [name, options, message] of BAD) {
  Deno.test(`iceSettingsOf() rejects ${name}`, () => {
    expect(() => iceSettingsOf(options as SigverIce)).toThrow(message);
  });
}

Deno.test("iceSettingsOf() uses TURN servers for STUN, too, by default", () => {
  expect(iceSettingsOf(ICE)).toEqual({
    stunUrls: ["stun:turn.example.org"],
    turnUrls: ICE.turnUrls,
    secret: "north",
    ttlS: TURN_TTL_S,
  });
  expect(iceSettingsOf({ ...ICE, stunUrls: ["stun:a"] })?.stunUrls).toEqual(["stun:a"]);
  expect(iceSettingsOf({})).toBeUndefined();
});

/** Checks whether it is in the group, as a v5 peer. */
function connect(client: FakeClient, id: number): void {
  client.send({ type: "connect", id, members: [], version: 5 });
}

function offersOf(messages: readonly SignalingMessage[]): IceServerConfig[] {
  return messages.flatMap((message) =>
    message.type === "heartbeat" && message.ice ? [decodeIce(message.ice)] : []
  );
}

Deno.test("Sigver sends ICE servers to a v5 peer once, before its reply", () => {
  const world = makeWorld(1, { ice: ICE });
  const client = world.client();
  const before = Math.floor(Date.now() / 1_000);
  connect(client, 1);
  const messages = client.received();
  expect(messages.map(({ type }) => type)).toEqual(["heartbeat", "connected"]);
  const [offer] = offersOf(messages);
  expect(offer?.lifetimeS).toBe(TURN_TTL_S);
  const [stun, turn] = offer?.servers ?? [];
  expect(stun).toEqual({ urls: ["stun:turn.example.org"] });
  const [expiry = "", name = ""] = turn?.username?.split(":") ?? [];
  expect(Number(expiry)).toBeGreaterThanOrEqual(before + TURN_TTL_S);
  expect(turn).toEqual({
    urls: ICE.turnUrls,
    ...turnCredentials("north", Number(expiry), name),
  });
  connect(client, 1);
  expect(client.received()).toEqual([{ type: "connected", connected: true }]);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver gives each client another TURN user name, so that quotas apply", () => {
  const world = makeWorld(1, { ice: ICE });
  const names = [1, 2].map((id) => {
    const client = world.client();
    connect(client, id);
    const [offer] = offersOf(client.received());
    return offer?.servers[1]?.username?.split(":")[1];
  });
  expect(new Set(names).size).toBe(2);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver sends new credentials with a heartbeat after half of their lifetime", () => {
  const ttl = 600;
  const world = makeWorld(1, { ice: { ...ICE, turnTtl: ttl } });
  const client = world.client();
  connect(client, 1);
  client.received();
  const live = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5_000) {
      world.clock.pass(5_000);
      client.send({ type: "heartbeat" });
    }
  };
  live(ttl * 500 - 5_000);
  expect(offersOf(client.received())).toEqual([]);
  live(5_000);
  const renewed = offersOf(client.received());
  expect(renewed).toHaveLength(1);
  live(5_000);
  expect(offersOf(client.received())).toEqual([]);
  world.sigver.close();
  expectQuiet(world);
});

Deno.test("Sigver sends no ICE servers to deployed peers, or if it has none", () => {
  for (const ice of [ICE, undefined]) {
    const world = makeWorld(1, ice ? { ice } : {});
    const client = world.client();
    if (ice) client.connect(1);
    else connect(client, 1);
    expect(client.received()).toEqual([{ type: "connected", connected: true }]);
    world.clock.pass(10_000);
    expect(client.received()).toEqual([{ type: "heartbeat" }, { type: "heartbeat" }]);
    world.sigver.close();
    expectQuiet(world);
  }
});

Deno.test("Sigver rejects invalid ice options", () => {
  expect(() => makeWorld(1, { ice: { turnSecret: "s" } })).toThrow(/given without turnUrls/);
});
