// Describes frames in the notation of the examples of docs/PROTOCOL.md.

import {
  type ConnectMessage,
  decodeConnect,
  encodeConnect,
  type PeerInfo,
} from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
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
  type SessionFrame,
} from "../../src/wire/session_frame.ts";
import { decodeSignaling, encodeSignaling } from "../../src/wire/signaling.ts";

/** Where a frame was seen: between a peer and Sigver, between members, or first on a channel. */
export type Place = "sigver" | "member" | "first";

/** The meaning of a frame, and its bytes as this library encodes it. */
export interface Reading {
  readonly meaning: string;
  readonly bytes: Uint8Array;
}

/** Reads all fields. */
export function read(place: Place, bytes: Uint8Array): Reading {
  if (place === "sigver") return readSignaling(bytes);
  if (place === "member") return readEnvelope(bytes);
  const message = decodeJoinHandshake(bytes);
  return { meaning: ofHandshake(message), bytes: encodeJoinHandshake(message) };
}

function readSignaling(bytes: Uint8Array): Reading {
  const message = decodeSignaling(bytes);
  switch (message.type) {
    case "heartbeat": {
      if (message.ice === undefined) {
        return { meaning: "heartbeat", bytes: encodeSignaling(message) };
      }
      const offer = decodeIce(message.ice);
      const bytes = encodeSignaling({ ...message, ice: encodeIce(offer) });
      return { meaning: `heartbeat${ofIce(offer)}`, bytes };
    }
    case "connected":
      return {
        meaning: `connected: ${message.connected}${calmOf(message)}${
          message.anew ? ", ask anew later" : ""
        }`,
        bytes: encodeSignaling(message),
      };
    case "connect": {
      const meaning = `connect ${message.id}, sees ${list(message.members)}${versionOf(message)}` +
        calmOf(message);
      return { meaning, bytes: encodeSignaling(message) };
    }
    case "content": {
      const { sender, recipient, last, data } = message;
      const inner = data && readEnvelope(data);
      const from = sender === undefined ? "" : ` from ${sender}`;
      const to = recipient === undefined ? "" : ` to ${recipient}`;
      const what = inner === undefined ? "the other side is gone" : inner.meaning;
      return {
        meaning: `letter${from}${to}${last ? ", the last" : ""}: ${what}`,
        bytes: encodeSignaling({ ...message, data: inner?.bytes }),
      };
    }
  }
}

function ofIce({ servers, lifetimeS }: IceServerConfig): string {
  const all = servers.map(({ urls, username, credential }) =>
    [...[urls].flat(), ...username === undefined ? [] : [`as ${username}`, `with ${credential}`]]
      .join(" ")
  );
  return `, ICE servers for ${lifetimeS} s: ${all.join(", ")}`;
}

function readEnvelope(bytes: Uint8Array): Reading {
  const envelope = decodeEnvelope(bytes);
  const { sender, recipient, service, hopLimit } = envelope;
  const { meaning, bytes: content } = readService(service, envelope.content);
  const hops = hopLimit === undefined ? "" : `, ${hopLimit} hops left`;
  return {
    meaning: `${sender ?? "nobody"} to ${recipient}${hops}: ${meaning}`,
    bytes: encodeEnvelope({ ...envelope, content }),
  };
}

function readService(service: number, content: Uint8Array): Reading {
  switch (service) {
    case Service.HEARTBEAT:
      return { meaning: "heartbeat", bytes: content };
    case Service.CHANNEL_BUILDER: {
      const message = decodeConnect(content);
      return { meaning: ofChannelBuilder(message), bytes: encodeConnect(message) };
    }
    case Service.DATA_CHANNEL_BUILDER: {
      const message = decodeRtcSignal(content);
      return { meaning: ofRtcSignal(message), bytes: encodeRtcSignal(message) };
    }
    case Service.FULL_MESH: {
      const message = decodeMeshMessage(content);
      return { meaning: ofFullMesh(message), bytes: encodeMeshMessage(message) };
    }
    case Service.USER: {
      const message = decodeLegacyMessage(content);
      return { meaning: ofUser(message), bytes: encodeLegacyMessage(message) };
    }
    case Service.SESSION: {
      const frame = decodeSessionFrame(content);
      return { meaning: ofSession(frame), bytes: encodeSessionFrame(frame).finish() };
    }
    default:
      return { meaning: `service ${service}`, bytes: content };
  }
}

