import { expect } from "expect";
import {
  CHECK_TIMEOUT_MS,
  SIGNALING_FAILBACK_JITTER_MS,
  SIGNALING_FAILBACK_MS,
} from "../../src/base/limits.ts";
import { groupSettingsOf } from "../../src/group/options.ts";
import { Sigver } from "../../src/sigver/server.ts";
import { upgradeHandlerOf } from "../sim/signaling.ts";
import { numbersOf, SimNetwork, type SimPeer } from "../sim/sim_network.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

const FIRST = SimNetwork.SIGNALING;
const SECOND = "ws://second:8000";
const THIRD = "ws://third:8000";
const BOTH = { signalingServer: [FIRST, SECOND] };

/** By then a peer at a later server has retried the earlier ones at least once. */
const RETURNED_MS = SIGNALING_FAILBACK_MS + SIGNALING_FAILBACK_JITTER_MS + 5_000;

/** Starts a second server beside that of the network. */
function serve(network: SimNetwork, url: string): Sigver {
  const { host } = new URL(url);
  const machine = network.world.addMachine(host);
  const sigver = new Sigver({}, machine.platform);
  network.world.serve(host, machine, upgradeHandlerOf(sigver));
  return sigver;
}

function errorsOf({ seen }: SimPeer): unknown[] {
  return seen.flatMap(([kind, value]) => kind === "error" ? [value] : []);
}

function clearEvents(...peers: readonly SimPeer[]): void {
  for (const { seen } of peers) seen.length = 0;
}

Deno.test("settingsOf() accepts one signaling server or several, and rejects other values", () => {
  expect(groupSettingsOf({}).signalingServers).toEqual(["wss://signaling.netflux.coedit.re"]);
  expect(groupSettingsOf({ signalingServer: FIRST }).signalingServers).toEqual([FIRST]);
  const list = [FIRST, SECOND];
  const { signalingServers } = groupSettingsOf({ signalingServer: list });
  list.length = 0;
  expect(signalingServers).toEqual([FIRST, SECOND]);
  const cases: readonly (readonly [readonly unknown[], RegExp])[] = [
    [[], /\[\] as signalingServer: at least one URL expected/],
    [[FIRST, "ftp://example.org"], /"ftp:.*" as signalingServer: a ws:\/\/ or wss:\/\/ URL/],
    [[undefined], /undefined as signalingServer: a ws/],
    [[FIRST, [SECOND]], /a value of type Array as signalingServer: a ws/],
  ];
  for (const [servers, message] of cases) {
    const signalingServer = servers as readonly string[];
    expect(() => groupSettingsOf({ signalingServer })).toThrow(message);
  }
});

Deno.test("WebGroup uses the first available server, and exposes it", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    serve(network, THIRD);
    const peer = network.add("a", { signalingServer: [FIRST, SECOND, THIRD] });
    const told: string[] = [];
    peer.group.onSignalingStateChange = (state) =>
      told.push(`${state} ${peer.group.signalingServer}`);
    network.signaling.stop();
    expect(peer.group.signalingServer).toBe(FIRST);
    peer.group.join("key");
    network.run(2_000);
    expect(peer.group.signalingServer).toBe(THIRD);
    expect(numbersOf(peer, "state")).toEqual([0, 1]);
    expect(errorsOf(peer)).toEqual(["UNREACHABLE", "UNREACHABLE"]);
    expect(told.slice(0, 3)).toEqual([`0 ${FIRST}`, `1 ${THIRD}`, `2 ${THIRD}`]);
    peer.group.leave();
    network.run(1_000);
    expect(peer.group.signalingServer).toBe(FIRST);
  }
});

Deno.test("WebGroup: a connection fails only if all servers failed, and the next one begins at the first", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    network.signaling.stop();
    const peer = network.add("a", BOTH);
    peer.group.join("key");
    network.run(500);
    expect(numbersOf(peer, "signaling")).toEqual([0, 3]);
    expect(errorsOf(peer)).toEqual(["UNREACHABLE", "UNREACHABLE"]);
    serve(network, SECOND);
    network.signaling.start();
    network.run(10_000);
    expect([peer.group.state, peer.group.signalingServer]).toEqual([1, FIRST]);
  }
});

