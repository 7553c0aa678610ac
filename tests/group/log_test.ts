// deno-lint-ignore-file no-console -- the console is what is tested
import { expect } from "expect";
import { WebGroup } from "../../src/group/web_group.ts";
import { consoleLog, LogLevel, setLogLevel } from "../../src/platform/log.ts";
import { describe, noteValue, StepTrace } from "../../src/platform/trace.ts";
import { SimNetwork } from "../sim/sim_network.ts";

/** The log of two members that meet, lose a channel and leave. */
function logged(...levels: readonly LogLevel[]): string[] {
  const lines: string[] = [];
  const { debug } = console;
  console.debug = (line: string) => lines.push(line);
  setLogLevel(...levels);
  try {
    const network = new SimNetwork({ seed: 1 });
    const groups = ["a", "b"].map((name) => {
      const { platform, transport } = network.world.addMachine(name);
      const log = { ...consoleLog, report: platform.log.report };
      const world = { platform: { ...platform, log }, transport };
      return new WebGroup({ signalingServer: `${SimNetwork.SIGNALING}?token=secret` }, world);
    });
    for (const group of groups) group.join("hidden-key");
    network.run(10_000);
    for (const group of groups) group.leave();
    network.run(10_000);
  } finally {
    setLogLevel();
    console.debug = debug;
  }
  return lines;
}

Deno.test("setLogLevel(): nothing is logged at first", () => {
  expect(logged()).toEqual([]);
});

const EXPECTED: readonly [LogLevel, string][] = [
  [LogLevel.WEB_GROUP, "join | LEFT CLOSED IDLE ▸ JOINING CLOSED IDLE | drawIds, JOINING, "],
  [LogLevel.WEBRTC, "{type:offer,sdp:"],
  [LogLevel.CHANNEL, "opened rtc to "],
  [LogLevel.CHANNEL, "closed"],
  [LogLevel.TOPOLOGY, "addChannel {member:"],
  [LogLevel.SIGNALING, "received {type:connected,connected:true,calmS:25} | CHECKING ▸ CHECKED"],
  [LogLevel.CHANNEL_BUILDER, "ASKING ▸ WAITING"],
];
for (const [level, text] of EXPECTED) {
  Deno.test(`setLogLevel(): ${LogLevel[level]} logs steps like "${text}"`, () => {
    const lines = logged(level);
    expect(lines.find((line) => line.includes(text))).toBeDefined();
    expect(lines.every((line) => line.startsWith(`[netflux ${LogLevel[level]}] `))).toBe(true);
  });
}

Deno.test("setLogLevel(): keys and tokens are not logged", () => {
  const lines = logged(0, 1, 2, 3, 4, 5, 6);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => /hidden-key|secret/.test(line))).toEqual([]);
});

Deno.test("describe() shows types, names and sizes", () => {
  expect(describe({ type: "content", sender: 7, recipient: undefined, data: new Uint8Array(3) }))
    .toBe("{type:content,sender:7,data:3 bytes}");
  expect(describe({ type: "call", key: "k", url: "ws://x/k" })).toBe(
    "{type:call,key:…,url:…}",
  );
  expect(describe([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe("[1,2,3,4,5,6,7,8,…]");
  expect(describe(["x".repeat(500)]).length).toBeLessThan(130);
  expect(describe({ sdp: "v=0\r\n", ok: true })).toBe("{sdp:v=0\\r\\n,ok:true}");
});

Deno.test("noteValue() formats a value only if its area is logged", () => {
  const notes: string[] = [];
  let formatted = 0;
  const value = { toJSON: () => ({ sdp: `v=${formatted++}` }) };
  const traceOf = (isLogged: boolean) => ({
    traces: () => isLogged,
    note: (area: string, text: string) => notes.push(`${area} ${text}`),
  });
  noteValue(traceOf(false), "WEBRTC", "to 7", value);
  expect(formatted).toBe(0);
  noteValue(traceOf(true), "WEBRTC", "to 7", value);
  expect(notes).toEqual(["WEBRTC to 7 {sdp:v=0}"]);
});

Deno.test("StepTrace notes an input with the state before and after, and the outputs", () => {
  const lines: string[] = [];
  let state = "OPEN";
  const trace = new StepTrace(
    "SIGNALING",
    { traces: () => true, note: (area, line) => void lines.push(`${area}: ${line}`) },
    () => state,
  );
  trace.input("timeout", { name: "heartbeat" }, () => {});
  trace.input("close", {}, () => {
    trace.input("inner", {}, () => trace.output("dial", { server: 1 }));
    state = "CLOSED";
    trace.output("send", { type: "heartbeat" });
  });
  trace.output("nothing, as no input is handled");
  expect(lines).toEqual([
    "SIGNALING: timeout {name:heartbeat} | OPEN",
    "SIGNALING: close | OPEN ▸ CLOSED | dial {server:1}, send {type:heartbeat}",
  ]);
});
