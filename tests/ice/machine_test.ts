/**
 * When a program's function is asked for ICE servers, one case a row.
 *
 * @module
 */

import { expect } from "expect";
import { ICE_FRESH_MS, ICE_RETRY_MS, ICE_WAIT_MS } from "../../src/base/limits.ts";
import { type IceEffect, type IceEvent, iceStep } from "../../src/ice/machine.ts";
import { type IceState, knownFor } from "../../src/ice/state.ts";

const OLD = [{ urls: "stun:old" }];
const NEW = [{ urls: "stun:new" }];

const wanted = (now: number): IceEvent => ({ type: "wanted", now });
const given = (now: number): IceEvent => ({ type: "given", servers: NEW, now });
const failed = (now: number): IceEvent => ({ type: "failed", reason: "why", cause: 1, now });
const tick = (now: number): IceEvent => ({ type: "tick", now });

const STALE = knownFor(OLD, -Infinity);
const FOREVER = knownFor(OLD, Infinity);
const LATE = `no answer within ${ICE_WAIT_MS} ms`;

type Row = readonly [
  name: string,
  from: IceState,
  events: readonly IceEvent[],
  effects: readonly string[],
  servers: typeof OLD,
];

const ROWS: readonly Row[] = [
  ["known for good ▸ wanted", FOREVER, [wanted(1e12)], ["connect"], OLD],
  ["stale ▸ wanted", STALE, [wanted(0)], ["ask"], OLD],
  ["asking ▸ wanted", STALE, [wanted(0), wanted(1)], [], OLD],
  ["asking ▸ given", STALE, [wanted(0), given(1)], ["connect"], NEW],
  ["given ▸ wanted", STALE, [wanted(0), given(1), wanted(ICE_FRESH_MS)], ["connect"], NEW],
  ["given long ago ▸ wanted", STALE, [wanted(0), given(1), wanted(ICE_FRESH_MS + 1)], ["ask"], NEW],
  ["asking ▸ failed", STALE, [wanted(0), failed(1)], ["why", "connect"], OLD],
  ["failed ▸ wanted", STALE, [wanted(0), failed(1), wanted(ICE_RETRY_MS)], ["connect"], OLD],
  ["failed ▸ wanted later", STALE, [wanted(0), failed(1), wanted(ICE_RETRY_MS + 1)], ["ask"], OLD],
  ["asking ▸ not yet", STALE, [wanted(0), tick(ICE_WAIT_MS - 1)], [], OLD],
  ["asking ▸ too late", STALE, [wanted(0), tick(ICE_WAIT_MS)], [LATE, "connect"], OLD],
  [
    "too late ▸ given all the same",
    STALE,
    [wanted(0), tick(ICE_WAIT_MS), given(ICE_WAIT_MS + 1)],
    ["connect"],
    NEW,
  ],
  [
    "too late ▸ failed, of which was told",
    STALE,
    [wanted(0), tick(ICE_WAIT_MS), failed(ICE_WAIT_MS + 1)],
    [],
    OLD,
  ],
  ["known ▸ tick", FOREVER, [tick(1e12)], [], OLD],
  ["known ▸ offered", FOREVER, [{ type: "offered", servers: NEW, now: 0 }], [], NEW],
  [
    "offered ▸ wanted",
    FOREVER,
    [{ type: "offered", servers: NEW, now: 0 }, wanted(1e12)],
    ["connect"],
    NEW,
  ],
];

for (const [name, from, events, effects, servers] of ROWS) {
  Deno.test(`iceStep(): ${name}`, () => {
    let state = from;
    let last: readonly IceEffect[] = [];
    for (const event of events) ({ state, effects: last } = iceStep(state, event));
    const names = last.map((effect) => effect.type === "tellTrouble" ? effect.reason : effect.type);
    expect(names).toEqual(effects);
    expect(state.servers).toEqual(servers);
  });
}
