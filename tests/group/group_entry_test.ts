import { expect } from "expect";
import { asGroupId, asMemberId, type MemberId } from "../../src/base/ids.ts";
import { FULL_MESH_MEMBERS_MAX } from "../../src/base/limits.ts";
import type { PeerProtocol } from "../../src/base/peer_protocol.ts";
import {
  GroupEntry,
  type GroupEntryEnvironment,
  type GroupEntryEvents,
} from "../../src/group/group_entry.ts";
import { BufferedEvents } from "../../src/transport/buffered_events.ts";
import type { Channel, ChannelSink, DialSink } from "../../src/transport/channel.ts";
import {
  decodeJoinHandshake,
  encodeJoinHandshake,
  type InitPing,
} from "../../src/wire/join_handshake.ts";

const ME = asMemberId(10);
const MEMBER = asMemberId(20);
const EPOCH = 9;

/** An entry of a peer with this mesh and messaging, of which a test needs only a part. */
function entryOf(
  mesh: object,
  messaging: object,
  events: Partial<GroupEntryEvents> = {},
  dialSocket: GroupEntryEnvironment["transport"]["dialSocket"] = () => ({ cancel() {} }),
): GroupEntry {
  return new GroupEntry({
    clock: { now: () => 0, at: () => () => {} },
    transport: { dialSocket },
    identity: () => ({ me: ME, group: asGroupId(1), key: "key" }),
    overlay: () => ({ mesh: mesh as never, messaging: messaging as never }),
    post: (turn) => turn(),
  }, {
    joined: () => {},
    joinFailed: () => {},
    idTaken: () => {},
    failed: () => {},
    ...events,
  });
}

interface Case {
  readonly name: string;
  readonly newcomer?: MemberId;
  readonly version?: number;
  readonly hears?: boolean;
  readonly isPingedBy?: boolean;
  readonly isAlive?: boolean;
  readonly epoch?: number;
  /** Whether a session with the member exists; by default, it does. */
  readonly isMet?: boolean;
  readonly isAccepted: boolean;
}

const CASES: readonly Case[] = [
  { name: "a newcomer with an id of its own", newcomer: asMemberId(30), isAccepted: true },
  {
    name: "a Netflux 4 peer with an id of its own",
    newcomer: asMemberId(30),
    version: 0,
    isAccepted: true,
  },
  { name: "a newcomer with our id", newcomer: ME, isAccepted: false },
  {
    name: "a member that is heard over its channel",
    hears: true,
    isAlive: true,
    isAccepted: false,
  },
  {
    name: "a member that is heard over its channel, and knows our session",
    hears: true,
    isAlive: true,
    epoch: EPOCH,
    isAccepted: false,
  },
  {
    name: "a member that pings over its channel, and knows our session",
    hears: true,
    isPingedBy: true,
    isAlive: true,
    epoch: EPOCH,
    isAccepted: true,
  },
  {
    name: "one that does not name the session of a member that pings over its channel",
    hears: true,
    isPingedBy: true,
    isAlive: true,
    isAccepted: false,
  },
  {
    name: "the same before there is a session",
    hears: true,
    isPingedBy: true,
    isAlive: true,
    isMet: false,
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
    const adopted: unknown[] = [];
    const rejected: string[] = [];
    let isClosed = false;
    const mesh = {
      phase: "CONSTRUCTED",
      members: [ME, MEMBER],
      reachable: [ME, MEMBER],
      neighbors: [],
      v5Members: [ME, MEMBER],
      hears: () => one.hears === true,
      isPingedBy: () => one.isPingedBy === true,
      isAlive: () => one.isAlive === true,
      addChannel: (member: MemberId, _: Channel, protocol: PeerProtocol) =>
        void adopted.push({ member, protocol }),
      router: { forwardLeave: () => {} },
      joined: () => {},
    };
    const session = { peerEpoch: EPOCH };
    const associationWith = () => one.isMet === false ? undefined : { session };
    const entry = entryOf(mesh, { associationWith });
    let sink: ChannelSink | undefined;
    const channel: Channel = {
      kind: "rtc",
      bufferedAmount: 0,
      listen: (given) => sink = given ?? sink,
      send() {},
      close: () => isClosed = true,
      abort() {},
    };
    entry.acceptJoiner(channel, {
      resolve() {},
      reject: ({ message }) => void rejected.push(message),
    });
    const version = one.version === 0 ? undefined : 5;
    const { epoch } = one;
    sink!.received(encodeJoinHandshake({ type: "initPong", newcomer, epoch, version }));
    const protocol = version === undefined ? "v4" : "v5";
    expect({ adopted, isClosed })
      .toEqual({
        adopted: isAccepted ? [{ member: newcomer, protocol }] : [],
        isClosed: !isAccepted,
      });
  });
}

