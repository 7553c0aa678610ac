/**
 * The events of a group as Observables: `node observables.js`, in two terminals.
 *
 * Every second it sends a tick, while it is joined and not alone, and prints the sum of the ticks
 * that it gets. It needs a signaling server: `npx sigver`.
 */

import process from "node:process";
import { combineLatest, EMPTY, interval, map, scan, switchMap } from "rxjs";
import { WebGroup, WebGroupState } from "netflux";
import { errors, members, messages, state } from "netflux/rx";

const group = new WebGroup({ signalingServer: "ws://localhost:8000" });

errors(group).subscribe((error) => console.warn(`${error.code}: ${error.message}`));

members(group).subscribe((ids) => console.log(`${ids.length} members`));

combineLatest([state(group), members(group)]).pipe(
  map(([state, ids]) => state === WebGroupState.JOINED && ids.length > 1),
  switchMap((isReady) => isReady ? interval(1_000) : EMPTY),
).subscribe(() => group.send("1"));

messages(group).pipe(
  map(({ data }) => Number(data)),
  scan((sum, tick) => sum + tick, 0),
).subscribe((sum) => console.log(`${sum} ticks`));

await group.join("examples/observables");
process.once("SIGTERM", () => group.leave().then(() => process.exit()));
