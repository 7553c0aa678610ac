import type { Scenario } from "./scenario.ts";

const PEERS = ["a", "b", "c", "d"];
const OTHERS = ["a", "b", "c"];

export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: "kill-peer",
    fault: "`kill -9` of a peer",
    short: true,
    needs: [],
    participants: { peers: PEERS },
    impact: { ended: ["d"] },
    begin: (testbed) => testbed.process("d").kill(),
    lastsMs: 0,
  },
  {
    name: "kill-bot",
    fault: "`kill -9` of a bot",
    needs: [],
    participants: { peers: OTHERS, bots: ["bot"] },
    impact: { ended: ["bot"] },
    begin: (testbed) => testbed.process("bot").kill(),
    lastsMs: 0,
  },
  {
    name: "kill-sigver",
    fault: "`kill -9` of Sigver; back after 5 s, with a newcomer",
    short: true,
    needs: [],
    participants: { peers: PEERS, newcomer: "e" },
    impact: { sigver: true },
    begin: (testbed) => testbed.sigver.process.kill(),
    lastsMs: 5_000,
    end: (testbed) => testbed.sigver.start(),
    mustStay: true,
  },
  stopOfPeer(2),
  stopOfPeer(5),
  stopOfPeer(20),
  stopOfPeer(45),
  {
    name: "stop-sigver-20s",
    fault: "Sigver stopped for 20 s",
    needs: [],
    participants: { peers: PEERS },
    impact: { sigver: true },
    begin: (testbed) => testbed.sigver.process.stop(),
    lastsMs: 20_000,
    end: (testbed) => testbed.sigver.process.resume(),
    mustStay: true,
  },
];

/** A member that is silent for less than 6 s must stay. */
function stopOfPeer(seconds: number): Scenario {
  return {
    name: `stop-peer-${seconds}s`,
    fault: `a peer stopped (SIGSTOP) for ${seconds} s`,
    ...(seconds === 20 && { short: true }),
    needs: [],
    participants: { peers: PEERS },
    impact: { paused: ["d"], apart: [OTHERS, ["d"]] },
    begin: (testbed) => testbed.process("d").stop(),
    lastsMs: seconds * 1_000,
    end: (testbed) => testbed.process("d").resume(),
    ...(seconds < 6 && { mustStay: true }),
  };
}
