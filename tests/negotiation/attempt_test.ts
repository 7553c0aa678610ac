import { expect } from "expect";
import { asGroupId } from "../../src/base/ids.ts";
import {
  ATTEMPT_TIMEOUT_MS,
  RESPONSE_TIMEOUT_MS,
  RTC_TIMEOUT_MS,
  SOCKET_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import type { AttemptRole } from "../../src/negotiation/attempt.ts";
import type { PeerInfo } from "../../src/wire/connect_message.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";
import {
  type Abilities,
  AttemptRig,
  BROWSER,
  type DialName,
  type Input,
  peerInfo,
  type PlayedDial,
} from "./rig.ts";

/** The abilities of this side, and those that the other side states. */
const BOT: Abilities = { ...BROWSER, listens: "wss://bot.example/", dcSupported: false };
const DEAF: Abilities = { ...BROWSER, dcSupported: false };
const browser = peerInfo(BROWSER);
const bot = peerInfo(BOT);
const deaf = peerInfo(DEAF);
const tried = { ...browser, dcTried: true };

const offer: RtcSignal = { type: "offer", sdp: "v=0" };
const answer: RtcSignal = { type: "answer", sdp: "v=0" };
const candidate: RtcSignal = { type: "candidate", candidate: "c", sdpMid: "0", sdpMLineIndex: 0 };

const at = (now: number, input: Input): Input => (rig) => {
  rig.now = now;
  input(rig);
};
const response = (accepted: boolean, version?: number): Input =>
  at(1, ({ attempt }) => attempt.responseReceived({ type: "response", accepted, version }));
const yes = response(true);
const yesOfV5 = response(true, 5);
const no = response(false);
const turn = (initiator: PeerInfo, passive?: PeerInfo, version?: number): Input =>
  at(
    2,
    ({ attempt }) => attempt.turnReceived({ type: "negotiation", initiator, passive, version }),
  );
const failed = (name: DialName): Input => at(3, (rig) => rig.fail(name));
const opened = (name: DialName): Input => (rig) => rig.open(name);
const signal = (signal: RtcSignal): Input => ({ attempt }) => attempt.signalReceived(signal);
const generated = (signal: RtcSignal): Input => (rig) =>
  rig.rtc.at(-1)?.sink.signalGenerated(signal);
const peerGone: Input = ({ attempt }) => attempt.peerGone();
const cancel: Input = ({ attempt }) => attempt.cancel();
const tick = (now: number): Input => (rig) => rig.tick(now);

const run = (role: AttemptRole, mine: Abilities, ...inputs: readonly Input[]) =>
  new AttemptRig(role, mine).run(inputs);

type Row = readonly [
  name: string,
  role: AttemptRole,
  mine: Abilities,
  inputs: readonly Input[],
  phase: string,
  outputs: readonly string[],
];

/** The socket has failed, and the data channel is dialed. */
const SECOND_DIAL = [turn({ ...bot, dcSupported: true }), failed("socket")];

// deno-fmt-ignore -- a table
const LEGAL: readonly Row[] = [
  ["begin ▸ ASKING", "initiator", BROWSER, [], "ASKING", ["send request"]],
  ["begin ▸ WAITING", "passive", BROWSER, [], "WAITING", ["send response true"]],
  ["ASKING ▸ yes ▸ WAITING", "initiator", BROWSER, [yes], "WAITING", ["send negotiation"]],
  ["ASKING ▸ yes of a v5 peer ▸ WAITING", "initiator", BROWSER, [yesOfV5], "WAITING", []],
  ["ASKING ▸ offer, ahead of yes ▸ WAITING", "initiator", BROWSER, [signal(offer)], "WAITING",
    ["dial answerer", "pass offer to answerer"]],
  ["ASKING ▸ offer, then yes ▸ WAITING", "initiator", BROWSER, [signal(offer), yesOfV5], "WAITING",
    []],
  ["ASKING ▸ no ▸ ENDED", "initiator", BROWSER, [no], "ENDED", ["failed REFUSED"]],
  ["WAITING ▸ turn ▸ DIALING offerer", "passive", BROWSER, [turn(browser)], "DIALING offerer",
    ["dial offerer"]],
  ["WAITING ▸ turn ▸ DIALING socket", "passive", BROWSER, [turn(bot)], "DIALING socket",
    ["dial socket"]],
  ["WAITING ▸ turn, listening ▸ WAITING", "passive", BOT, [turn(browser)], "WAITING",
    ["send negotiation"]],
  ["WAITING ▸ turn, no way ▸ WAITING", "passive", DEAF, [turn(deaf)], "WAITING",
    ["send negotiation"]],
  ["DIALING offerer ▸ failed ▸ WAITING", "passive", BROWSER, [turn(browser), failed("offerer")],
    "WAITING", ["send negotiation"]],
  ["DIALING socket ▸ failed ▸ DIALING offerer", "passive", BROWSER, SECOND_DIAL, "DIALING offerer",
    ["dial offerer"]],
  ["WAITING ▸ turn, the other tried all ▸ DIALING offerer", "initiator", BROWSER,
    [yes, turn(browser, tried)], "DIALING offerer", ["dial offerer"]],
  ["DIALING offerer ▸ failed, all tried ▸ ENDED", "initiator", BROWSER,
    [yes, turn(browser, tried), failed("offerer")], "ENDED", ["failed UNREACHABLE"]],
  ["WAITING ▸ turn, no way ▸ ENDED", "initiator", DEAF, [yes, turn(deaf, deaf)], "ENDED",
    ["failed UNREACHABLE"]],
  // A deployed peer sends its offer without a negotiation before.
  ["WAITING ▸ offer without a negotiation ▸ answers", "initiator", BROWSER, [yes, signal(offer)],
    "WAITING", ["dial answerer", "pass offer to answerer"]],
  ["WAITING ▸ offer ▸ answers", "passive", BROWSER, [signal(offer)], "WAITING",
    ["dial answerer", "pass offer to answerer"]],
  ["answering ▸ answer failed, offer ▸ answers again", "initiator", BROWSER,
    [yes, signal(offer), failed("answerer"), signal(offer)], "WAITING",
    ["dial answerer", "pass offer to answerer"]],
  ["DIALING offerer ▸ candidate ▸ passed on", "passive", BROWSER,
    [turn(browser), signal(candidate)], "DIALING offerer", ["pass candidate to offerer"]],
  ["DIALING offerer ▸ all sent ▸ passed on", "passive", BROWSER,
    [turn(browser), signal({ type: "end" })], "DIALING offerer", ["pass end to offerer"]],
  ["DIALING offerer ▸ an own candidate", "passive", BROWSER,
    [turn(browser), generated(candidate)], "DIALING offerer", ["send signal"]],
  ["DIALING offerer ▸ everything was sent to a deployed peer", "passive", BROWSER,
    [turn(browser), generated({ type: "end" })], "DIALING offerer", ["send signal"]],
  ["DIALING offerer ▸ everything was sent to a v5 peer, which need not know", "passive", BROWSER,
    [turn(browser, undefined, 5), generated({ type: "end" })], "DIALING offerer", []],
  ["answering ▸ turn ▸ DIALING offerer, the answer is over", "initiator", BROWSER,
    [yes, signal(offer), turn(browser, tried)], "DIALING offerer",
    ["cancel answerer", "dial offerer"]],
  ["DIALING offerer, answering ▸ candidate ▸ passed to the answer", "passive", BROWSER,
    [turn(browser), signal(offer), signal(candidate)], "DIALING offerer",
    ["pass candidate to answerer"]],
  ["DIALING offerer ▸ opened ▸ ENDED", "passive", BROWSER, [turn(browser), opened("offerer")],
    "ENDED", ["connected"]],
  ["DIALING offerer ▸ the answer opened ▸ ENDED", "passive", BROWSER,
    [signal(offer), turn(bot), opened("answerer")], "ENDED", ["cancel socket", "connected"]],
  ["ASKING ▸ peer gone ▸ ENDED", "initiator", BROWSER, [peerGone], "ENDED", ["failed UNREACHABLE"]],
  ["DIALING offerer ▸ cancel ▸ ENDED", "passive", BROWSER, [turn(browser), cancel], "ENDED",
    ["cancel offerer"]],
  // Both crossed attempts are passive: each side calls the other one the initiator.
  ["DIALING offerer ▸ turn of a passive side ▸ ENDED", "passive", BROWSER,
    [turn(browser), turn({ ...browser, id: 50 }, tried)], "ENDED",
    ["cancel offerer", "failed UNREACHABLE"]],
  ["WAITING ▸ turn of a passive side ▸ ENDED", "passive", BROWSER,
    [turn({ ...browser, id: 50 }, tried)], "ENDED", ["failed UNREACHABLE"]],
  ["WAITING ▸ turn that calls us the initiator, as we are ▸ DIALING offerer", "initiator", BROWSER,
    [yes, turn({ ...browser, id: 50 }, tried)], "DIALING offerer", ["dial offerer"]],
];

// deno-fmt-ignore -- a table
const ILLEGAL: readonly Row[] = [
  ["WAITING ▸ a late no", "initiator", BROWSER, [yes, no], "WAITING", []],
  ["WAITING ▸ a second yes", "initiator", BROWSER, [yes, yes], "WAITING", []],
  ["WAITING ▸ an answer to nothing", "passive", BROWSER, [yes], "WAITING", []],
  ["ASKING ▸ turn before the response", "initiator", BROWSER, [turn(browser, browser)], "ASKING",
    []],
  ["WAITING ▸ turn without the passive side", "initiator", BROWSER, [yes, turn(browser)], "WAITING",
    []],
  ["DIALING ▸ turn meanwhile", "passive", BROWSER, [turn(browser), turn(bot)], "DIALING offerer",
    []],
  ["DIALING offerer ▸ a socket fails", "passive", BROWSER, [...SECOND_DIAL, failed("socket")],
    "DIALING offerer", []],
  ["WAITING ▸ a dial of before fails", "passive", BROWSER,
    [turn(browser), failed("offerer"), failed("offerer")], "WAITING", []],
  ["answering ▸ a second offer", "initiator", BROWSER, [yes, signal(offer), signal(offer)],
    "WAITING", []],
  ["WAITING ▸ offer, without data channels", "initiator", DEAF, [yes, signal(offer)], "WAITING",
    []],
];

// deno-fmt-ignore -- a table
const TIMED: readonly Row[] = [
  ["ASKING, just in time", "initiator", BROWSER, [tick(RESPONSE_TIMEOUT_MS - 1)], "ASKING", []],
  ["ASKING, no answer", "initiator", BROWSER, [tick(RESPONSE_TIMEOUT_MS)], "ENDED",
    ["failed TIMEOUT"]],
  ["WAITING, past the time for an answer", "initiator", BROWSER, [yes, tick(RESPONSE_TIMEOUT_MS)],
    "WAITING", []],
  ["WAITING, nothing comes", "initiator", BROWSER, [yes, tick(ATTEMPT_TIMEOUT_MS)], "ENDED",
    ["failed TIMEOUT"]],
  ["WAITING, nothing comes", "passive", BROWSER, [tick(ATTEMPT_TIMEOUT_MS)], "ENDED",
    ["failed TIMEOUT"]],
  ["DIALING offerer, just in time", "passive", BROWSER,
    [turn(browser), tick(2 + RTC_TIMEOUT_MS - 1)], "DIALING offerer", []],
  ["DIALING offerer, too long", "passive", BROWSER, [turn(browser), tick(2 + RTC_TIMEOUT_MS)],
    "WAITING", ["cancel offerer", "send negotiation"]],
  ["DIALING offerer, just in time after the answer", "passive", BROWSER,
    [turn(browser), at(1_000, signal(answer)), tick(1_000 + RTC_TIMEOUT_MS - 1)],
    "DIALING offerer", []],
  ["DIALING offerer, too long after the answer", "passive", BROWSER,
    [turn(browser), at(1_000, signal(answer)), tick(1_000 + RTC_TIMEOUT_MS)],
    "WAITING", ["cancel offerer", "send negotiation"]],
  ["DIALING socket, too long, whatever the peer answers", "passive", BROWSER,
    [turn(bot), at(1_000, signal(answer)), tick(2 + SOCKET_TIMEOUT_MS)],
    "WAITING", ["cancel socket", "send negotiation"]],
  ["DIALING socket, too long", "passive", BROWSER, [turn(bot), tick(2 + SOCKET_TIMEOUT_MS)],
    "WAITING", ["cancel socket", "send negotiation"]],
  ["DIALING, the whole attempt too long", "passive", BROWSER,
    [turn(browser), tick(ATTEMPT_TIMEOUT_MS)], "ENDED", ["cancel offerer", "failed TIMEOUT"]],
  ["answering, the whole attempt too long", "initiator", BROWSER,
    [yes, signal(offer), tick(ATTEMPT_TIMEOUT_MS)], "ENDED", ["cancel answerer", "failed TIMEOUT"]],
];

for (const [title, rows] of Object.entries({ legal: LEGAL, illegal: ILLEGAL, timed: TIMED })) {
  for (const [name, role, mine, inputs, phase, outputs] of rows) {
    Deno.test(`Attempt ${title}: ${name}`, () => {
      const after = run(role, mine, ...inputs);
      expect({ phase: after.phase, outputs: after.outputs }).toEqual({ phase, outputs });
    });
  }
}

/** The results of these inputs show every difference between two attempts. */
function probe(rig: AttemptRig): unknown[] {
  const inputs = [
    yesOfV5,
    signal(offer),
    signal(candidate),
    turn({ ...browser, id: 99 }, peerInfo({ ...BOT, dcSupported: true })),
    tick(2 + SOCKET_TIMEOUT_MS),
    tick(2 + SOCKET_TIMEOUT_MS + RTC_TIMEOUT_MS),
    tick(ATTEMPT_TIMEOUT_MS),
  ];
  return inputs.map((input) => {
    rig.outputs = [];
    if (rig.attempt.phase !== "ENDED") input(rig);
    const { attempt: { deadline }, phase, outputs } = rig;
    return { deadline, phase, outputs, sent: rig.takeMessages() };
  });
}

Deno.test("Attempt ignores illegal inputs", () => {
  for (const [, role, mine, inputs] of ILLEGAL) {
    const [before, after] = [inputs.slice(0, -1), inputs].map((some) => run(role, mine, ...some));
    if (before === undefined || after === undefined) throw new Error("there are two");
    expect(after.attempt.deadline).toBe(before.attempt.deadline);
    before.now = after.now;
    expect(probe(after)).toEqual(probe(before));
  }
});

Deno.test("Attempt stops every timer when it fails", () => {
  expect(run("initiator", BROWSER, no).attempt.deadline).toBeUndefined();
  const late = run("initiator", BROWSER, tick(RESPONSE_TIMEOUT_MS));
  expect(late.attempt.deadline).toBeUndefined();
});

Deno.test("Attempt closes a channel that opens after its end", () => {
  const rig = run("passive", BROWSER, turn(browser), cancel);
  rig.outputs = [];
  rig.open("offerer");
  expect(rig.outputs).toEqual(["close"]);
});

Deno.test("Attempt uses the id by which the passive side has addressed it", () => {
  const rig = run("initiator", BROWSER, yes, turn({ ...browser, id: 99 }, browser));
  rig.takeMessages();
  failed("offerer")(rig);
  const initiator = { ...browser, id: 99, dcTried: true };
  expect(rig.takeMessages()).toEqual([
    { type: "negotiation", initiator, passive: browser, version: 5 },
  ]);
});

Deno.test("Attempt forwards the tried transports of each side", () => {
  const rig = run("passive", BROWSER, turn(browser));
  rig.takeMessages();
  failed("offerer")(rig);
  const [initiator, passive] = [{ ...browser, id: 60 }, { ...tried, id: 50 }];
  expect(rig.takeMessages()).toEqual([{ type: "negotiation", initiator, passive, version: 5 }]);
});

Deno.test("Attempt dials the URL of the other side, with the group id of that side", () => {
  expect(run("passive", { ...BROWSER, wsSupported: false }, turn(bot)).phase).toBe("WAITING");
  const { urls } = run("passive", BROWSER, turn({ ...bot, group: asGroupId(77) }));
  expect(urls).toEqual([`${bot.listens}?type=0&wcId=77&senderId=50`]);
});

Deno.test("Attempt dials a member at the signaling server by its own URL, with a token", () => {
  const there = { ...bot, group: asGroupId(77), atSignaling: true };
  const { urls } = run("passive", BROWSER, turn(there));
  const own = "wss://signaling.example/key";
  expect(urls).toEqual([`with a token: ${own}?type=0&wcId=77&senderId=50`]);
});

const CROSSINGS: readonly [role: AttemptRole, me: number, other: number, wins: boolean][] = [
  ["initiator", 50, 60, true],
  ["initiator", 60, 50, false],
  ["passive", 50, 60, false],
  ["passive", 60, 50, false],
];
for (const [role, me, other, wins] of CROSSINGS) {
  const end = wins ? "wins" : "loses";
  Deno.test(`Attempt of ${me} as ${role} ${end} a crossing with ${other}`, () => {
    expect(new AttemptRig(role, BROWSER, { me, other }).attempt.winsCrossing).toBe(wins);
  });
}

interface Peer {
  readonly can: Abilities;
  readonly socketSucceeds: boolean;
  readonly rtcSucceeds: boolean;
}

const peers: readonly Peer[] = Array.from({ length: 32 }, (_, bits) => ({
  can: {
    ...BROWSER,
    listens: bits & 1 ? "wss://peer.example/" : undefined,
    wsSupported: (bits & 2) !== 0,
    dcSupported: (bits & 4) !== 0,
  },
  socketSucceeds: (bits & 8) !== 0,
  rtcSucceeds: (bits & 16) !== 0,
}));

/** @param isV5 The request has the peer info of the initiator, and the response has a version. */
function duel(initiator: Peer, passive: Peer, isV5: boolean): string {
  const rigs = {
    initiator: new AttemptRig("initiator", initiator.can, { me: 50, other: 60 }),
    passive: new AttemptRig("passive", passive.can, { me: 60, other: 50 }),
  };
  const queue: (() => void)[] = [];
  const settled = new Set<PlayedDial>();
  const collect = (role: keyof typeof rigs): string | undefined => {
    const rig = rigs[role];
    const { attempt } = rigs[role === "initiator" ? "passive" : "initiator"];
    const end = rig.outputs.find((output) => /connected|failed/.test(output));
    if (end !== undefined) return end === "connected" ? end : `${role} ${end}`;
    for (const message of rig.takeMessages()) {
      const version = isV5 ? 5 : undefined;
      if (message.type === "request") {
        const { initiator } = message;
        queue.push(() => attempt.accept({ ...message, initiator: isV5 ? initiator : undefined }));
      } else if (message.type === "response") {
        queue.push(() => attempt.responseReceived({ ...message, version }));
      } else queue.push(() => attempt.turnReceived(message));
    }
    const { rtcSucceeds, socketSucceeds } = role === "initiator" ? initiator : passive;
    const dial = rig.dials.at(-1);
    if (dial?.state === "open" && !settled.has(dial)) {
      settled.add(dial);
      const succeeds = dial.name === "socket" ? socketSucceeds : rtcSucceeds;
      queue.push(() => succeeds ? rig.open(dial.name) : rig.fail(dial.name));
    }
    return undefined;
  };
  rigs.initiator.attempt.start();
  for (let moves = 0; moves < 32; moves++) {
    const end = collect("initiator") ?? collect("passive");
    if (end !== undefined) return end;
    const next = queue.shift() ?? (() => rigs.initiator.tick(ATTEMPT_TIMEOUT_MS));
    next();
  }
  return "no end";
}

Deno.test("Attempt: two attempts end with a channel if one is possible, otherwise both fail", () => {
  for (const a of peers) {
    for (const b of peers) {
      const socket = (from: Peer, to: Peer) =>
        to.can.listens !== undefined && from.can.wsSupported && from.socketSucceeds;
      const rtc = a.can.dcSupported && b.can.dcSupported && (a.rtcSucceeds || b.rtcSucceeds);
      const possible = socket(a, b) || socket(b, a) || rtc;
      const end = possible ? "connected" : "initiator failed UNREACHABLE";
      const ends = { v4: duel(a, b, false), v5: duel(a, b, true) };
      expect(ends).toEqual({ v4: end, v5: end });
    }
  }
});
