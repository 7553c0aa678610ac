import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { HANDSHAKE_TIMEOUT_MS, SOCKET_TIMEOUT_MS } from "../../src/base/limits.ts";
import {
  type Joiner,
  type JoinOutcome,
  PendingHandshakes,
} from "../../src/negotiation/join_handshakes.ts";
import { BufferedEvents } from "../../src/transport/buffered_events.ts";
import type { Channel, DialSink } from "../../src/transport/channel.ts";
import {
  decodeJoinHandshake,
  encodeJoinHandshake,
  type InitPing,
} from "../../src/wire/join_handshake.ts";

const HOST = asMemberId(10);
const JOINER = asMemberId(20);
const URL_OF_BOT = "ws://bot:1/";
const PING: InitPing = {
  type: "initPing",
  topology: 0,
  group: asGroupId(1),
  member: HOST,
  members: [HOST],
  key: "key",
  v5Members: [HOST],
  version: 5,
};

/** The test plays the other end of the channel. */
class Rig {
  now = 0;
  readonly outputs: string[] = [];
  readonly outcomes: JoinOutcome[] = [];
  readonly #turns: (() => void)[] = [];
  readonly #events = new BufferedEvents();
  /** Of the bot that is dialed. */
  dialSink: DialSink | undefined;
  readonly handshakes = new PendingHandshakes({
    clock: { now: () => this.now, at: () => () => {} },
    transport: {
      dialSocket: (url, sink) => {
        this.outputs.push(`dial ${url}`);
        this.dialSink = sink;
        return { cancel: () => void this.outputs.push("cancel") };
      },
    },
    post: (turn) => void this.#turns.push(turn),
  });
  readonly channel: Channel = {
    kind: "rtc",
    bufferedAmount: 0,
    listen: (sink) => this.#events.listen(sink),
    send: (frame) => void this.outputs.push(`send ${decodeJoinHandshake(frame).type}`),
    close: () => void this.outputs.push("close"),
    abort: () => {},
  };

  host(isIdFree = true): this {
    const host = { ping: PING, isIdFree: () => isIdFree };
    this.handshakes.host(this.channel, host, (outcome) => this.outcomes.push(outcome));
    return this;
  }

  join(decision: ReturnType<Joiner["decide"]> = "join", isInvited = false): this {
    const joiner = { me: JOINER, isInvited, epochFor: () => 7, decide: () => decision };
    this.handshakes.join(this.channel, joiner, (outcome) => this.outcomes.push(outcome));
    return this;
  }

  dial(): this {
    const [group, sender] = [asGroupId(7), HOST];
    const query = { type: "invitation", group, sender, key: "key", proof: undefined } as const;
    this.handshakes.dial(URL_OF_BOT, query, () => {
      this.outputs.push("opened");
    }, ({ code, message }) => {
      this.outputs.push(`${code}: ${message}`);
    });
    return this;
  }

  /** A frame arrives, and the deferred turns run. */
  receive(frame: Uint8Array): this {
    this.#events.received(frame);
    return this;
  }

  lose(): this {
    this.#events.close({ code: undefined, clean: false, reason: "gone" });
    return this;
  }

  settle(): this {
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
    return this;
  }

  get ends(): unknown[] {
    return this.outcomes.map((outcome) =>
      outcome.type === "failed"
        ? { code: outcome.error.code, message: outcome.error.message }
        : outcome
    );
  }
}

const ping = (over: Partial<InitPing> = {}) => encodeJoinHandshake({ ...PING, ...over });
const pongOf = (version: number | undefined) =>
  encodeJoinHandshake({ type: "initPong", newcomer: JOINER, epoch: undefined, version });
const pong = pongOf(5);
const pongOfV4 = pongOf(undefined);
const later = new Uint8Array([1, 2, 3]);

function failure(code: string, reason: string): unknown {
  return { code, message: `Cannot join: ${reason}` };
}

const UNEXPECTED = "the first frame is not the one expected";

type Row = readonly [
  name: string,
  run: () => Rig,
  end: unknown,
  outputs: readonly string[],
];

