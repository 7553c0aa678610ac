import { expect } from "expect";
import { WebGroup as NativeGroup } from "../../bot.ts";
import { SIGNALING_FAILBACK_JITTER_MS, SIGNALING_FAILBACK_MS } from "../../src/base/limits.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { silentLog } from "../../src/platform/log.ts";
import type { Clock } from "../../src/platform/platform.ts";
import { webPlatform } from "../../src/platform/web.ts";
import { nodeDatachannelTransport } from "../../src/transport/node_datachannel.ts";
import { RTC } from "../support/deno_peer.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

/** The clock of this machine, which can be advanced. */
class ForwardClock implements Clock {
  readonly #clock = webPlatform(silentLog).clock;
  readonly #looks = new Set<() => void>();
  #aheadMs = 0;

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  at(deadlineMs: number, wake: () => void): () => void {
    let cancel = () => {};
    const look = () => {
      cancel();
      cancel = this.#clock.at(deadlineMs - this.#aheadMs, () => {
        this.#looks.delete(look);
        wake();
      });
    };
    this.#looks.add(look);
    look();
    return () => {
      this.#looks.delete(look);
      cancel();
    };
  }

  forward(ms: number): void {
    this.#aheadMs += ms;
    for (const look of [...this.#looks]) look();
  }
}

Deno.test("WebGroup: parts of a group at two servers unite at the first server when it is back", async () => {
  await using first = new Signaling();
  await using second = new Signaling();
  const signalingServer = [first.url, second.url];
  await first.stop();

  const clock = new ForwardClock();
  const platform = { ...webPlatform(silentLog), clock };
  const options = { signalingServer, ...RTC };
  await using early = new WebGroup(options, { platform, transport: nodeDatachannelTransport() });
  const errors: string[] = [];
  early.addEventListener("error", ({ error }) => errors.push(error.code));
  await early.join("key");
  expect([early.signalingServer, errors]).toEqual([second.url, ["UNREACHABLE"]]);

  first.start();
  await using late = new NativeGroup(options);
  await late.join("key");
  expect(late.signalingServer).toBe(first.url);
  expect([early.members.length, late.members.length]).toEqual([1, 1]);

  const told = new Set<number>();
  early.onSignalingStateChange = (state) => told.add(state);
  clock.forward(SIGNALING_FAILBACK_MS + SIGNALING_FAILBACK_JITTER_MS);
  await until("they meet", () => early.members.length === 2 && late.members.length === 2);
  expect(early.signalingServer).toBe(first.url);
  // OPEN, CHECKING, CHECKED: neither CONNECTING nor CLOSED.
  expect([...told].sort()).toEqual([1, 2, 4]);

  await first.stop();
  const groups = [early, late];
  await until(
    "both are at the second server",
    () =>
      groups.every(({ signalingServer, state }) => signalingServer === second.url && state === 1),
  );
  expect(groups.map(({ members }) => members.length)).toEqual([2, 2]);
  first.start();
});
