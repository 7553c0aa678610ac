import { asGroupId, asMemberId, asPairingId } from "../../src/base/ids.ts";
import { type ClusterMessage, decodeCluster, encodeCluster } from "../../src/wire/cluster.ts";
import {
  type ConnectMessage,
  decodeConnect,
  encodeConnect,
  type PeerInfo,
} from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "../../src/wire/envelope.ts";
import { decodeIce, encodeIce, type IceServerConfig } from "../../src/wire/ice.ts";
import {
  decodeJoinHandshake,
  encodeJoinHandshake,
  type JoinHandshakeMessage,
} from "../../src/wire/join_handshake.ts";
import {
  decodeLegacyMessage,
  encodeLegacyMessage,
  type LegacyMessage,
} from "../../src/wire/legacy_message.ts";
import {
  decodeMeshMessage,
  encodeMeshMessage,
  type MeshMessage,
} from "../../src/wire/mesh_message.ts";
import { decodeRtcSignal, encodeRtcSignal, type RtcSignal } from "../../src/wire/rtc_signal.ts";
import {
  type Chunk,
  decodeSessionFrame,
  encodeSessionFrame,
  type MessageKind,
  type SessionFrame,
} from "../../src/wire/session_frame.ts";
import {
  decodeSignaling,
  encodeSignaling,
  type SignalingMessage,
} from "../../src/wire/signaling.ts";
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from "../../src/wire/channel_message.ts";
import { asStreamId } from "../../src/wire/stream_chunk.ts";
import { fc } from "../support/fast_check.ts";
import type { Plain } from "./schema.ts";

/** The codec of a message, random messages, and their form in protobufjs. */
export interface Kind<Message> {
  readonly name: string;
  readonly encode: (message: Message) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Message;
  readonly messages: fc.Arbitrary<Message>;
  readonly plain: (message: Message) => Plain;
}

const uint32 = fc.nat(0xffff_ffff);
const anyId = fc.oneof(
  fc.integer({ min: 1, max: 0xffff_ffff }),
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 0x8000_0000, max: 0xffff_ffff }),
);
const memberId = anyId.map(asMemberId);
const memberIds = fc.uniqueArray(memberId, { maxLength: 20 });
const groupId = anyId.map(asGroupId);
const version = fc.option(uint32, { nil: undefined });
const calmS = version;
const text = fc.string({ unit: "binary", maxLength: 40 });
const someBytes = fc.uint8Array({ maxLength: 60 });

const envelopes: Kind<Envelope> = {
  name: "Envelope",
  encode: encodeEnvelope,
  decode: decodeEnvelope,
  messages: fc.record({
    sender: fc.option(memberId, { nil: undefined }),
    recipient: fc.option(memberId, { nil: "everyone" as const }),
    service: fc.oneof(fc.constantFrom(0, 74, 743, 7431, 74315), uint32),
    content: someBytes,
    hopLimit: fc.option(uint32, { nil: undefined }),
  }),
  plain: ({ sender, recipient, service, content, hopLimit }) => ({
    senderId: sender ?? 0,
    recipientId: recipient === "everyone" ? 0 : recipient,
    serviceId: service,
    content,
    ...(hopLimit === undefined ? {} : { hopLimit: hopLimit }),
  }),
};

const pairingId = fc.option(anyId.map(asPairingId), { nil: undefined });

const signaling: Kind<SignalingMessage> = {
  name: "Signaling",
  encode: encodeSignaling,
  decode: decodeSignaling,
  messages: fc.oneof(
    fc.constant({ type: "heartbeat" as const }),
    fc.record({
      type: fc.constant("heartbeat" as const),
      ice: someBytes,
    }),
    fc.record({
      type: fc.constant("connected" as const),
      connected: fc.boolean(),
      calmS,
      anew: fc.constant(true),
    }, { requiredKeys: ["type", "connected"] }),
    fc.record({
      type: fc.constant("content" as const),
      sender: pairingId,
      recipient: pairingId,
      last: fc.boolean(),
      data: fc.option(fc.uint8Array({ minLength: 1, maxLength: 60 }), { nil: undefined }),
    }),
    fc.record({
      type: fc.constant("connect" as const),
      id: uint32,
      members: fc.uniqueArray(uint32, { maxLength: 20 }),
      version,
      calmS,
    }),
  ),
  plain: (message) => {
    switch (message.type) {
      case "heartbeat": {
        const { ice } = message;
        if (ice === undefined) return { heartbeat: true };
        return { heartbeat: true, ice };
      }
      case "connected":
        return {
          connected: message.connected,
          ...calmOf(message),
          ...(message.anew ? { anew: true } : {}),
        };
      case "content": {
        const { sender, recipient, last, data } = message;
        const plain = { senderId: sender ?? 0, recipientId: recipient ?? 0, lastData: last };
        return { content: data === undefined ? plain : { ...plain, data } };
      }
      case "connect":
        return {
          connect: {
            id: message.id,
            members: message.members,
            ...versionOf(message),
            ...calmOf(message),
          },
        };
    }
  },
};

