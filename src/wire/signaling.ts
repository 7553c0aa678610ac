/**
 * What a peer and the signaling server say to each other.
 *
 * ```text
 * message := heartbeat 1 (• ice 16) | content 2 | connect 3 | connected 4 (• calm 17 • anew 18)
 * content := senderId 1 • recipientId 2 • lastData 3 • data 4
 * connect := id 1 • members 2* • version 15 • calm 16
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asPairingId, type PairingId } from "../base/ids.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** A letter between the two sides of a pairing, forwarded by the server. */
export interface SignalingContent {
  readonly type: "content";
  /** The newcomer that sends; `undefined` when a member does, or a newcomer to the server. */
  readonly sender: PairingId | undefined;
  /** The newcomer that it is for; `undefined` when it is for the member. */
  readonly recipient: PairingId | undefined;
  /** Nothing more follows in this direction. */
  readonly last: boolean;
  /** An encoded envelope; `undefined` when the other side went away. */
  readonly data: Uint8Array | undefined;
}

/** Any message of a signaling connection. */
export type SignalingMessage =
  | {
    readonly type: "heartbeat";
    /** An encoded offer of the server, to who said a version; for others it is a heartbeat. */
    readonly ice?: Uint8Array;
  }
  | SignalingContent
  | {
    /** Am I still in the group? */
    readonly type: "connect";
    readonly id: number;
    /** The members that the peer sees, itself left out. */
    readonly members: readonly number[];
    /** The protocol of this library that the peer speaks; `undefined` for a deployed peer. */
    readonly version: number | undefined;
    /** The peer answers heartbeats, and needs one only in so many seconds. */
    readonly calmS?: number | undefined;
  }
  | {
    readonly type: "connected";
    readonly connected: boolean;
    /** So it will be: from now on the server asks, as seldom as that, and the peer answers. */
    readonly calmS?: number | undefined;
    /** Others may know more of the group: whoever asks later does so over a new connection. */
    readonly anew?: boolean;
  };

/** The bytes of a signaling message. */
export function encodeSignaling(message: SignalingMessage): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  switch (message.type) {
    case "heartbeat":
      fields.bool(1, true);
      if (message.ice !== undefined) fields.bytes(16, message.ice);
      return fields.finish();
    case "content":
      return fields.bytes(2, encodeContent(message)).finish();
    case "connect": {
      const connect = new Fields().uint32(1, message.id).uint32s(2, message.members);
      if (message.version !== undefined) connect.uint32(15, message.version);
      if (message.calmS !== undefined) connect.uint32(16, message.calmS);
      return fields.bytes(3, connect.finish()).finish();
    }
    case "connected":
      fields.bool(4, message.connected);
      if (message.calmS !== undefined) fields.uint32(17, message.calmS);
      if (message.anew) fields.bool(18, true);
      return fields.finish();
  }
}

/** Reads a signaling message, or throws a {@linkcode ProtocolError}. */
export function decodeSignaling(bytes: Uint8Array): SignalingMessage {
  let message: SignalingMessage | undefined;
  let ice: Uint8Array | undefined;
  let calmS: number | undefined;
  let anew: boolean | undefined;
  readFields(bytes, (number, field) => {
    if (number === 16) ice = field.bytes() ?? ice;
    else if (number === 17) calmS = field.uint32() ?? calmS;
    else if (number === 18) anew = field.bool() ?? anew;
    else message = readType(number, field) ?? message;
  });
  if (message === undefined) {
    throw new ProtocolError(
      "UNEXPECTED",
      "Cannot read a signaling message: heartbeat, content, connect or connected expected",
    );
  }
  if (message.type === "heartbeat") return ice === undefined ? message : { ...message, ice };
  if (message.type !== "connected") return message;
  return {
    ...message,
    ...(calmS === undefined ? {} : { calmS }),
    ...(anew ? { anew } : {}),
  };
}

function readType(number: number, field: Field): SignalingMessage | undefined {
  if (number === 1) return field.bool() === undefined ? undefined : { type: "heartbeat" };
  if (number === 2) return whenThere(field.bytes(), decodeContent);
  if (number === 3) return whenThere(field.bytes(), decodeConnect);
  if (number === 4) {
    return whenThere(field.bool(), (connected) => ({ type: "connected", connected }));
  }
  return undefined;
}

function whenThere<Value, Message>(
  value: Value | undefined,
  read: (value: Value) => Message,
): Message | undefined {
  return value === undefined ? undefined : read(value);
}

function encodeContent(content: SignalingContent): Uint8Array {
  const fields = new Fields()
    .uint32(1, content.sender ?? 0)
    .uint32(2, content.recipient ?? 0)
    .bool(3, content.last);
  if (content.data !== undefined) fields.bytes(4, content.data);
  return fields.finish();
}

function decodeContent(bytes: Uint8Array): SignalingContent {
  let sender = 0;
  let recipient = 0;
  let last = false;
  let data: Uint8Array | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) sender = field.uint32() ?? sender;
    else if (number === 2) recipient = field.uint32() ?? recipient;
    else if (number === 3) last = field.bool() ?? last;
    else if (number === 4) data = field.bytes() ?? data;
  });
  return {
    type: "content",
    sender: sender === 0 ? undefined : asPairingId(sender),
    recipient: recipient === 0 ? undefined : asPairingId(recipient),
    last,
    data: data?.length === 0 ? undefined : data,
  };
}

function decodeConnect(bytes: Uint8Array): SignalingMessage {
  let id = 0;
  const members = new Set<number>();
  let version: number | undefined;
  let calmS: number | undefined;
  readFields(bytes, (number, field) => {
    if (number === 1) id = field.uint32() ?? id;
    else if (number === 2) field.uint32s(members);
    else if (number === 15) version = field.uint32() ?? version;
    else if (number === 16) calmS = field.uint32() ?? calmS;
  });
  return { type: "connect", id, members: [...members], version, calmS };
}
