import { expect } from "expect";
import { membersOf, messagesOf, numbersOf, SimNetwork } from "../sim/sim_network.ts";

/** The server learns of the leave from the remaining member first, or from the leaver. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 11);

/** The newcomer arrives before, while and after all notice the leave. */
const AFTER_MS = Array.from({ length: 16 }, (_, index) => 25 * index);

Deno.test("WebGroup: a newcomer joins through a member whose only other member is leaving", () => {
  for (const seed of SEEDS) {
    for (const afterMs of AFTER_MS) {
      const network = new SimNetwork({ seed, delayMs: [1, 200] });
      const inBot = network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), "key");
      network.run(1_000);
      const guest = network.add("guest");
      guest.group.join("key");
      network.run(6_000);
      const newcomer = network.add("newcomer");
      network.watch = ({ group, name }, [what, state]) => {
        if (name !== "newcomer" || what !== "state" || state !== 1) return;
        group.sendTo(inBot.group.myId, "a word");
      };
      guest.group.leave();
      network.run(afterMs);
      newcomer.group.join("key");
      network.run(5_000);
      expect([seed, afterMs, numbersOf(newcomer, "state")]).toEqual([seed, afterMs, [0, 1]]);
      expect([seed, afterMs, messagesOf(inBot)]).toEqual([
        seed,
        afterMs,
        [[newcomer.group.myId, "a word"]],
      ]);
    }
  }
});

Deno.test("WebGroup: a peer that leaves and rejoins is a newcomer to the others", () => {
  for (const seed of SEEDS) {
    const network = new SimNetwork({ seed });
    const [back, ...others] = network.addMany(3);
    for (const { group } of network.peers) group.join("key");
    network.run(10_000);
    back!.group.leave();
    back!.group.join("key");
    network.run(4_000);
    for (const peer of [back!, ...others]) {
      expect([seed, membersOf(peer).length]).toEqual([seed, 3]);
    }
  }
});