function ofHandshake(message: JoinHandshakeMessage): string {
  if (message.type === "initPong") return `initPong of ${message.newcomer}${versionOf(message)}`;
  const { topology, group, member, members, key, v5Members: ours } = message;
  const known = ours.length === 0 ? "" : `, ours ${list(ours)}`;
  return `initPing of ${member}, group ${group}, topology ${topology}, members ${list(members)}, ` +
    `key ${key}${known}${versionOf(message)}`;
}

function ofChannelBuilder(message: ConnectMessage): string {
  const version = versionOf(message);
  switch (message.type) {
    case "response":
      return `response: ${message.accepted}${version}`;
    case "request": {
      const { request } = message;
      if (request.id === undefined) return `request${version}`;
      return `request of ${request.id}, next to ${list(request.adjacent)}${version}`;
    }
    case "negotiation": {
      const passive = message.passive ? `, passive (${ofInfo(message.passive)})` : "";
      return `negotiation: initiator (${ofInfo(message.initiator)})${passive}${version}`;
    }
  }
}

function ofInfo(info: PeerInfo): string {
  const { id, listens, group, wsSupported, wsTried, dcSupported, dcTried } = info;
  const flags = { wsSupported, wsTried, dcSupported, dcTried };
  const set = Object.entries(flags).flatMap(([flag, is]) => is ? [flag] : []);
  const url = listens === undefined ? [] : [listens];
  return [`id ${id}`, `group ${group ?? "unknown"}`, ...url, ...set].join(", ");
}

function ofSession(frame: SessionFrame): string {
  const { epoch, peerEpoch, syn, ack, nack, seq, chunks } = frame;
  const parts = [
    `session ${epoch} for ${peerEpoch ?? "any"}`,
    ...(syn ? ["asks"] : []),
    ...(ack === undefined ? [] : [`${ack} is next${nack ? " after a gap" : ""}`]),
    ...chunks.map((chunk, index) => `${seq + index} ${ofUnit(chunk)}`),
  ];
  return parts.join(", ");
}

function ofUnit(chunk: Chunk): string {
  switch (chunk.type) {
    case "complete":
      return `${chunk.kind} ${hexOf(chunk.content)}`;
    case "first":
      return `begin of a ${chunk.kind} of ${chunk.length}`;
    case "continuation":
      return `part ${hexOf(chunk.content)}`;
    case "unknown":
      return `a later unit ${chunk.field}`;
    case "open": {
      const { name, type, size } = chunk.info;
      return `open stream ${chunk.stream}: ${name} (${type}) of ${size ?? "some"} bytes`;
    }
    case "data":
      return `data of stream ${chunk.stream} ${hexOf(chunk.content)}`;
    case "end":
      return `end of stream ${chunk.stream}`;
    case "reset":
    case "stop":
      return `${chunk.type} stream ${chunk.stream}: ${chunk.reason || "no reason"}`;
    case "credit":
      return `credit of ${chunk.bytes} for stream ${chunk.stream}`;
  }
}

function ofRtcSignal(message: RtcSignal): string {
  if (message.type === "end") return "everything was sent";
  if (message.type !== "candidate") return `${message.type} of ${message.sdp.length} characters`;
  return `candidate for ${message.sdpMid}, ${message.sdpMLineIndex}: ${message.candidate}`;
}

function ofFullMesh(message: MeshMessage): string {
  return "ids" in message ? `${message.type} ${list(message.ids)}` : message.type;
}

function ofUser(frame: LegacyMessage): string {
  const chunk = frame.type === "chunk" ? `chunk ${frame.index} of message ${frame.id}, ` : "";
  return `${chunk}${frame.kind} of ${frame.length}: ${hexOf(frame.content)}`;
}

function hexOf(content: Uint8Array): string {
  if (content.length === 0) return "nothing";
  return Array.from(content, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function calmOf({ calmS }: { readonly calmS?: number | undefined }): string {
  return calmS === undefined ? "" : `, calm for ${calmS} s`;
}

function versionOf({ version }: { readonly version?: number | undefined }): string {
  return version === undefined ? "" : `, version ${version}`;
}

function list(ids: readonly number[]): string {
  return ids.length === 0 ? "nobody" : ids.join(" ");
}
