import type { Scenario } from "./scenario.ts";

const PEERS = ["a", "b", "c", "d"];
const LEFT = ["a", "b"];
const RIGHT = ["c", "d"];

export const NETWORK_SCENARIOS: readonly Scenario[] = [
  unpluggedPeer(3),
  unpluggedPeer(8),
  unpluggedPeer(20),
  partition(20),
  partition(40),
  partitionWithoutSigver(20),
  partitionWithoutSigver(40),
  {
    name: "one-way-20s",
    fault: "nothing of b arrives at a for 20 s; all else does",
    needs: ["filter"],
    participants: { peers: PEERS, right: RIGHT },
    // Others can relay: neither may be declared dead.
    impact: {},
    begin: (testbed) => testbed.network.dropIncoming("a", "b"),
    lastsMs: 20_000,
    end: (testbed) => testbed.network.restoreIncoming("a"),
  },
];

function unpluggedPeer(seconds: number): Scenario {
  return {
    name: `link-${seconds}s`,
    fault: `a peer's cable pulled for ${seconds} s`,
    ...(seconds === 8 && { short: true }),
    needs: ["namespaces"],
    participants: { peers: PEERS, right: RIGHT },
    impact: { apart: [["a", "b", "c"], ["d"]] },
    begin: (testbed) => testbed.network.unplug("d"),
    lastsMs: seconds * 1_000,
    end: (testbed) => testbed.network.plug("d"),
  };
}

function partition(seconds: number): Scenario {
  return {
    name: `partition-${seconds}s`,
    fault: `two and two cut off from each other for ${seconds} s; both reach Sigver`,
    ...(seconds === 20 && { short: true }),
    needs: ["namespaces"],
    participants: { peers: PEERS, right: RIGHT },
    impact: { apart: [LEFT, RIGHT] },
    begin: (testbed) => testbed.network.partition(),
    lastsMs: seconds * 1_000,
    end: (testbed) => testbed.network.healPartition(),
  };
}

function partitionWithoutSigver(seconds: number): Scenario {
  return {
    name: `partition-no-sigver-${seconds}s`,
    fault: `two and two cut off from each other for ${seconds} s; one half reaches Sigver`,
    needs: ["namespaces"],
    participants: { peers: PEERS, right: RIGHT },
    impact: { apart: [LEFT, RIGHT] },
    begin: (testbed) => testbed.network.disconnectRight(),
    lastsMs: seconds * 1_000,
    end: (testbed) => testbed.network.reconnectRight(),
  };
}