const clientOf = { client: uint32, key: fc.string({ maxLength: 20 }), favored: fc.boolean() };

const cluster: Kind<ClusterMessage> = {
  name: "Cluster",
  encode: encodeCluster,
  decode: decodeCluster,
  messages: fc.record({
    from: fc.string({ minLength: 1, maxLength: 20 }),
    incarnation: uint32,
    to: fc.option(uint32, { nil: undefined }),
    body: fc.oneof(
      fc.record({ type: fc.constantFrom("heartbeat" as const, "bye" as const, "hello" as const) }),
      fc.record({
        type: fc.constant("fromClient" as const),
        ...clientOf,
        frame: fc.uint8Array({ maxLength: 60 }),
      }),
      fc.record({ type: fc.constant("adopt" as const), ...clientOf, id: uint32 }),
      fc.record({ type: fc.constantFrom("clientGone" as const, "probe" as const), client: uint32 }),
      fc.record({
        type: fc.constant("toClient" as const),
        client: uint32,
        frame: fc.uint8Array({ maxLength: 60 }),
      }),
      fc.record({
        type: fc.constant("close" as const),
        client: uint32,
        code: uint32,
        reason: fc.string({ maxLength: 20 }),
      }),
    ),
  }),
  plain: ({ from, incarnation, to, body: { type, ...rest } }) => ({
    from,
    incarnation,
    ...(to === undefined ? {} : { to }),
    [type]: Object.keys(rest).length === 0 ? true : rest,
  }),
};

const iceOffers: Kind<IceServerConfig> = {
  name: "Ice",
  encode: encodeIce,
  decode: decodeIce,
  messages: fc.record({
    servers: fc.array(
      fc.record(
        { urls: fc.array(text, { maxLength: 4 }), username: text, credential: text },
        { requiredKeys: ["urls"] },
      ),
      { maxLength: 4 },
    ),
    lifetimeS: uint32,
  }),
  plain: ({ servers, lifetimeS }) => ({ servers, lifetime: lifetimeS }),
};

const infos: fc.Arbitrary<PeerInfo> = fc.record({
  id: uint32,
  listens: fc.option(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), {
    nil: undefined,
  }),
  group: fc.option(groupId, { nil: undefined }),
  wsSupported: fc.boolean(),
  wsTried: fc.boolean(),
  dcSupported: fc.boolean(),
  dcTried: fc.boolean(),
  atSignaling: fc.option(fc.boolean(), { nil: undefined }),
});

function plainInfo({ id, listens, group, ...flags }: PeerInfo): Plain {
  return { id, wss: listens ?? "", wcId: group ?? 0, ...flags };
}

const channelBuilder: Kind<ConnectMessage> = {
  name: "ChannelBuilder",
  encode: encodeConnect,
  decode: decodeConnect,
  messages: fc.oneof(
    fc.record({
      type: fc.constant("negotiation" as const),
      initiator: infos,
      passive: fc.option(infos, { nil: undefined }),
      version,
    }),
    fc.record({
      type: fc.constant("request" as const),
      request: fc.oneof(
        fc.record({ id: memberId, adjacent: memberIds }),
        fc.constant({ adjacent: [] }),
      ),
      version,
      initiator: fc.option(infos, { nil: undefined }),
    }),
    fc.record({ type: fc.constant("response" as const), accepted: fc.boolean(), version }),
    fc.record({
      type: fc.constant("response" as const),
      accepted: fc.boolean(),
      member: memberId,
      version,
    }),
  ),
  plain: (message) => {
    switch (message.type) {
      case "negotiation": {
        const initiator = plainInfo(message.initiator);
        const { passive } = message;
        const negotiation = passive ? { initiator, passive: plainInfo(passive) } : { initiator };
        return { negotiation, ...versionOf(message) };
      }
      case "request": {
        const { id, adjacent } = message.request;
        return {
          connectionRequest: id === undefined ? {} : { id, adjacentIds: adjacent },
          ...(message.initiator && { initiator: plainInfo(message.initiator) }),
          ...versionOf(message),
        };
      }
      case "response": {
        const { accepted, member } = message;
        const named = member === undefined ? {} : { member };
        return { connectionResponse: accepted, ...named, ...versionOf(message) };
      }
    }
  },
};

