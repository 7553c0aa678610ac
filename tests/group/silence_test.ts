/**
 * A join that fails or waits says why within 5 s (G14), to a program that listens and to one that
 * does not.
 *
 * @module
 */

import { expect } from "expect";
import { BehaviorSubject } from "rxjs";
import { WebGroup } from "../../src/group/web_group.ts";
import type { Presence } from "../../src/platform/platform.ts";
import { Village } from "../sim/village.ts";
import type { Place } from "../sim/world.ts";

/** A group of a program, and what it is told. */
class Program {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  readonly group: WebGroup;

  constructor(place: Place, listens = false, presence = place.platform.presence) {
    const log = { ...place.platform.log, warn: (text: string) => void this.warnings.push(text) };
    const world = { platform: { ...place.platform, log, presence }, transport: place.transport };
    this.group = new WebGroup({ signalingServer: Village.SIGNALING }, world);
    if (!listens) return;
    this.group.addEventListener("error", ({ error }) => this.errors.push(error.message));
  }
}

const WITHIN_MS = 5_000;

/** Both programs of a world are told within 5 s, by an error or a warning that says this. */
function expectTold(village: Village, place: Place, text: string, presence?: Presence): void {
  for (const listens of [false, true]) {
    const subject = presence && new BehaviorSubject(presence);
    const program = new Program(place, listens, subject);
    program.group.join("key");
    village.run(WITHIN_MS);
    const [told, other] = listens
      ? [program.errors, program.warnings]
      : [program.warnings, program.errors];
    expect([listens, told.some((line) => line.includes(text)), other]).toEqual([listens, true, []]);
    if (!listens) expect(told[0]).toContain('listen to "error" events');
    program.group.leave();
    village.run(3_000);
  }
}

Deno.test("WebGroup.join() reports a signaling server that refuses", () => {
  const village = new Village({ seed: 1 });
  village.signaling.stop();
  const place = village.world.place("page");
  expectTold(village, place, "Cannot use the signaling server ws://signaling:8000: connection re");
});

Deno.test("WebGroup.join() reports a signaling server that does not answer", () => {
  const village = new Village({ seed: 1 });
  village.world.weather.partition(["page"], 60_000);
  const place = village.world.place("page");
  expectTold(village, place, "no connection to the signaling server ws://signaling:8000 in 4 s");
});

Deno.test("WebGroup.join() reports a server that takes the connection and says nothing", () => {
  const village = new Village({ seed: 1 });
  const place = village.world.place("page");
  village.signaling.stop();
  const acceptAll = { admit: () => ({ type: "admit", accept: () => {} } as const) };
  village.world.serve("signaling:8000", village.world.place("other"), acceptAll);
  expectTold(village, place, "no answer from the signaling server ws://signaling:8000 in 4 s");
});

Deno.test("WebGroup.join() reports that there is no network", () => {
  const village = new Village({ seed: 1 });
  const place = village.world.place("page");
  const offline = { online: false, visible: true };
  expectTold(village, place, "there is no network (navigator.onLine is false)", offline);
});

Deno.test("WebGroup.join() reports a member that it cannot connect to, and what both can do", () => {
  const village = new Village({ seed: 1 });
  const hermit = village.add("hermit", { rtc: false });
  hermit.group.join("key");
  village.run(2_000);
  const place = village.world.place("page");
  expectTold(
    village,
    place,
    `Cannot reach member ${hermit.group.myId}: every way was tried ` +
      "(this side: WebRTC, opens WebSockets; the other side: no WebRTC, opens WebSockets)",
  );
});

Deno.test("WebGroup.join() warns of each cause once, and again after it has joined", () => {
  const village = new Village({ seed: 1 });
  village.signaling.stop();
  const program = new Program(village.world.place("page"));
  program.group.join("key");
  village.run(60_000);
  expect(program.warnings.length).toBe(1);
  village.signaling.start();
  village.run(60_000);
  expect(program.group.state).toBe(1);
  village.signaling.stop();
  village.run(10_000);
  expect(program.warnings.length).toBeGreaterThan(1);
});

Deno.test("WebGroup.send() that waits reports a member that takes nothing, once", () => {
  const village = new Village({ seed: 1 });
  const program = new Program(village.world.place("page"), true);
  const silent = village.add("silent");
  for (const group of [program.group, silent.group]) group.join("key");
  village.run(5_000);
  silent.place.crash();
  program.group.send("x".repeat(10));
  village.run(WITHIN_MS);
  expect(program.errors).toEqual([]);
  for (let count = 0; count < 20; count++) program.group.send("x".repeat(50_000));
  village.run(WITHIN_MS);
  expect(program.errors).toEqual([
    `Cannot send to member ${silent.group.myId} yet: it has acknowledged nothing for 4 s, and is ` +
    "let go after 30 s",
  ]);
  village.run(15_000);
  expect(program.errors.filter((text) => text.includes("acknowledged")).length).toBe(1);
});
