/**
 * The arrows of an attempt, legal and illegal ones, one a row; and two machines against each other.
 *
 * @module
 */

import { expect } from "expect";
import { asGroupId } from "../../src/base/ids.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  RESPONSE_TIMEOUT_MS,
  RTC_TIMEOUT_MS,
  SOCKET_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import {
  ask,
  type AttemptEffect,
  type AttemptEvent,
  attemptStep,
  promise,
} from "../../src/negotiation/machine.ts";
import type { Attempt } from "../../src/negotiation/state.ts";
import type { Info } from "../../src/wire/channel_builder.ts";
import type { RtcSignal } from "../../src/wire/data_channel_builder.ts";

const browser: Info = {
  id: 0,
  listens: undefined,
  group: asGroupId(7),
  wsSupported: true,
  wsTried: false,
  dcSupported: true,
  dcTried: false,
};
const bot: Info = { ...browser, listens: "wss://bot.example/", dcSupported: false };
const deaf: Info = { ...browser, dcSupported: false };

const offer: RtcSignal = { type: "offer", sdp: "v=0" };
const candidate: RtcSignal = { type: "candidate", candidate: "c", sdpMid: "0", sdpMLineIndex: 0 };

const yes: AttemptEvent = { type: "answered", accepted: true, informed: false, now: 1 };
const informed: AttemptEvent = { ...yes, informed: true };
const no: AttemptEvent = { ...yes, accepted: false };
const signaled = (signal: RtcSignal): AttemptEvent => ({ type: "signaled", signal });
const tick = (now: number): AttemptEvent => ({ type: "tick", now });
const failed = (by: "socket" | "rtc"): AttemptEvent => ({ type: "dialFailed", by, now: 3 });
const told = (initiator: Info, passive?: Info): AttemptEvent => ({
  type: "negotiated",
  initiator,
  passive,
  now: 2,
});

/** An attempt after these events, and what the last of them led to. */
function run(
  begin: "ask" | "promise",
  mine: Info,
  ...events: readonly AttemptEvent[]
): { state: Attempt; phase: string; effects: readonly string[] } {
  let { state, effects } = begin === "ask" ? ask(mine, 0) : promise(mine, 0);
  for (const event of events) ({ state, effects } = attemptStep(state, event));
  return { state, phase: phaseOf(state), effects: effects.map(nameOf) };
}

function phaseOf({ phase }: Attempt): string {
  return phase.type === "DIALING" ? `DIALING ${phase.by}` : phase.type;
}

function nameOf(effect: AttemptEffect): string {
  if (effect.type === "fail") return `fail ${effect.failure}`;
  if (effect.type === "abortDial") return `abortDial ${effect.by}`;
  return effect.type;
}

type Row = readonly [
  name: string,
  begin: "ask" | "promise",
  mine: Info,
  events: readonly AttemptEvent[],
  phase: string,
  effects: readonly string[],
];

const dialing: Info = { ...browser, wsSupported: false };

const LEGAL: readonly Row[] = [
  ["begin ▸ ASKING", "ask", browser, [], "ASKING", ["ask"]],
  ["begin ▸ PROMISED", "promise", browser, [], "PROMISED", ["promise"]],
  ["ASKING ▸ yes ▸ WAITING", "ask", browser, [yes], "WAITING", ["passTurn"]],
  ["ASKING ▸ yes, informed ▸ WAITING", "ask", browser, [informed], "WAITING", []],
  ["ASKING ▸ offer, ahead of yes ▸ WAITING", "ask", browser, [signaled(offer)], "WAITING", [
    "answerRtc",
  ]],
  [
    "ASKING ▸ offer, then yes ▸ WAITING",
    "ask",
    browser,
    [signaled(offer), informed],
    "WAITING",
    [],
  ],
  ["ASKING ▸ no ▸ ended", "ask", browser, [no], "ASKING", ["fail REFUSED"]],
  ["PROMISED ▸ told ▸ DIALING rtc", "promise", browser, [told(browser)], "DIALING rtc", [
    "dialRtc",
  ]],
  ["PROMISED ▸ told ▸ DIALING socket", "promise", browser, [told(bot)], "DIALING socket", [
    "dialSocket",
  ]],
  ["PROMISED ▸ told, listening ▸ WAITING", "promise", bot, [told(browser)], "WAITING", [
    "passTurn",
  ]],
  ["PROMISED ▸ told, no way ▸ WAITING", "promise", deaf, [told(deaf)], "WAITING", ["passTurn"]],
  [
    "DIALING rtc ▸ failed ▸ WAITING",
    "promise",
    browser,
    [told(browser), failed("rtc")],
    "WAITING",
    [
      "passTurn",
    ],
  ],
  [
    "DIALING socket ▸ failed ▸ DIALING rtc",
    "promise",
    browser,
    [told({ ...bot, dcSupported: true }), failed("socket")],
    "DIALING rtc",
    ["dialRtc"],
  ],
  [
    "WAITING ▸ told that all was tried ▸ DIALING rtc, its own",
    "ask",
    browser,
    [yes, told(browser, { ...browser, dcTried: true })],
    "DIALING rtc",
    ["dialRtc"],
  ],
  [
    "DIALING rtc ▸ failed, all tried ▸ ended",
    "ask",
    browser,
    [yes, told(browser, { ...browser, dcTried: true }), failed("rtc")],
    "DIALING rtc",
    ["fail UNREACHABLE"],
  ],
  ["WAITING ▸ told of no way ▸ ended", "ask", deaf, [yes, told(deaf, deaf)], "WAITING", [
    "fail UNREACHABLE",
  ]],
  // A deployed peer offers at once, and says nothing of itself before.
  [
    "WAITING ▸ offer without a negotiation ▸ answers",
    "ask",
    browser,
    [yes, signaled(offer)],
    "WAITING",
    [
      "answerRtc",
    ],
  ],
  ["PROMISED ▸ offer ▸ answers", "promise", browser, [signaled(offer)], "PROMISED", ["answerRtc"]],
  [
    "answering ▸ answer failed, offer ▸ answers again",
    "ask",
    browser,
    [yes, signaled(offer), { type: "answerFailed" }, signaled(offer)],
    "WAITING",
    ["answerRtc"],
  ],
  [
    "DIALING rtc ▸ candidate ▸ passed on",
    "promise",
    browser,
    [told(browser), signaled(candidate)],
    "DIALING rtc",
    ["passSignal"],
  ],
  [
    "DIALING rtc ▸ all sent ▸ passed on",
    "promise",
    browser,
    [told(browser), signaled({ type: "end" })],
    "DIALING rtc",
    ["passSignal"],
  ],
];

