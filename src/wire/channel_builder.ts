/**
 * Service 74: asking for a channel, and agreeing on how to make it.
 *
 * ```text
 * message := (negotiation 1 | connectionRequest 2 | connectionResponse 3)
 *            • version 15 • initiator 16 • member 17
 * negotiation := initiator 1 • passive 2
 * info := id 1 • wss 2 • groupId 3 • wsSupported 4 • wsTried 5 • dcSupported 6 • dcTried 7
 * connectionRequest := id 1 • adjacentIds 2*          (empty over signaling)
 * initiator         := info of the side that asks: what a first negotiation would say
 * member            := id of the side that answers, over signaling, where it has no other name
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asGroupId, asMemberId, type GroupId, isId, type MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX } from "../base/limits.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** What one side of a negotiation can do and has tried. */
export interface PeerInfo {
  /** The peer, as the other one calls it: a member, a pairing, or nobody (0). */
  readonly id: number;
  /** The URL on which it takes WebSockets; `undefined`: it does not. */
  readonly listens: string | undefined;
  /** The group as this peer knows it. */
  readonly group: GroupId | undefined;
  readonly wsSupported: boolean;
  readonly wsTried: boolean;
  readonly dcSupported: boolean;
  readonly dcTried: boolean;
}

/** Who asks for a channel over the group, and whom it is connected to. */
export interface ConnectionRequest {
  readonly id: MemberId;
  readonly adjacent: readonly MemberId[];
}

/** What two peers say to each other to get a channel. */
export type ChannelBuilderMessage =
  & (
    | {
      readonly type: "negotiation";
      readonly initiator: PeerInfo;
      /** Not filled in yet in the first one. */
      readonly passive: PeerInfo | undefined;
    }
    | {
      readonly type: "request";
      /** `undefined` over signaling. */
      readonly request: ConnectionRequest | undefined;
      /** `undefined` for a deployed peer, which tells it later. */
      readonly initiator?: PeerInfo | undefined;
    }
    | {
      readonly type: "response";
      readonly accepted: boolean;
      /** The member that answers a newcomer; `undefined` for a deployed peer, and in the group. */
      readonly member?: MemberId | undefined;
    }
  )
  & {
    /** `undefined` for a deployed peer. */
    readonly version: number | undefined;
  };

/** The bytes of a channel builder message. */
export function encodeChannelBuilder(message: ChannelBuilderMessage): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  switch (message.type) {
    case "negotiation": {
      const negotiation = new Fields().bytes(1, encodeInfo(message.initiator));
      if (message.passive !== undefined) negotiation.bytes(2, encodeInfo(message.passive));
      fields.bytes(1, negotiation.finish());
      break;
    }
    case "request":
      fields.bytes(2, encodeRequest(message.request));
      if (message.initiator !== undefined) fields.bytes(16, encodeInfo(message.initiator));
      break;
    case "response":
      fields.bool(3, message.accepted);
      if (message.member !== undefined) fields.uint32(17, message.member);
  }
  if (message.version !== undefined) fields.uint32(15, message.version);
  return fields.finish();
}

/** Reads a channel builder message, or throws a {@linkcode ProtocolError}. */
export function decodeChannelBuilder(bytes: Uint8Array): ChannelBuilderMessage {
  let message: Untold | undefined;
  let version: number | undefined;
  let info: Uint8Array | undefined;
  let member: number | undefined;
  readFields(bytes, (number, field) => {
    if (number === 15) version = field.uint32() ?? version;
    else if (number === 16) info = field.bytes() ?? info;
    else if (number === 17) member = field.uint32() ?? member;
    else message = readType(number, field) ?? message;
  });
  if (message === undefined) {
    throw new ProtocolError(
      "UNEXPECTED",
      "Cannot read a channel builder message: negotiation, request or response expected",
    );
  }
  const { type, content } = message;
  switch (type) {
    case "negotiation":
      return { ...decodeNegotiation(content), version };
    case "request": {
      const initiator = info && decodeInfo(info);
      return { type, request: decodeRequest(content), initiator, version };
    }
    case "response":
      return member === undefined || !isId(member)
        ? { type, accepted: content, version }
        : { type, accepted: content, member: asMemberId(member), version };
  }
}

/** A message of which the type is known. */
type Untold =
  | { readonly type: "negotiation" | "request"; readonly content: Uint8Array }
  | { readonly type: "response"; readonly content: boolean };

function readType(number: number, field: Field): Untold | undefined {
  if (number === 3) {
    const content = field.bool();
    return content === undefined ? undefined : { type: "response", content };
  }
  if (number !== 1 && number !== 2) return undefined;
  const content = field.bytes();
  return content && { type: number === 1 ? "negotiation" : "request", content };
}

function encodeInfo(info: PeerInfo): Uint8Array {
  return new Fields()
    .uint32(1, info.id)
    .string(2, info.listens ?? "")
    .uint32(3, info.group ?? 0)
    .bool(4, info.wsSupported)
    .bool(5, info.wsTried)
    .bool(6, info.dcSupported)
    .bool(7, info.dcTried)
    .finish();
}

function encodeRequest(request: ConnectionRequest | undefined): Uint8Array {
  if (request === undefined) return new Uint8Array(0);
  return new Fields().uint32(1, request.id).uint32s(2, request.adjacent).finish();
}

function decodeNegotiation(
  bytes: Uint8Array,
): { type: "negotiation"; initiator: PeerInfo; passive: PeerInfo | undefined } {
  let initiator: PeerInfo | undefined;
  let passive: PeerInfo | undefined;
  readFields(bytes, (number, field) => {
    const info = number === 1 || number === 2 ? field.bytes() : undefined;
    if (info === undefined) return;
    if (number === 1) initiator = decodeInfo(info);
    else passive = decodeInfo(info);
  });
  if (initiator === undefined) {
    throw new ProtocolError("MALFORMED", "Cannot read a negotiation: its initiator is missing");
  }
  return { type: "negotiation", initiator, passive };
}

function decodeInfo(bytes: Uint8Array): PeerInfo {
  let [id, group, listens] = [0, 0, ""];
  let [wsSupported, wsTried, dcSupported, dcTried] = [false, false, false, false];
  readFields(bytes, (number, field) => {
    if (number === 1) id = field.uint32() ?? id;
    else if (number === 2) listens = field.string() ?? listens;
    else if (number === 3) group = field.uint32() ?? group;
    else if (number === 4) wsSupported = field.bool() ?? wsSupported;
    else if (number === 5) wsTried = field.bool() ?? wsTried;
    else if (number === 6) dcSupported = field.bool() ?? dcSupported;
    else if (number === 7) dcTried = field.bool() ?? dcTried;
  });
  return {
    id,
    listens: listens === "" ? undefined : listens,
    group: isId(group) ? asGroupId(group) : undefined,
    wsSupported,
    wsTried,
    dcSupported,
    dcTried,
  };
}

function decodeRequest(bytes: Uint8Array): ConnectionRequest | undefined {
  let id = 0;
  const adjacent = new Set<number>();
  readFields(bytes, (number, field) => {
    if (number === 1) id = field.uint32() ?? id;
    else if (number === 2) field.uint32s(adjacent, FULL_MESH_MEMBERS_MAX);
  });
  if (!isId(id)) return undefined;
  return { id: asMemberId(id), adjacent: [...adjacent].filter(isId).map(asMemberId) };
}