const rtcSignals: Kind<RtcSignal> = {
  name: "DataChannelBuilder",
  encode: encodeRtcSignal,
  decode: decodeRtcSignal,
  messages: fc.oneof(
    fc.record({ type: fc.constantFrom("offer" as const, "answer" as const), sdp: text }),
    fc.record({
      type: fc.constant("candidate" as const),
      candidate: text,
      sdpMid: text,
      sdpMLineIndex: uint32,
    }),
    fc.constant({ type: "end" as const }),
  ),
  plain: (message) => {
    switch (message.type) {
      case "offer":
        return { offer: message.sdp };
      case "answer":
        return { answer: message.sdp };
      case "candidate": {
        const { type: _, ...candidate } = message;
        return { candidate };
      }
      case "end":
        return {};
    }
  },
};

const fullMesh: Kind<MeshMessage> = {
  name: "FullMesh",
  encode: encodeMeshMessage,
  decode: decodeMeshMessage,
  messages: fc.oneof(
    fc.record({
      type: fc.constantFrom("members" as const, "adjacentMembers" as const),
      ids: memberIds,
    }),
    fc.constantFrom("heartbeat" as const, "leave" as const, "ping" as const, "ack" as const)
      .map((type) => ({ type })),
  ),
  plain: (message) => {
    if ("ids" in message) return { [message.type]: { ids: message.ids } };
    return { [message.type]: true };
  },
};

const handshakes: Kind<JoinHandshakeMessage> = {
  name: "Handshake",
  encode: encodeJoinHandshake,
  decode: decodeJoinHandshake,
  messages: fc.oneof(
    fc.record({
      type: fc.constant("initPing" as const),
      topology: uint32,
      group: groupId,
      member: memberId,
      members: memberIds,
      key: text,
      v5Members: memberIds,
      version,
    }),
    fc.record({ type: fc.constant("initPong" as const), newcomer: memberId, version }),
    fc.record({
      type: fc.constant("initPong" as const),
      newcomer: memberId,
      epoch: uint32,
      version,
    }),
  ),
  plain: (message) => {
    if (message.type === "initPong") {
      const { newcomer, epoch } = message;
      return { initPong: newcomer, ...(epoch !== undefined && { epoch }), ...versionOf(message) };
    }
    const { topology, group, member, members, key, v5Members: ours } = message;
    return {
      initPing: { topology, wcId: group, senderId: member, members, key, ours },
      ...versionOf(message),
    };
  },
};

const users: Kind<LegacyMessage> = {
  name: "User",
  encode: encodeLegacyMessage,
  decode: decodeLegacyMessage,
  messages: fc.oneof(
    fc.record({
      type: fc.constant("full" as const),
      length: uint32,
      kind: fc.constantFrom("string" as const, "bytes" as const),
      content: someBytes,
    }),
    fc.record({
      type: fc.constant("chunk" as const),
      length: uint32,
      kind: fc.constantFrom("string" as const, "bytes" as const),
      content: someBytes,
      id: uint32,
      index: uint32,
    }),
  ),
  plain: (frame) => {
    const whole = { length: frame.length, type: frame.kind === "string" ? 0 : 1 };
    if (frame.type === "full") return { ...whole, full: frame.content };
    return { ...whole, chunk: { id: frame.id, nb: frame.index, content: frame.content } };
  },
};

const stream = uint32.map(asStreamId);

const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  fc.record({
    type: fc.constant("complete" as const),
    kind: fc.constantFrom("string", "bytes", "channel", "latest"),
    content: someBytes,
  }),
  fc.record({
    type: fc.constant("first" as const),
    kind: fc.constantFrom("string" as const, "bytes" as const, "channel" as const),
    length: fc.nat(2 ** 31 - 1),
  }),
  fc.record({ type: fc.constant("continuation" as const), content: someBytes }),
  fc.record({
    type: fc.constant("open" as const),
    stream,
    info: fc.record({
      name: text,
      type: text,
      size: fc.option(fc.maxSafeNat(), { nil: undefined }),
    }),
  }),
  fc.record({ type: fc.constant("data" as const), stream, content: someBytes }),
  fc.record({ type: fc.constant("end" as const), stream }),
  fc.record({ type: fc.constantFrom("reset" as const, "stop" as const), stream, reason: text }),
  fc.record({ type: fc.constant("credit" as const), stream, bytes: uint32 }),
  fc.constant({ type: "unknown" as const, field: 63 }),
);