const ILLEGAL: readonly Row[] = [
  ["WAITING ▸ a late no", "ask", browser, [yes, no], "WAITING", []],
  ["WAITING ▸ a second yes", "ask", browser, [yes, yes], "WAITING", []],
  ["PROMISED ▸ an answer to nothing", "promise", browser, [yes], "PROMISED", []],
  [
    "ASKING ▸ negotiation before the response",
    "ask",
    browser,
    [told(browser, browser)],
    "ASKING",
    [],
  ],
  [
    "WAITING ▸ negotiation without the passive side",
    "ask",
    browser,
    [yes, told(browser)],
    "WAITING",
    [],
  ],
  [
    "DIALING ▸ negotiation meanwhile",
    "promise",
    browser,
    [told(browser), told(bot)],
    "DIALING rtc",
    [],
  ],
  [
    "DIALING rtc ▸ a socket fails",
    "promise",
    browser,
    [told(browser), failed("socket")],
    "DIALING rtc",
    [],
  ],
  ["WAITING ▸ a dial of before fails", "ask", browser, [yes, failed("rtc")], "WAITING", []],
  [
    "answering ▸ a second offer",
    "ask",
    browser,
    [yes, signaled(offer), signaled(offer)],
    "WAITING",
    [],
  ],
  [
    "WAITING ▸ offer to who has no data channels",
    "ask",
    deaf,
    [yes, signaled(offer)],
    "WAITING",
    [],
  ],
];

const TIMED: readonly Row[] = [
  ["ASKING, just in time", "ask", browser, [tick(RESPONSE_TIMEOUT_MS - 1)], "ASKING", []],
  ["ASKING, no answer", "ask", browser, [tick(RESPONSE_TIMEOUT_MS)], "ASKING", ["fail TIMEOUT"]],
  [
    "WAITING, past the time for an answer",
    "ask",
    browser,
    [yes, tick(RESPONSE_TIMEOUT_MS)],
    "WAITING",
    [],
  ],
  ["WAITING, nothing comes", "ask", browser, [yes, tick(ATTEMPT_TIMEOUT_MS)], "WAITING", [
    "fail TIMEOUT",
  ]],
  ["PROMISED, nothing comes", "promise", browser, [tick(ATTEMPT_TIMEOUT_MS)], "PROMISED", [
    "fail TIMEOUT",
  ]],
  [
    "DIALING rtc, too long",
    "promise",
    browser,
    [told(browser), tick(2 + RTC_TIMEOUT_MS)],
    "WAITING",
    [
      "abortDial rtc",
      "passTurn",
    ],
  ],
  [
    "DIALING socket, too long",
    "promise",
    browser,
    [told(bot), tick(2 + SOCKET_TIMEOUT_MS)],
    "WAITING",
    [
      "abortDial socket",
      "passTurn",
    ],
  ],
  [
    "DIALING, the whole attempt too long",
    "promise",
    browser,
    [told(browser), tick(ATTEMPT_TIMEOUT_MS)],
    "DIALING rtc",
    ["fail TIMEOUT"],
  ],
  [
    "answering, the whole attempt too long",
    "ask",
    browser,
    [yes, signaled(offer), tick(ATTEMPT_TIMEOUT_MS)],
    "WAITING",
    ["fail TIMEOUT"],
  ],
];

