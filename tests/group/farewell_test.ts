/**
 * Those whom the last other member leaves, and who comes at that moment.
 *
 * @module
 */

import { expect } from "expect";
import { membersOf, messagesOf, numbersOf, Village } from "../sim/village.ts";

/** Of some of them, the server is told by the member that stays first, and by the leaver later. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 11);

/** A newcomer joins so long after a guest has left: before, while and after all notice that. */
const AFTER_MS = Array.from({ length: 16 }, (_, index) => 25 * index);

Deno.test("WebGroup: whom the last guest leaves is there for who joins at that moment", () => {
  for (const seed of SEEDS) {
    for (const afterMs of AFTER_MS) {
      const village = new Village({ seed, delayMs: [1, 200] });
      const inBot = village.joinAs(village.addBot("bot", { leaveOnceAlone: false }), "key");
      village.run(1_000);
      const guest = village.add("guest");
      guest.group.join("key");
      village.run(6_000);
      const newcomer = village.add("newcomer");
      village.watch = ({ group, name }, [what, state]) => {
        if (name !== "newcomer" || what !== "state" || state !== 1) return;
        group.sendTo(inBot.group.myId, "a word");
      };
      guest.group.leave();
      village.run(afterMs);
      newcomer.group.join("key");
      village.run(5_000);
      expect([seed, afterMs, numbersOf(newcomer, "state")]).toEqual([seed, afterMs, [0, 1]]);
      expect([seed, afterMs, messagesOf(inBot)]).toEqual([
        seed,
        afterMs,
        [[newcomer.group.myId, "a word"]],
      ]);
    }
  }
});

Deno.test("WebGroup: who left, and joins at once, is a newcomer to those it left", () => {
  for (const seed of SEEDS) {
    const village = new Village({ seed });
    const [back, ...others] = village.addMany(3);
    for (const { group } of village.villagers) group.join("key");
    village.run(10_000);
    back!.group.leave();
    back!.group.join("key");
    village.run(4_000);
    for (const villager of [back!, ...others]) {
      expect([seed, membersOf(villager).length]).toEqual([seed, 3]);
    }
  }
});
