import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { SOCKET_TIMEOUT_MS } from "../../src/base/limits.ts";
import { InviteDialer } from "../../src/negotiation/invite_dialer.ts";
import type { Channel, DialSink } from "../../src/transport/channel.ts";

const URL_OF_BOT = "ws://bot:1/";

class Rig {
  readonly outputs: string[] = [];
  sink: DialSink | undefined;
  readonly dialer = new InviteDialer({
    clock: { now: () => 0, at: () => () => {} },
    transport: {
      dialSocket: (url, sink) => {
        this.outputs.push(`dial ${url}`);
        this.sink = sink;
        return { cancel: () => void this.outputs.push("abort") };
      },
    },
    post: (turn) => turn(),
  });
  readonly channel: Channel = {
    kind: "ws",
    bufferedAmount: 0,
    listen: () => {},
    send: () => {},
    close: () => void this.outputs.push("close"),
    abort: () => {},
  };

  constructor() {
    const [group, sender] = [asGroupId(7), asMemberId(5)];
    this.dialer.dial(URL_OF_BOT, {
      type: "invitation",
      group,
      sender,
      key: "key",
      proof: undefined,
    }, {
      opened: () => void this.outputs.push("opened"),
      failed: ({ code, message }) => void this.outputs.push(`${code}: ${message}`),
    });
  }
}

const DIAL = `dial ${URL_OF_BOT}?type=2&wcId=7&senderId=5&key=key`;
const LATE = `no connection within ${SOCKET_TIMEOUT_MS} ms`;

type Row = readonly [name: string, inputs: (rig: Rig) => void, outputs: readonly string[]];

// deno-fmt-ignore -- a table
const ROWS: readonly Row[] = [
  ["opened", ({ sink, channel }) => sink?.opened(channel), ["opened"]],
  ["failed", ({ sink }) => sink?.failed("refused"),
    [`UNREACHABLE: Cannot invite ${URL_OF_BOT}: refused`]],
  ["just in time", ({ dialer }) => dialer.tick(SOCKET_TIMEOUT_MS - 1), []],
  ["too late", ({ dialer }) => dialer.tick(SOCKET_TIMEOUT_MS),
    ["abort", `TIMEOUT: Cannot invite ${URL_OF_BOT}: ${LATE}`]],
  ["closed", ({ dialer }) => dialer.close(),
    ["abort", `ABORTED: Cannot invite ${URL_OF_BOT}: the group was left`]],
  ["closed ▸ opened, in a turn that waited", ({ dialer, sink, channel }) => {
    dialer.close();
    sink?.opened(channel);
  }, ["abort", `ABORTED: Cannot invite ${URL_OF_BOT}: the group was left`, "close"]],
];

for (const [name, inputs, outputs] of ROWS) {
  Deno.test(`InviteDialer: ${name}`, () => {
    const rig = new Rig();
    expect({ outputs: rig.outputs, deadline: rig.dialer.deadline })
      .toEqual({ outputs: [DIAL], deadline: SOCKET_TIMEOUT_MS });
    inputs(rig);
    expect(rig.outputs.slice(1)).toEqual(outputs);
    const isPending = outputs.length === 0;
    expect(rig.dialer.deadline).toBe(isPending ? SOCKET_TIMEOUT_MS : undefined);
  });
}
