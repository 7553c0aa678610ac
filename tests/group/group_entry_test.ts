import { expect } from "expect";
import { asGroupId, asMemberId, type MemberId } from "../../src/base/ids.ts";
import { GroupEntry } from "../../src/group/group_entry.ts";
import type { Channel, ChannelSink, DialSink } from "../../src/transport/channel.ts";
import { encodeJoinHandshake } from "../../src/wire/join_handshake.ts";

const ME = asMemberId(10);
const MEMBER = asMemberId(20);
const EPOCH = 9;

interface Case {
  readonly name: string;
  readonly newcomer?: MemberId;
  readonly version?: number;
  readonly hears?: boolean;
  readonly isAlive?: boolean;
  readonly epoch?: number;
  /** Whether a session with the member exists; by default, it does. */
  readonly isMet?: boolean;
  readonly isAccepted: boolean;
}

const CASES: readonly Case[] = [
  { name: "a newcomer with an id of its own", newcomer: asMemberId(30), isAccepted: true },
  { name: "a newcomer with our id", newcomer: ME, isAccepted: false },
  {
    name: "a member that is heard over its channel",
    hears: true,
    isAlive: true,
    isAccepted: false,
  },
  { name: "a member that is alive behind a relay", isAlive: true, isAccepted: false },
  {
    name: "a member that is alive, as far as we know, and knows our session",
    isAlive: true,
    epoch: EPOCH,
    isAccepted: true,
  },
  {
    name: "one that names another session of a member that is alive",
    isAlive: true,
    epoch: EPOCH + 1,
    isAccepted: false,
  },
  {
    name: "a member that we know from others, and have no session with",
    isAlive: true,
    isMet: false,
    isAccepted: true,
  },
  { name: "a member that nobody has heard lately", isAccepted: true },
  { name: "a Netflux 4 peer with the id of a member", version: 0, isAccepted: false },
];

for (const { name, newcomer = MEMBER, isAccepted, ...one } of CASES) {
  Deno.test(`GroupEntry ${isAccepted ? "accepts" : "refuses"} ${name}`, () => {
    const adopted: MemberId[] = [];
    const rejected: string[] = [];
    const entry = new GroupEntry({
      clock: { now: () => 0, at: () => () => {} },
      transport: { dialSocket: () => ({ cancel() {} }) },
      identity: () => ({ me: ME, group: asGroupId(1), key: "key" }),
      overlay: () => ({
        mesh: {
          phase: "CONSTRUCTED",
          members: [ME, MEMBER],
          reachable: [ME, MEMBER],
          neighbors: [],
          v5Members: [ME, MEMBER],
          hears: () => one.hears === true,
          isAlive: () => one.isAlive === true,
          addChannel: ({ member }: { readonly member: MemberId }) => void adopted.push(member),
          joined: () => {},
        } as never,
        messaging: {
          associationWith: () =>
            one.isMet === false ? undefined : { session: { peerEpoch: EPOCH } },
        } as never,
      }),
      post: (turn) => turn(),
    }, {
      joined: () => {},
      joinFailed: () => {},
      idTaken: () => {},
      failed: () => {},
    });
    let sink: ChannelSink | undefined;
    const channel: Channel = {
      kind: "rtc",
      bufferedAmount: 0,
      listen: (given) => sink = given,
      send() {},
      close() {},
      abort() {},
    };
    entry.acceptJoiner(channel, {
      resolve() {},
      reject: ({ message }) => void rejected.push(message),
    });
    const version = one.version === 0 ? undefined : 5;
    const { epoch } = one;
    sink!.received(encodeJoinHandshake({ type: "initPong", newcomer, epoch, version }));
    expect(adopted).toEqual(isAccepted ? [newcomer] : []);
  });
}

Deno.test("GroupEntry.close() rejects invitations, before and after the bot was reached", () => {
  for (const isReached of [false, true]) {
    let dialSink: DialSink | undefined;
    const outcomes: unknown[] = [];
    const entry = new GroupEntry({
      clock: { now: () => 0, at: () => () => {} },
      transport: {
        dialSocket: (_, sink) => {
          dialSink = sink;
          return { cancel() {} };
        },
      },
      identity: () => ({ me: ME, group: asGroupId(1), key: "key" }),
      overlay: () => ({
        mesh: { phase: "CONSTRUCTED", reachable: [ME], v5Members: [ME] } as never,
        messaging: {} as never,
      }),
      post: (turn) => turn(),
    }, {
      joined: () => {},
      joinFailed: () => {},
      idTaken: () => {},
      failed: ({ code }) => outcomes.push(`event ${code}`),
    });
    entry.invite("ws://bot", {
      resolve: () => outcomes.push("resolved"),
      reject: (error) => outcomes.push(String(error)),
    });
    if (isReached) {
      dialSink?.opened({
        kind: "ws",
        bufferedAmount: 0,
        listen() {},
        send() {},
        close: () => outcomes.push("closed"),
        abort() {},
      });
    }
    entry.close();
    expect({ isReached, outcomes, deadline: entry.deadline }).toEqual({
      isReached,
      outcomes: [
        ...isReached ? ["closed"] : [],
        "event ABORTED",
        "ConnectionError: Cannot invite ws://bot: the group was left",
      ],
      deadline: undefined,
    });
  }
});