Deno.test("GroupEntry.acceptJoiner() lists unreachable members only if the group is full", () => {
  const listed = [true, false].map((isFull) => {
    let members: readonly MemberId[] = [];
    const mesh = {
      phase: "CONSTRUCTED",
      isFull,
      members: [ME, MEMBER],
      reachable: [ME],
      v5Members: [],
    };
    entryOf(mesh, {}).acceptJoiner({
      kind: "rtc",
      bufferedAmount: 0,
      listen() {},
      send: (frame) => {
        const message = decodeJoinHandshake(frame);
        if (message.type === "initPing") members = message.members;
      },
      close() {},
      abort() {},
    });
    return members;
  });
  expect(listed).toEqual([[ME, MEMBER], [ME]]);
});

const PING: InitPing = {
  type: "initPing",
  topology: 0,
  group: asGroupId(1),
  member: MEMBER,
  members: [MEMBER],
  key: "key",
  v5Members: [MEMBER],
  version: 5,
};

const MANY = Array.from({ length: FULL_MESH_MEMBERS_MAX }, (_, index) => asMemberId(100 + index));

interface Join {
  readonly name: string;
  readonly ping?: Partial<InitPing>;
  /** The members of this peer's own part. */
  readonly members?: readonly MemberId[];
  readonly hears?: boolean;
  readonly isPingedBy?: boolean;
  readonly isInvited?: boolean;
  readonly outputs: readonly string[];
}

const JOINS: readonly Join[] = [
  { name: "joins", outputs: ["send initPong 7", "joined", "v5"] },
  {
    name: "joins a v4 host",
    ping: { version: undefined },
    outputs: ["send initPong 7", "joined", "v4"],
  },
  {
    name: "refuses another topology",
    ping: { topology: 3 },
    outputs: ["close", "REFUSED: Cannot join: its topology is 3, 0 expected", "joinFailed"],
  },
  {
    name: "refuses a group that would be too large",
    ping: { members: MANY },
    outputs: ["close", "REFUSED: Cannot join: the group would exceed 64 members", "too large"],
  },
  {
    name: "does not answer a host with its id",
    ping: { member: ME },
    outputs: ["close", "idTaken"],
  },
  {
    name: "does not answer where its id is taken",
    ping: { members: [MEMBER, ME] },
    outputs: ["close", "idTaken"],
  },
  {
    name: "keeps its id if it has members, also if the host has the same one",
    ping: { member: ME },
    members: [ME, asMemberId(30)],
    outputs: ["close", "joinFailed"],
  },
  {
    name: "does not answer a host that it is connected to",
    hears: true,
    outputs: ["close", "joinFailed"],
  },
  {
    name: "answers a host that has invited it, and that it is connected to",
    hears: true,
    isInvited: true,
    outputs: ["send initPong 7", "close", "joinFailed"],
  },
];

for (
  const { name, ping = {}, members = [ME], hears = false, isInvited = false, outputs } of JOINS
) {
  Deno.test(`GroupEntry.joinThrough() ${name}`, () => {
    const made: string[] = [];
    const mesh = {
      members,
      hears: () => hears,
      joined: (_: MemberId, __: Channel, protocol: PeerProtocol) => void made.push(protocol),
    };
    const entry = entryOf(mesh, { associationWith: () => ({ session: { epoch: 7 } }) }, {
      joined: () => void made.push("joined"),
      joinFailed: (_, isTooLarge) => void made.push(isTooLarge ? "too large" : "joinFailed"),
      idTaken: () => void made.push("idTaken"),
      failed: ({ code, message }) => void made.push(`${code}: ${message}`),
    });
    const events = new BufferedEvents();
    entry.joinThrough({
      kind: "rtc",
      bufferedAmount: 0,
      listen: (sink) => events.listen(sink),
      send: (frame) => {
        const message = decodeJoinHandshake(frame);
        made.push(`send ${message.type} ${message.type === "initPong" ? message.epoch : ""}`);
      },
      close: () => void made.push("close"),
      abort() {},
    }, isInvited);
    events.received(encodeJoinHandshake({ ...PING, ...ping }));
    expect(made).toEqual(outputs);
    expect(entry.deadline).toBeUndefined();
  });
}

Deno.test("GroupEntry.close() rejects invitations, before and after the bot was reached", () => {
  for (const isReached of [false, true]) {
    let dialSink: DialSink | undefined;
    const outcomes: unknown[] = [];
    const mesh = { phase: "CONSTRUCTED", reachable: [ME], v5Members: [ME] };
    const failed: GroupEntryEvents["failed"] = ({ code }) => void outcomes.push(`event ${code}`);
    const entry = entryOf(mesh, {}, { failed }, (_, sink) => {
      dialSink = sink;
      return { cancel() {} };
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
