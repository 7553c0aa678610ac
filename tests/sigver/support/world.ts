/**
 * A server in a world of its own, and what must be left of it in the end: nothing.
 *
 * @module
 */

import { expect } from "expect";
import type { SigverOptions } from "../../../src/sigver/options.ts";
import { Sigver } from "../../../src/sigver/server.ts";
import { FakeClient, StrictLog, VirtualClock } from "./fakes.ts";
import { seededRandom } from "./random.ts";

/** A server and its world. */
export interface SigverRig {
  readonly clock: VirtualClock;
  readonly log: StrictLog;
  readonly sigver: Sigver;
  /** A further client, at `key` unless told. */
  client(path?: string): FakeClient;
}

/** A server that nobody is connected to. */
export function makeWorld(seed = 1, options: SigverOptions = {}): SigverRig {
  const clock = new VirtualClock();
  const log = new StrictLog();
  const sigver = new Sigver(options, { clock, random: seededRandom(seed), log });
  return { clock, log, sigver, client: (path = "key") => new FakeClient(sigver, path) };
}

/** Nothing is left: no room, no session, no timer, and no error was noted. */
export function expectQuiet({ clock, log, sigver }: SigverRig): void {
  expect(sigver.load).toEqual({ rooms: 0, sessions: 0 });
  expect(clock.timers).toBe(0);
  expect(log.reported).toEqual([]);
}
