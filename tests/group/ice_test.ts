import { expect } from "expect";
import type { RtcIceServer } from "../../mod.ts";
import { ICE_RETRY_MS, ICE_TIMEOUT_MS } from "../../src/base/limits.ts";
import { IceServerProvider } from "../../src/ice/ice_server_provider.ts";
import type { RtcDial, RtcOptions, RtcSink } from "../../src/transport/transport.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";

function errorsOf({ seen }: SimPeer): unknown[] {
  return seen.flatMap(([kind, code, message]) => kind === "error" ? [[code, message]] : []);
}

Deno.test("WebGroup reports an ICE callback that does not settle, and connects after the time limit", () => {
  const network = new SimNetwork({ seed: 1 });
  let calls = 0;
  const iceServers = () => {
    calls++;
    return new Promise<RtcIceServer[]>(() => {});
  };
  const asking = network.add("a", { rtcConfiguration: { iceServers } });
  const other = network.add("b");
  for (const { group } of [other, asking]) group.join("key");
  network.run(15_000);
  expect(asking.group.neighbors).toEqual([other.group.myId]);
  expect(other.group.neighbors).toEqual([asking.group.myId]);
  expect(errorsOf(asking)).toEqual([
    [
      "ICE_SERVERS",
      "Cannot get ICE servers from the program: the callback did not settle within 3 s",
    ],
  ]);
  expect(errorsOf(other)).toEqual([]);
  expect(calls).toBe(1);
  for (const { group } of [asking, other]) group.leave();
  network.run(5_000);
});

Deno.test("WebGroup() rejects malformed ICE servers synchronously", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ["stun:a", /"stun:a" as iceServers: an array expected/],
    [[{ urls: "http://a" }], /"http:\/\/a" as iceServers: stun:, stuns:, turn: or turns: URLs/],
    [[{ urls: "turn:a" }], /"turn:a" as iceServers: a username and a credential for it expected/],
  ];
  const network = new SimNetwork({ seed: 1 });
  for (const [iceServers, message] of cases) {
    const rtcConfiguration = { iceServers: iceServers as RtcIceServer[] };
    expect(() => network.add("a", { rtcConfiguration })).toThrow(message);
  }
});

Deno.test("WebGroup.leave() does not wait for the ICE callback, and does not report its error", () => {
  const network = new SimNetwork({ seed: 1 });
  const iceServers = () => new Promise<RtcIceServer[]>(() => {});
  const asking = network.add("a", { rtcConfiguration: { iceServers } });
  asking.group.join("key");
  network.run(500);
  asking.group.leave();
  network.run(1_000);
  expect(asking.machine.timers).toBe(0);
  network.run(5_000);
  expect([errorsOf(asking), asking.seen.at(-1)]).toEqual([[], ["state", WebGroupState.LEFT]]);
});

Deno.test("a late result of an ICE callback does not replace that of a later call", async () => {
  const calls: ((servers: RtcIceServer[]) => void)[] = [];
  const used: unknown[] = [];
  let now = 0;
  const environment = {
    clock: { now: () => now, at: () => () => {} },
    transport: {
      dialRtc({ configuration }: RtcOptions): RtcDial {
        used.push(configuration?.iceServers?.[0]?.urls);
        return { receive() {}, cancel() {} };
      },
    },
    post: (turn: () => void) => turn(),
  };
  const from = () => new Promise<RtcIceServer[]>((resolve) => calls.push(resolve));
  const provider = new IceServerProvider({ from, servers: [] }, environment, { failed() {} });
  const dial = () => provider.dialRtc({} as RtcOptions, {} as RtcSink);
  dial();
  provider.tick(now = ICE_TIMEOUT_MS);
  now += ICE_RETRY_MS;
  dial();
  for (const [call, urls] of [[1, "stun:new"], [0, "stun:old"]] as const) {
    calls[call]!([{ urls }]);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  dial();
  expect(used).toEqual([undefined, "stun:new", "stun:new"]);
});