Deno.test("WebGroup skips a server that opens without replying", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const { host } = new URL(FIRST);
  const listen = { received() {}, bufferedAmountLow() {}, closed() {} };
  network.world.serve(host, network.world.addMachine("mute"), {
    decideByUrl: () => ({ type: "admit", accept: (channel) => channel.listen(listen) }),
  });
  serve(network, SECOND);
  const peer = network.add("a", BOTH);
  peer.group.join("key");
  network.run(CHECK_TIMEOUT_MS + 2_000);
  expect([peer.group.state, peer.group.signalingServer]).toEqual([1, SECOND]);
  expect(errorsOf(peer)).toEqual(["TIMEOUT", "NOT_SIGVER"]);
  expect(numbersOf(peer, "signaling").slice(0, 5)).toEqual([0, 1, 2, 0, 1]);
});

Deno.test("WebGroup: members fail back to the first server without a reported loss", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const backup = serve(network, SECOND);
    const peers = [network.add("a", BOTH), network.add("b", BOTH), network.add("c", BOTH)];
    network.signaling.stop();
    for (const { group } of peers) group.join("key");
    network.run(5_000);
    expect(peers.map(({ group }) => group.signalingServer)).toEqual([SECOND, SECOND, SECOND]);
    clearEvents(...peers);
    network.run(2 * RETURNED_MS);
    for (const peer of peers) {
      expect(peer.group.signalingServer).toBe(SECOND);
      // Only CHECKING and CHECKED: attempts with other servers are not reported.
      expect(new Set(numbersOf(peer, "signaling"))).toEqual(
        new Set(peer.seen.length ? [2, 4] : []),
      );
      expect([...numbersOf(peer, "state"), ...errorsOf(peer)]).toEqual([]);
    }
    network.signaling.start();
    network.run(RETURNED_MS);
    for (const peer of peers) {
      expect([peer.group.signalingServer, peer.group.members.length]).toEqual([FIRST, 3]);
      const told = numbersOf(peer, "signaling");
      expect([new Set(told), told.filter((state) => state === 1).length]).toEqual([
        new Set([2, 4, 1]),
        1,
      ]);
      expect([...numbersOf(peer, "state"), ...errorsOf(peer)]).toEqual([]);
    }
    expect(backup.load).toEqual({ rooms: 0, sessions: 0 });
  }
});

Deno.test("WebGroup: parts of a group at two servers unite at the first", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    serve(network, SECOND);
    const early = [network.add("a", BOTH), network.add("b", BOTH)];
    network.signaling.stop();
    for (const { group } of early) group.join("key");
    network.run(5_000);
    network.signaling.start();
    const late = [network.add("c", BOTH), network.add("d", BOTH)];
    for (const { group } of late) group.join("key");
    network.run(5_000);
    const everyone = [...early, ...late];
    expect(everyone.map(({ group }) => group.members.length)).toEqual([2, 2, 2, 2]);
    network.run(RETURNED_MS + 20_000);
    expect(everyone.map(({ group }) => group.members.length)).toEqual([4, 4, 4, 4]);
    for (const peer of everyone) expect(numbersOf(peer, "state")).toEqual([0, 1]);
  }
});

Deno.test("WebGroup: members that lose the first server stay one group at the second", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const peers = [network.add("a", BOTH), network.add("b", BOTH), network.add("c", BOTH)];
    for (const { group } of peers) group.join("key");
    network.run(5_000);
    serve(network, SECOND);
    network.signaling.stop();
    network.run(10_000);
    for (const { group } of peers) {
      expect([group.signalingServer, group.state, group.members.length]).toEqual([SECOND, 1, 3]);
    }
    const late = network.add("late", BOTH);
    late.group.join("key");
    network.run(5_000);
    expect(late.group.members.length).toBe(4);
  }
});

Deno.test("WebGroup: a group with several servers leaves nothing behind", () => {
  const network = new SimNetwork({ seed: 1 });
  const backup = serve(network, SECOND);
  network.signaling.stop();
  const peer = network.add("a", BOTH);
  peer.group.join("key");
  // It is about to return to the first server when it leaves.
  network.run(5_000);
  network.signaling.start();
  for (let step = 0; step < 8_000 && peer.group.signalingServer === SECOND; step++) network.run(10);
  peer.group.leave();
  network.run(1_000);
  network.signaling.stop();
  backup.close();
  network.run(60_000);
  expect(network.world.clock.pending).toBe(0);
});
