import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { HANDSHAKE_TIMEOUT_MS, SOCKET_TIMEOUT_MS } from "../../src/base/limits.ts";
import { PendingHandshakes } from "../../src/negotiation/join_handshakes.ts";
import { BufferedEvents } from "../../src/transport/buffered_events.ts";
import type { Channel, DialSink } from "../../src/transport/channel.ts";
import {
  encodeJoinHandshake,
  type InitPing,
  type JoinHandshakeMessage,
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
  /** The messages that were received, and the failures. */
  readonly ends: unknown[] = [];
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
    send: () => {},
    close: () => void this.outputs.push("close"),
    abort: () => {},
  };

  start(type: JoinHandshakeMessage["type"]): this {
    this.handshakes.start(
      this.channel,
      type,
      (message) => this.ends.push(message),
      ({ code, message }) => this.ends.push({ code, message }),
    );
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
}

const PONG = { type: "initPong", newcomer: JOINER, version: 5 } as const;
const [ping, pong] = [encodeJoinHandshake(PING), encodeJoinHandshake(PONG)];
const later = new Uint8Array([1, 2, 3]);

function failure(code: string, reason: string): unknown {
  return { code, message: `Cannot join: ${reason}` };
}

const UNEXPECTED = "the first frame is not the one expected";

// deno-fmt-ignore -- a table
const ROWS: readonly (readonly [name: string, run: () => Rig, end: unknown])[] = [
  ["a host receives a pong", () => new Rig().start("initPong").receive(pong), PONG],
  ["a joiner receives a ping", () => new Rig().start("initPing").receive(ping), PING],
  ["a host refuses another host", () => new Rig().start("initPong").receive(ping),
    failure("REFUSED", UNEXPECTED)],
  ["a joiner refuses another joiner", () => new Rig().start("initPing").receive(pong),
    failure("REFUSED", UNEXPECTED)],
  ["a joiner refuses a frame that is none",
    () => new Rig().start("initPing").receive(new Uint8Array([255])),
    { code: "REFUSED", message: expect.stringMatching(/^Cannot join: /) }],
  ["a joiner loses its channel", () => new Rig().start("initPing").lose(),
    failure("UNREACHABLE", "the channel ended: gone")],
];

for (const [name, run, end] of ROWS) {
  Deno.test(`PendingHandshakes: ${name}`, () => {
    const rig = run().settle();
    expect(rig.ends).toEqual([end]);
    expect(rig.handshakes.deadline).toBeUndefined();
  });
}

Deno.test("PendingHandshakes leaves what follows the first frame to the next sink", () => {
  for (const type of ["initPong", "initPing"] as const) {
    const rig = new Rig().start(type).receive(type === "initPong" ? pong : ping);
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
  const rig = new Rig().start("initPing");
  expect(rig.handshakes.deadline).toBe(HANDSHAKE_TIMEOUT_MS);
  rig.handshakes.tick(HANDSHAKE_TIMEOUT_MS - 1);
  expect(rig.settle().ends).toEqual([]);
  rig.handshakes.tick(HANDSHAKE_TIMEOUT_MS);
  const reason = `no first frame within ${HANDSHAKE_TIMEOUT_MS / 1000} s`;
  expect(rig.settle().ends).toEqual([failure("TIMEOUT", reason)]);
});

Deno.test("PendingHandshakes.close() closes channels, and reports nothing", () => {
  const waiting = new Rig().start("initPing");
  const ended = new Rig().start("initPing").receive(ping);
  for (const rig of [waiting, ended]) {
    rig.handshakes.close();
    expect(rig.settle().ends).toEqual([]);
    expect(rig.outputs).toContain("close");
  }
});

const DIAL = `dial ${URL_OF_BOT}?type=2&wcId=7&senderId=10&key=key`;
const LATE = `no connection within ${SOCKET_TIMEOUT_MS / 1000} s`;

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