// deno-fmt-ignore -- a table
const ROWS: readonly Row[] = [
  ["host accepts a v5 joiner", () => new Rig().host().receive(pong),
    { type: "accepted", joiner: JOINER, protocol: "v5" }, ["send initPing"]],
  ["host accepts a v4 joiner", () => new Rig().host().receive(pongOfV4),
    { type: "accepted", joiner: JOINER, protocol: "v4" }, ["send initPing"]],
  ["host refuses an id that is taken", () => new Rig().host(false).receive(pong),
    { type: "idTaken", joiner: JOINER }, ["send initPing", "close"]],
  ["host refuses another host", () => new Rig().host().receive(ping()),
    failure("REFUSED", UNEXPECTED), ["send initPing", "close"]],
  ["joiner joins", () => new Rig().join().receive(ping()),
    { type: "joined", ping: PING }, ["send initPong"]],
  ["joiner refuses another joiner", () => new Rig().join().receive(pong),
    failure("REFUSED", UNEXPECTED), ["close"]],
  ["joiner does not answer where its id is taken",
    () => new Rig().join("idTaken").receive(ping()),
    { type: "idTaken", joiner: JOINER }, ["close"]],
  ["joiner refuses another topology",
    () => new Rig().join().receive(ping({ topology: 3 })),
    failure("REFUSED", "its topology is 3, 0 expected"), ["close"]],
  ["joiner does not answer a host that it is connected to",
    () => new Rig().join("alreadyConnected").receive(ping()),
    { type: "alreadyConnected" }, ["close"]],
  ["joiner that is invited answers a host that it is connected to",
    () => new Rig().join("alreadyConnected", true).receive(ping()),
    { type: "alreadyConnected" }, ["send initPong", "close"]],
  ["joiner refuses a frame that is none", () => new Rig().join().receive(new Uint8Array([255])),
    { code: "REFUSED", message: expect.stringMatching(/^Cannot join: /) }, ["close"]],
  ["joiner loses its channel", () => new Rig().join().lose(),
    failure("UNREACHABLE", "the channel ended: gone"), ["close"]],
];

for (const [name, run, end, outputs] of ROWS) {
  Deno.test(`PendingHandshakes: ${name}`, () => {
    const rig = run().settle();
    expect({ ends: rig.ends, outputs: rig.outputs }).toEqual({ ends: [end], outputs });
    expect(rig.handshakes.deadline).toBeUndefined();
  });
}

Deno.test("PendingHandshakes leaves what follows the first frame to the next sink", () => {
  for (const rig of [new Rig().host().receive(pong), new Rig().join().receive(ping())]) {
    const followed: unknown[] = [];
    rig.receive(later).lose().settle().channel.listen({
      received: (frame) => followed.push(frame),
      bufferedAmountLow() {},
      closed: ({ reason }) => followed.push(reason),
    });
    expect(followed).toEqual([later, "gone"]);
  }
});

Deno.test("PendingHandshakes times out a handshake", () => {
  const rig = new Rig().join();
  expect(rig.handshakes.deadline).toBe(HANDSHAKE_TIMEOUT_MS);
  rig.handshakes.tick(HANDSHAKE_TIMEOUT_MS - 1);
  expect(rig.settle().ends).toEqual([]);
  rig.handshakes.tick(HANDSHAKE_TIMEOUT_MS);
  const reason = `no first frame in ${HANDSHAKE_TIMEOUT_MS} ms`;
  expect(rig.settle().ends).toEqual([failure("TIMEOUT", reason)]);
});

Deno.test("PendingHandshakes.close() closes channels, and reports nothing", () => {
  const waiting = new Rig().join();
  const ended = new Rig().join().receive(ping());
  for (const rig of [waiting, ended]) {
    rig.handshakes.close();
    expect(rig.settle().ends).toEqual([]);
    expect(rig.outputs).toContain("close");
  }
});

const DIAL = `dial ${URL_OF_BOT}?type=2&wcId=7&senderId=10&key=key`;
const LATE = `no connection within ${SOCKET_TIMEOUT_MS} ms`;

// deno-fmt-ignore -- a table
const DIALS: readonly (readonly [name: string, inputs: (rig: Rig) => void, outputs: readonly string[]])[] = [
  ["opened", ({ dialSink, channel }) => dialSink?.opened(channel), ["opened"]],
  ["failed", ({ dialSink }) => dialSink?.failed("refused"),
    [`UNREACHABLE: Cannot invite ${URL_OF_BOT}: refused`]],
  ["just in time", ({ handshakes }) => handshakes.tick(SOCKET_TIMEOUT_MS - 1), []],
  ["too late", ({ handshakes }) => handshakes.tick(SOCKET_TIMEOUT_MS),
    ["cancel", `TIMEOUT: Cannot invite ${URL_OF_BOT}: ${LATE}`]],
  ["closed", ({ handshakes }) => handshakes.close(), ["cancel"]],
  ["closed ▸ opened, in a turn that waited", ({ handshakes, dialSink, channel }) => {
    handshakes.close();
    dialSink?.opened(channel);
  }, ["cancel", "close"]],
];

for (const [name, inputs, outputs] of DIALS) {
  Deno.test(`PendingHandshakes.dial(): ${name}`, () => {
    const rig = new Rig().dial();
    expect({ outputs: rig.outputs, deadline: rig.handshakes.deadline })
      .toEqual({ outputs: [DIAL], deadline: SOCKET_TIMEOUT_MS });
    inputs(rig);
    rig.settle();
    expect(rig.outputs.slice(1)).toEqual(outputs);
    const isPending = outputs.length === 0;
    expect(rig.handshakes.deadline).toBe(isPending ? SOCKET_TIMEOUT_MS : undefined);
  });
}
