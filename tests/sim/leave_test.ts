import { expect } from "expect";
import { peerOf } from "../../src/group/web_group.ts";
import { asMemberId } from "../../src/base/ids.ts";
import { SimNetwork, type SimPeer } from "./sim_network.ts";

/** G5: all agree within this time after a leave. */
const AGREED_MS = 2_000;

/** Ends the relay just before the member that it relays for leaves. */
const ENDS: Readonly<Record<string, (network: SimNetwork, relay: SimPeer) => void>> = {
  leaves: (_, { group }) => void group.leave(),
  crashes: (_, { machine }) => machine.crash(),
  sleeps: ({ world }, { name }) => world.netem.sleep(name, 60_000),
};

for (const [end, make] of Object.entries(ENDS)) {
  Deno.test(`G5: a member without a channel notices a leave although its relay ${end}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
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
      const { myId } = leaver.group;
      const hop = peerOf(leaver.group).mesh.nextHopTo(asMemberId(distant.group.myId));
      make(network, one.group.myId === hop ? one : other);
      leaver.group.leave();
      network.run(AGREED_MS);
      expect({ seed, isListed: distant.group.members.includes(myId) }).toEqual({
        seed,
        isListed: false,
      });
    }
  });
}