for (const [title, rows] of Object.entries({ legal: LEGAL, illegal: ILLEGAL, timed: TIMED })) {
  for (const [name, begin, mine, events, phase, effects] of rows) {
    Deno.test(`attemptStep() ${title}: ${name}`, () => {
      const after = run(begin, mine, ...events);
      expect([after.phase, after.effects]).toEqual([phase, effects]);
    });
  }
}

Deno.test("attemptStep() changes nothing on what is illegal, but for timers", () => {
  for (const [, begin, mine, events] of ILLEGAL) {
    expect(run(begin, mine, ...events).state).toEqual(
      run(begin, mine, ...events.slice(0, -1)).state,
    );
  }
});

Deno.test("attemptStep() stops every timer when it fails", () => {
  expect(run("ask", browser, no).state.timers.size).toBe(0);
  expect(run("ask", browser, tick(RESPONSE_TIMEOUT_MS)).state.timers.size).toBe(0);
});

Deno.test("attemptStep() calls itself what the passive side called it", () => {
  const { state } = run(
    "ask",
    browser,
    yes,
    told({ ...browser, id: 99 }, { ...browser, dcTried: true }),
  );
  expect(state.mine.id).toBe(99);
});

Deno.test("attemptStep() passes on what each side has tried", () => {
  let { state } = promise(browser, 0);
  ({ state } = attemptStep(state, told(browser)));
  const { effects } = attemptStep(state, failed("rtc"));
  expect(effects).toEqual([
    { type: "passTurn", initiator: browser, passive: { ...browser, dcTried: true } },
  ]);
});

Deno.test("attemptStep() dials the URL of the other side, in the group as that knows it", () => {
  const { state } = promise(dialing, 0);
  expect(attemptStep(state, told(bot)).state.phase.type).toBe("WAITING");
  const { effects } = attemptStep(promise(browser, 0).state, told({ ...bot, group: asGroupId(9) }));
  expect(effects).toEqual([{ type: "dialSocket", url: bot.listens, group: 9 }]);
});

// Two machines against each other, in every world.

interface Peer {
  readonly info: Info;
  readonly socketSucceeds: boolean;
  readonly rtcSucceeds: boolean;
}

const peers: readonly Peer[] = Array.from({ length: 32 }, (_, bits) => ({
  info: {
    ...browser,
    listens: bits & 1 ? "wss://peer.example/" : undefined,
    wsSupported: (bits & 2) !== 0,
    dcSupported: (bits & 4) !== 0,
  },
  socketSucceeds: (bits & 8) !== 0,
  rtcSucceeds: (bits & 16) !== 0,
}));

function duel(initiator: Peer, passive: Peer, informs: boolean): string {
  const promised = promise(passive.info, 0, informs ? initiator.info : undefined);
  const mine = { initiator: ask(initiator.info, 0).state, passive: promised.state };
  const queue: [keyof typeof mine, AttemptEvent][] = [
    ["initiator", { type: "answered", accepted: true, informed: informs, now: 1 }],
  ];
  const perform = (who: keyof typeof mine, effects: readonly AttemptEffect[]) => {
    const peer = who === "initiator" ? initiator : passive;
    const other = who === "initiator" ? "passive" : "initiator";
    for (const effect of effects) {
      if (effect.type === "fail") return `${who} ${effect.failure}`;
      if (effect.type === "passTurn") {
        queue.push([other, { ...effect, type: "negotiated", now: 2 }]);
      }
      if (effect.type !== "dialSocket" && effect.type !== "dialRtc") continue;
      const by = effect.type === "dialSocket" ? "socket" : "rtc";
      if (by === "socket" ? peer.socketSucceeds : peer.rtcSucceeds) return "connected";
      queue.push([who, failed(by)]);
    }
    return undefined;
  };
  let end = perform("passive", promised.effects);
  for (let moves = 0; moves < 32 && end === undefined; moves++) {
    const [who, event] = queue.shift() ?? ["initiator", tick(ATTEMPT_TIMEOUT_MS)];
    const { state, effects } = attemptStep(mine[who], event);
    mine[who] = state;
    end = perform(who, effects);
  }
  return end ?? "no end";
}

Deno.test("attemptStep() against itself ends in a channel if there is a way, else fails", () => {
  for (const a of peers) {
    for (const b of peers) {
      const socket = (from: Peer, to: Peer) =>
        to.info.listens !== undefined && from.info.wsSupported && from.socketSucceeds;
      const rtc = a.info.dcSupported && b.info.dcSupported && (a.rtcSucceeds || b.rtcSucceeds);
      const possible = socket(a, b) || socket(b, a) || rtc;
      const end = possible ? "connected" : "initiator UNREACHABLE";
      expect([duel(a, b, false), duel(a, b, true)]).toEqual([end, end]);
    }
  }
});