const RANKS = [
  ...["string", "bytes", "first", "continuation", "open", "data", "end", "reset", "stop", "credit"],
  ...["channel", "latest", "first of channel", "unknown"],
];

function rank(one: Chunk): number {
  if (one.type === "complete") return RANKS.indexOf(one.kind);
  const isOfChannel = one.type === "first" && one.kind === "channel";
  return RANKS.indexOf(isOfChannel ? "first of channel" : one.type);
}

type ChunkOf<Type extends Chunk["type"]> = Chunk & { readonly type: Type };

const sessions: Kind<SessionFrame> = {
  name: "Session",
  encode: (frame) => encodeSessionFrame(frame).finish(),
  decode: decodeSessionFrame,
  messages: fc.record({
    epoch: uint32,
    peerEpoch: fc.option(uint32, { nil: undefined }),
    syn: fc.boolean(),
    ack: fc.option(uint32, { nil: undefined }),
    nack: fc.boolean(),
    maxMessageSize: fc.option(uint32, { nil: undefined }),
    seq: uint32,
    // In the order of their fields, like other decoders.
    chunks: fc.array(chunk, { maxLength: 5 }).map((chunks) =>
      chunks.sort((a, b) => rank(a) - rank(b))
    ),
  }).map((frame) => frame.chunks.length > 0 ? frame : { ...frame, seq: 0 }),
  plain: ({ epoch, peerEpoch, syn, ack, nack, maxMessageSize, seq, chunks }) => {
    const whole = (kind: MessageKind) =>
      chunks.flatMap((one) => one.type === "complete" && one.kind === kind ? [one.content] : []);
    const all = <Type extends Chunk["type"]>(type: Type, plain: (one: ChunkOf<Type>) => unknown) =>
      // The chunks have the filtered type.
      chunks.flatMap((one) => one.type === type ? [plain(one as ChunkOf<Type>)] : []);
    const firsts = (isOfChannel: boolean) =>
      chunks.flatMap((one) =>
        one.type === "first" && (one.kind === "channel") === isOfChannel ? [one] : []
      );
    return {
      epoch,
      syn,
      nack,
      ...(peerEpoch === undefined ? {} : { peerEpoch }),
      ...(ack === undefined ? {} : { ack }),
      ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
      seq,
      text: whole("string"),
      bytes: whole("bytes"),
      begin: firsts(false).map(({ length, kind }) => length * 2 + (kind === "string" ? 1 : 0)),
      channel: whole("channel"),
      latest: whole("latest"),
      beginChannel: firsts(true).map(({ length }) => length),
      part: all("continuation", ({ content }) => content),
      open: all("open", ({ stream, info: { name, type, size } }) => ({
        stream,
        name,
        type,
        ...(size === undefined
          ? {}
          : { sizeLow: size % 2 ** 32, sizeHigh: Math.floor(size / 2 ** 32) }),
      })),
      data: all("data", ({ stream, content }) => ({ stream, content })),
      end: all("end", ({ stream }) => ({ stream })),
      reset: all("reset", ({ stream, reason }) => ({ stream, reason })),
      stop: all("stop", ({ stream, reason }) => ({ stream, reason })),
      credit: all("credit", ({ stream, bytes }) => ({ stream, bytes })),
      later: all("unknown", () => false),
    };
  },
};

const channelMessages: Kind<ChannelMessage> = {
  name: "ChannelMessage",
  encode: encodeChannelMessage,
  decode: decodeChannelMessage,
  messages: fc.record({
    name: text,
    json: text,
    bytes: someBytes,
    request: uint32,
    reply: uint32,
    failure: text,
    cancel: uint32,
    key: text,
    sequence: uint32,
  }, { requiredKeys: ["name"] }),
  plain: (message) => ({ ...message }),
};

function calmOf({ calmS }: { readonly calmS?: number | undefined }): Plain {
  return calmS === undefined ? {} : { calm: calmS };
}

function versionOf({ version }: { readonly version?: number | undefined }): Plain {
  return version === undefined ? {} : { version };
}

/** Without their types, for tests of all kinds. */
export const KINDS: readonly Kind<unknown>[] = [
  envelopes,
  signaling,
  iceOffers,
  channelBuilder,
  rtcSignals,
  fullMesh,
  handshakes,
  users,
  sessions,
  channelMessages,
  cluster,
].map((kind) => kind as unknown as Kind<unknown>);
