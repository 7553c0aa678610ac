import { SimChannel } from "../../src/testing/channel.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { SimClock } from "../../src/testing/clock.ts";
import { Netem } from "../../src/testing/netem.ts";
import { TrackedChannel } from "../support/tracked_channel.ts";
import { channelConformance, type Pair } from "./channel.ts";

for (const kind of ["ws", "rtc"] as const) {
  for (const { name, run } of channelConformance(`SimChannel ${kind}`, () => makePair(kind))) {
    Deno.test(name, run);
  }
}

const STEP_MS = 10;

/** The time of the pair's world passes as fast as possible, until the pair is cleaned up. */
function makePair(kind: "ws" | "rtc"): Promise<Pair> {
  const clock = new SimClock();
  const link = { delayMs: 20, bytesPerMs: 5_000 };
  const [a, b] = SimChannel.pair(
    kind,
    "a",
    "b",
    {
      clock,
      netem: new Netem(clock),
      random: seededRandom(1),
      isTraffic: () => true,
      frameSent: (_from, _to, frame) => frame,
      frameArrived: () => {},
    },
    link,
  );
  const [watchedA, watchedB] = [new TrackedChannel(a), new TrackedChannel(b)];
  // One step for each turn of the real event loop, so that promises settle in between.
  const timer = setInterval(() => clock.runUntil(clock.now() + STEP_MS), 0);
  return Promise.resolve({
    a: watchedA,
    b: watchedB,
    kill: () => b.cut(),
    cleanUp: async () => {
      await Promise.all([watchedA.cleanUp(), watchedB.cleanUp()]);
      clearInterval(timer);
    },
  });
}
