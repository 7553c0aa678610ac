import { expect } from "expect";
import type { ChannelOptions } from "../../mod.ts";
import { fc } from "../support/fast_check.ts";
import {
  anySession,
  converges,
  type Sabotage,
  type Session,
  type Step,
} from "./editing_session.ts";

const RUNS = Number(Deno.env.get("RUNS") ?? 60);

Deno.test("documents converge after any edits and any faults, and all providers are synced", () =>
  fc.assert(fc.asyncProperty(anySession, (session) => converges(session)), {
    numRuns: RUNS,
    examples: [
      ...FAILED_ONCE.map((steps) => [sessionOf(3, steps)] as [Session]),
      [sessionOf(4, LOST_TEXT)],
      [{ ...sessionOf(3, TWO_PARTS), seed: 73616, blocked: true }],
    ],
  }));

function sessionOf(members: number, steps: readonly Step[]): Session {
  return { seed: 0, members, blocked: false, steps };
}

/** Sessions that failed once: documents differed, or providers were not synced. */
const FAILED_ONCE: readonly (readonly Step[])[] = [
  [{ type: "stopSignaling" }, { type: "wait", ms: 33 }, { type: "remount", who: 0 }],
  [
    { type: "blackhole", who: 2 },
    { type: "edit", who: 2, edit: { type: "write", at: 0, text: " ", cuts: 0 } },
    { type: "wait", ms: 500 },
    { type: "crash", who: 2, keeps: false },
  ],
];

/** The deletion of text reaches the others, and the text itself is lost with its author. */
const LOST_TEXT: readonly Step[] = [
  { type: "disconnect", who: 3 },
  { type: "crash", who: 1, keeps: false },
  { type: "cut", who: 0 },
  { type: "edit", who: 2, edit: { type: "write", at: 0, text: " ", cuts: 0 } },
  { type: "wait", ms: 27 },
  { type: "edit", who: 2, edit: { type: "write", at: 0, text: "", cuts: 1 } },
  { type: "readSlowly", who: 0, ms: 100 },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "readSlowly", who: 0, ms: 100 },
  { type: "startSignaling" },
  { type: "edit", who: 0, edit: { type: "element", name: "a", text: "" } },
  { type: "connect", who: 0 },
  { type: "crash", who: 2, keeps: false },
  { type: "delay", who: 0, ms: 100 },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "edit", who: 0, edit: { type: "nest", at: 0, key: "a" } },
  { type: "delay", who: 0, ms: 100 },
  { type: "edit", who: 0, edit: { type: "list", at: 0, values: [], cuts: 0 } },
];

/** The member that looks for another part of the group cannot connect to the only one in it. */
const TWO_PARTS: readonly Step[] = [
  { type: "cut", who: 2 },
  { type: "partition", who: 0, way: "in", ms: 8017 },
  { type: "wait", ms: 1192 },
  { type: "edit", who: 0, edit: { type: "element", name: "a", text: "" } },
  { type: "edit", who: 0, edit: { type: "set", key: "a", value: null } },
  { type: "edit", who: 0, edit: { type: "list", at: 0, values: [], cuts: 0 } },
  { type: "edit", who: 0, edit: { type: "within", which: 0, text: "" } },
  { type: "disconnect", who: 0 },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "edit", who: 0, edit: { type: "list", at: 0, values: [], cuts: 0 } },
  { type: "edit", who: 0, edit: { type: "within", which: 0, text: "" } },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "wait", ms: 290 },
  { type: "connect", who: 0 },
  { type: "edit", who: 0, edit: { type: "format", at: 0, length: 0, bold: false } },
  { type: "edit", who: 0, edit: { type: "format", at: 0, length: 0, bold: false } },
  { type: "blackhole", who: 0 },
  { type: "edit", who: 0, edit: { type: "write", at: 0, text: "", cuts: 0 } },
  { type: "wait", ms: 2673 },
  { type: "wait", ms: 1578 },
  { type: "edit", who: 0, edit: { type: "nest", at: 0, key: "a" } },
  { type: "wait", ms: 2267 },
];

/** Loses the second message that a provider sends to all. */
const losesSecond: Sabotage = (group) => {
  const open = group.channel.bind(group);
  group.channel = <Data, Reply>(name: string, options?: ChannelOptions<Data, Reply>) => {
    const channel = open<Data, Reply>(name, options);
    const send = channel.send.bind(channel);
    let count = 0;
    channel.send = (...message) => ++count === 2 ? Promise.resolve() : send(...message);
    return channel;
  };
};

Deno.test("the check of convergence finds a provider that loses its second update", async () => {
  const property = fc.asyncProperty(anySession, (session) => converges(session, losesSecond));
  const { counterexample, errorInstance, failed } = await fc.check(property, { numRuns: RUNS });
  expect(failed).toBe(true);
  expect(String(errorInstance)).toMatch("Not the same after");
  const [session] = counterexample!;
  // Without the defect, the same session converges.
  await converges(session);
});
