/**
 * The algorithm of the FAQ in every world: it ends, succeeds when it can, and tells the initiator.
 *
 * @module
 */

import { expect } from "expect";
import { type Move, nextMove, type Side } from "../../src/negotiation/plan.ts";

/** What one peer can do, and how its dials would end. */
interface Peer {
  readonly listens: boolean;
  readonly wsSupported: boolean;
  readonly dcSupported: boolean;
  readonly socketSucceeds: boolean;
  readonly rtcSucceeds: boolean;
}

type Outcome = "connected" | "FAILED" | "silence";

/** Moves of both peers together; more would be a circle. */
const MOVES_MAX = 8;

const FLAGS = ["listens", "wsSupported", "dcSupported", "socketSucceeds", "rtcSucceeds"] as const;

const peers: readonly Peer[] = Array.from({ length: 2 ** FLAGS.length }, (_, bits) => {
  const is = (flag: typeof FLAGS[number]) => (bits >> FLAGS.indexOf(flag) & 1) === 1;
  return {
    listens: is("listens"),
    wsSupported: is("wsSupported"),
    dcSupported: is("dcSupported"),
    socketSucceeds: is("socketSucceeds"),
    rtcSucceeds: is("rtcSucceeds"),
  };
});

const worlds = peers.flatMap((initiator) => peers.map((passive) => [initiator, passive] as const));

function sideOf({ listens, wsSupported, dcSupported }: Peer): Side {
  return {
    listens: listens ? "wss://bot.example/" : undefined,
    wsSupported,
    wsTried: false,
    dcSupported,
    dcTried: false,
  };
}

/** What can be had at all: a socket to who listens, or a data channel between two that can. */
function possible(a: Peer, b: Peer): boolean {
  const socket = (from: Peer, to: Peer) => to.listens && from.wsSupported && from.socketSucceeds;
  const rtc = a.dcSupported && b.dcSupported && (a.rtcSucceeds || b.rtcSucceeds);
  return socket(a, b) || socket(b, a) || rtc;
}

/** Both sides, as src/negotiation/machine.ts plays them: the initiator passes the first turn. */
function play(initiator: Peer, passive: Peer): { outcome: Outcome; moves: Move[] } {
  const sides = { initiator: sideOf(initiator), passive: sideOf(passive) };
  const moves: Move[] = [];
  let turn: "initiator" | "passive" = "passive";
  // What each side was told last of the other.
  const told = { initiator: sides.passive, passive: sides.initiator };
  while (moves.length <= 2 * MOVES_MAX) {
    const me = turn === "initiator" ? initiator : passive;
    const move = nextMove(sides[turn], told[turn], turn === "initiator");
    moves.push(move);
    switch (move) {
      case "dialSocket":
        if (me.socketSucceeds) return { outcome: "connected", moves };
        sides[turn] = { ...sides[turn], wsTried: true };
        break;
      case "dialRtc":
        if (me.rtcSucceeds) return { outcome: "connected", moves };
        sides[turn] = { ...sides[turn], dcTried: true };
        break;
      case "giveUp":
        return { outcome: turn === "initiator" ? "FAILED" : "silence", moves };
      case "askOther": {
        const other: "initiator" | "passive" = turn === "initiator" ? "passive" : "initiator";
        told[other] = sides[turn];
        turn = other;
      }
    }
  }
  return { outcome: "silence", moves };
}

Deno.test(`nextMove() ends in every world, in at most ${MOVES_MAX} moves`, () => {
  let longest: readonly Move[] = [];
  for (const [initiator, passive] of worlds) {
    const { moves } = play(initiator, passive);
    if (moves.length > longest.length) longest = moves;
  }
  expect(longest.length).toBeLessThanOrEqual(MOVES_MAX);
  expect(longest.length).toBe(MOVES_MAX);
});

Deno.test("nextMove() leads to a channel if there is a way, and else tells the initiator", () => {
  for (const [initiator, passive] of worlds) {
    const { outcome, moves } = play(initiator, passive);
    const expected = possible(initiator, passive) ? "connected" : "FAILED";
    if (outcome !== expected) {
      throw new Error(`${outcome}: ${moves} ${JSON.stringify({ initiator, passive })}`);
    }
  }
});

Deno.test("nextMove() dials nothing twice, and nothing that one of the two cannot do", () => {
  for (const [initiator, passive] of worlds) {
    const { moves } = play(initiator, passive);
    const dials = (kind: Move) => moves.filter((move) => move === kind).length;
    const rtc = initiator.dcSupported && passive.dcSupported;
    const sockets = Number(initiator.listens && passive.wsSupported) +
      Number(passive.listens && initiator.wsSupported);
    expect(dials("dialSocket")).toBeLessThanOrEqual(sockets);
    expect(dials("dialRtc")).toBeLessThanOrEqual(rtc ? 2 : 0);
  }
});

Deno.test("nextMove() tries WebSockets before data channels, and its own dial first", () => {
  const bot: Side = { ...sideOf(peers[0b00111] ?? fail()) };
  const browser: Side = { ...bot, listens: undefined };
  const rows: readonly [Side, Side, boolean, Move][] = [
    [browser, bot, true, "dialSocket"],
    [bot, browser, false, "askOther"],
    [bot, bot, false, "dialSocket"],
    [{ ...bot, wsTried: true }, bot, false, "askOther"],
    [{ ...bot, wsTried: true }, { ...bot, wsTried: true }, false, "dialRtc"],
    [browser, browser, false, "dialRtc"],
    [{ ...browser, dcTried: true }, browser, false, "askOther"],
    [{ ...browser, dcTried: true }, { ...browser, dcTried: true }, false, "askOther"],
    [{ ...browser, dcTried: true }, { ...browser, dcTried: true }, true, "giveUp"],
    [browser, { ...browser, dcSupported: false }, true, "giveUp"],
  ];
  for (const [mine, theirs, iAmInitiator, move] of rows) {
    expect(nextMove(mine, theirs, iAmInitiator)).toBe(move);
  }
});

function fail(): never {
  throw new Error("no such peer");
}
