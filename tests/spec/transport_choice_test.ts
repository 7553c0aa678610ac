import { expect } from "expect";
import { type Choice, chooseTransport, type Side } from "../../src/negotiation/transport_choice.ts";

/** The abilities of a peer, and the results of its dials. */
interface Peer {
  readonly listens: boolean;
  readonly wsSupported: boolean;
  readonly dcSupported: boolean;
  readonly socketSucceeds: boolean;
  readonly rtcSucceeds: boolean;
}

type Outcome = "connected" | "FAILED" | "silence";

/** More moves of both peers together would be a cycle. */
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

/** A WebSocket to a listener, or a data channel between two capable peers. */
function possible(a: Peer, b: Peer): boolean {
  const socket = (from: Peer, to: Peer) => to.listens && from.wsSupported && from.socketSucceeds;
  const rtc = a.dcSupported && b.dcSupported && (a.rtcSucceeds || b.rtcSucceeds);
  return socket(a, b) || socket(b, a) || rtc;
}

/** As in src/negotiation/attempt.ts: the initiator passes the first turn. */
function play(initiator: Peer, passive: Peer): { outcome: Outcome; moves: Choice[] } {
  const sides = { initiator: sideOf(initiator), passive: sideOf(passive) };
  const moves: Choice[] = [];
  let turn: "initiator" | "passive" = "passive";
  // The last info of each side about the other.
  const told = { initiator: sides.passive, passive: sides.initiator };
  while (moves.length <= 2 * MOVES_MAX) {
    const me = turn === "initiator" ? initiator : passive;
    const move = chooseTransport(sides[turn], told[turn], turn === "initiator");
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
      case "passTurn": {
        const other: "initiator" | "passive" = turn === "initiator" ? "passive" : "initiator";
        told[other] = sides[turn];
        turn = other;
      }
    }
  }
  return { outcome: "silence", moves };
}

Deno.test(`chooseTransport() ends in every case, after at most ${MOVES_MAX} moves`, () => {
  let longest: readonly Choice[] = [];
  for (const [initiator, passive] of worlds) {
    const { moves } = play(initiator, passive);
    if (moves.length > longest.length) longest = moves;
  }
  expect(longest.length).toBeLessThanOrEqual(MOVES_MAX);
  expect(longest.length).toBe(MOVES_MAX);
});

Deno.test("chooseTransport() leads to a channel if possible, and otherwise informs the initiator", () => {
  for (const [initiator, passive] of worlds) {
    const { outcome, moves } = play(initiator, passive);
    const expected = possible(initiator, passive) ? "connected" : "FAILED";
    if (outcome !== expected) {
      throw new Error(`${outcome}: ${moves} ${JSON.stringify({ initiator, passive })}`);
    }
  }
});

Deno.test("chooseTransport() dials nothing twice, and nothing that one of the two does not support", () => {
  for (const [initiator, passive] of worlds) {
    const { moves } = play(initiator, passive);
    const dials = (kind: Choice) => moves.filter((move) => move === kind).length;
    const rtc = initiator.dcSupported && passive.dcSupported;
    const sockets = Number(initiator.listens && passive.wsSupported) +
      Number(passive.listens && initiator.wsSupported);
    expect(dials("dialSocket")).toBeLessThanOrEqual(sockets);
    expect(dials("dialRtc")).toBeLessThanOrEqual(rtc ? 2 : 0);
  }
});

/** The conditions of the printed table, in its words. */
const CONDITIONS: Readonly<
  Record<string, (mine: Side, theirs: Side, isInitiator: boolean) => boolean>
> = {
  anotherPeerIsListeningOnWebSocketAndIHaveNotTriedToConnectYet: (mine, theirs) =>
    theirs.listens !== undefined && mine.wsSupported && !mine.wsTried,
  iAmListeningOnWebSocketAndAnotherPeerHasNotTriedToConnectYet: (mine, theirs) =>
    mine.listens !== undefined && theirs.wsSupported && !theirs.wsTried,
  bothPeersSupportRTCDataChannel: (mine, theirs) => mine.dcSupported && theirs.dcSupported,
  iHaveNotTriedToConnectYet: (mine) => !mine.dcTried,
  anotherPeerHasNotTriedToConnectYet: (_mine, theirs) => !theirs.dcTried,
  iAmTheInitiator: (_mine, _theirs, isInitiator) => isInitiator,
};

/** The rows of the table in src/negotiation/transport_choice.ts. */
async function printedRows(): Promise<{ readonly conditions: string[]; readonly move: string }[]> {
  const source = await Deno.readTextFile(
    new URL("../../src/negotiation/transport_choice.ts", import.meta.url),
  );
  const [, table = ""] = /^\/\/\n((?:\/\/ {3}.*\n)+)\/\/\n/m.exec(source) ?? [];
  const rows = [];
  let outer: string | undefined;
  for (const line of table.trimEnd().split("\n")) {
    const [, indent = "", condition, move] =
      /^\/\/ {3}( *)(?:if (\w+)|else)(?: +(\w+))?$/.exec(line) ??
        fail();
    if (indent === "") outer = move === undefined ? condition : undefined;
    const conditions = [outer, condition].filter((name) => name !== undefined);
    if (move !== undefined) rows.push({ conditions, move });
  }
  return rows;
}

Deno.test("chooseTransport() follows the printed table", async () => {
  const rows = await printedRows();
  expect(rows.length).toBe(6);
  const bits = Array.from({ length: 2 ** 5 }, (_, bits) => bits);
  const sides = bits.map((bits): Side => ({
    listens: bits & 1 ? "wss://bot.example/" : undefined,
    wsSupported: (bits & 2) !== 0,
    wsTried: (bits & 4) !== 0,
    dcSupported: (bits & 8) !== 0,
    dcTried: (bits & 16) !== 0,
  }));
  for (const mine of sides) {
    for (const theirs of sides) {
      for (const isInitiator of [true, false]) {
        const holds = (name: string) => (CONDITIONS[name] ?? fail())(mine, theirs, isInitiator);
        const row = rows.find(({ conditions }) => conditions.every(holds));
        expect(chooseTransport(mine, theirs, isInitiator)).toBe(row?.move);
      }
    }
  }
});

Deno.test("chooseTransport() tries WebSockets before data channels, and its own dial first", () => {
  const bot: Side = { ...sideOf(peers[0b00111] ?? fail()) };
  const browser: Side = { ...bot, listens: undefined };
  const rows: readonly [Side, Side, boolean, Choice][] = [
    [browser, bot, true, "dialSocket"],
    [bot, browser, false, "passTurn"],
    [bot, bot, false, "dialSocket"],
    [{ ...bot, wsTried: true }, bot, false, "passTurn"],
    [{ ...bot, wsTried: true }, { ...bot, wsTried: true }, false, "dialRtc"],
    [browser, browser, false, "dialRtc"],
    [{ ...browser, dcTried: true }, browser, false, "passTurn"],
    [{ ...browser, dcTried: true }, { ...browser, dcTried: true }, false, "passTurn"],
    [{ ...browser, dcTried: true }, { ...browser, dcTried: true }, true, "giveUp"],
    [browser, { ...browser, dcSupported: false }, true, "giveUp"],
  ];
  for (const [mine, theirs, iAmInitiator, move] of rows) {
    expect(chooseTransport(mine, theirs, iAmInitiator)).toBe(move);
  }
});

function fail(): never {
  throw new Error("there is no such peer, row or condition");
}
