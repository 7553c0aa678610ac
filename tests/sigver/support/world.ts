import { expect } from "expect";
import type { SigverOptions } from "../../../src/sigver/options.ts";
import { Sigver } from "../../../src/sigver/server.ts";
import type { UpgradeDecision } from "../../../src/transport/transport.ts";
import type { UpgradeRequest } from "../../../src/transport/websocket_upgrade.ts";
import { FakeClient, requestUpgrade, StrictLog, VirtualClock } from "./fakes.ts";
import { seededRandom } from "../../../src/testing/random.ts";

export interface SigverRig {
  readonly clock: VirtualClock;
  readonly log: StrictLog;
  readonly sigver: Sigver;
  /** By default, the client asks for `key`. */
  client(path?: string, request?: Omit<UpgradeRequest, "url">): FakeClient;
  accept(decision: UpgradeDecision): FakeClient;
}

export function makeWorld(seed = 1, options: SigverOptions = {}): SigverRig {
  const clock = new VirtualClock();
  const log = new StrictLog();
  const sigver = new Sigver(options, { clock, random: seededRandom(seed), log });
  const client: SigverRig["client"] = (path = "key", request) =>
    new FakeClient(requestUpgrade(sigver, path, request));
  return { clock, log, sigver, client, accept: (decision) => new FakeClient(decision) };
}

/** No room, no connection, no timer is left, and no error was logged. */
export function expectQuiet({ clock, log, sigver }: SigverRig): void {
  expect(sigver.load).toEqual({ rooms: 0, sessions: 0 });
  expect(sigver.held.sockets).toBe(0);
  expect(clock.timers).toBe(0);
  expect(log.reported).toEqual([]);
}
