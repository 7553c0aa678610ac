import { expect } from "expect";
import { peerOf } from "../../src/group/web_group.ts";
import { asMemberId } from "../../src/base/ids.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

/** G5: all agree within this time after a leave. */
const AGREED_MS = 2_000;

/** Ends the relay just before the member that it relays for leaves. */
const ENDS: Readonly<Record<string, (network: SimNetwork, relay: SimPeer) => void>> = {
  leaves: (_, { group }) => void group.leave(),
  crashes: (_, { machine }) => machine.crash(),
  sleeps: ({ world }, { name }) => world.netem.sleep(name, 60_000),
};

/** Two members without a channel to each other, and two relays. */
function begin(seed: number) {
  const isBlocked = (...pair: string[]) => pair.includes("leaver") && pair.includes("distant");
  const network = new SimNetwork({ seed, canConnect: (...pair) => !isBlocked(...pair) });
  const names = ["leaver", "distant", "one", "other"];
  const [leaver, distant, one, other] = names.map((name) => network.add(name)) as [
    SimPeer,
    SimPeer,
    SimPeer,
    SimPeer,
  ];
  for (const { group } of network.peers) {
    group.join("key");
    network.run(1_000);
  }
  network.run(30_000);
  const hop = peerOf(leaver.group).mesh.nextHopTo(asMemberId(distant.group.myId));
  return { network, leaver, distant, relay: one.group.myId === hop ? one : other };
}

for (const [end, make] of Object.entries(ENDS)) {
  Deno.test(`G5: a member without a channel notices a leave although its relay ${end}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, leaver, distant, relay } = begin(seed);
      const { myId } = leaver.group;
      make(network, relay);
      leaver.group.leave();
      network.run(AGREED_MS);
      expect({ seed, isListed: distant.group.members.includes(myId) }).toEqual({
        seed,
        isListed: false,
      });
    }
  });

  Deno.test(`G12: a first message precedes a leave although its relay ${end}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, leaver, distant, relay } = begin(seed);
      const { myId } = leaver.group;
      make(network, relay);
      leaver.group.sendTo(distant.group.myId, "first");
      leaver.group.leave();
      network.run(AGREED_MS);
      const isListed = distant.group.members.includes(myId);
      const heard = messagesOf(distant).map(([, text]) => text);
      expect({ seed, heard, isListed }).toEqual({ seed, heard: ["first"], isListed: false });
    }
  });
}
