/**
 * The first frames on a channel through which somebody enters a group.
 *
 * ```text
 * member   ─▶ initPing 1 (topology 1 • groupId 2 • memberId 3 • members 4* • key 5 • ours 16*)
 *           • version 15
 * newcomer ─▶ initPong 2 (its own id) • version 15 • epoch 16
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asGroupId, asMemberId, type GroupId, isId, type MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX } from "../base/limits.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** "This is the group": a member to who wants to enter it. */
export interface InitPing {
  readonly type: "initPing";
  /** 0: full mesh. */
  readonly topology: number;
  readonly group: GroupId;
  /** The member that speaks. */
  readonly member: MemberId;
  /** All members that it sees, itself included. */
  readonly members: readonly MemberId[];
  readonly key: string;
  /** Those of them that are no deployed peers, as far as it knows. */
  readonly ours: readonly MemberId[];
  /** `undefined` for a deployed peer. */
  readonly version: number | undefined;
}

/** "This is me": the newcomer's answer. */
export interface InitPong {
  readonly type: "initPong";
  readonly newcomer: MemberId;
  /** Of a member that comes back: the epoch of its session with the host, which only they know. */
  readonly epoch?: number | undefined;
  /** `undefined` for a deployed peer. */
  readonly version: number | undefined;
}

/** Either of the two. */
export type HandshakeMessage = InitPing | InitPong;

/** The bytes of a handshake message. */
export function encodeHandshake(message: HandshakeMessage): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  if (message.type === "initPing") {
    fields.bytes(
      1,
      new Fields()
        .uint32(1, message.topology)
        .uint32(2, message.group)
        .uint32(3, message.member)
        .uint32s(4, message.members)
        .string(5, message.key)
        .uint32s(16, message.ours)
        .finish(),
    );
  } else {
    fields.uint32(2, message.newcomer);
    if (message.epoch !== undefined) fields.uint32(16, message.epoch);
  }
  if (message.version !== undefined) fields.uint32(15, message.version);
  return fields.finish();
}

/** Reads a handshake message, or throws a {@linkcode ProtocolError}. */
export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  let read: ((version: number | undefined, epoch?: number) => HandshakeMessage) | undefined;
  let version: number | undefined;
  let epoch: number | undefined;
  readFields(bytes, (number, field) => {
    if (number === 15) version = field.uint32() ?? version;
    else if (number === 16) epoch = field.uint32() ?? epoch;
    else read = readType(number, field) ?? read;
  });
  if (read === undefined) throw unexpected();
  return read(version, epoch);
}

/** Other frames have fields of these numbers, too, of other types: they are none of ours. */
function readType(
  number: number,
  field: Field,
): ((version: number | undefined, epoch?: number) => HandshakeMessage) | undefined {
  if (number === 1) {
    const ping = field.bytes();
    if (ping === undefined) throw unexpected();
    return (version) => decodePing(ping, version);
  }
  if (number !== 2) return undefined;
  const pong = field.uint32();
  if (pong === undefined) throw unexpected();
  return (version, epoch) => decodePong(pong, version, epoch);
}

function decodePong(id: number, version: number | undefined, epoch?: number): InitPong {
  if (!isId(id)) throw unexpected();
  const pong: InitPong = { type: "initPong", newcomer: asMemberId(id), version };
  return epoch === undefined ? pong : { ...pong, epoch };
}

function unexpected(): ProtocolError {
  return new ProtocolError(
    "UNEXPECTED",
    "Cannot read a first frame: initPing or initPong expected",
  );
}

function decodePing(bytes: Uint8Array, version: number | undefined): InitPing {
  let topology = 0;
  let group = 0;
  let member = 0;
  const members = new Set<number>();
  const ours = new Set<number>();
  let key = "";
  readFields(bytes, (number, field) => {
    if (number === 1) topology = field.uint32() ?? topology;
    else if (number === 2) group = field.uint32() ?? group;
    else if (number === 3) member = field.uint32() ?? member;
    else if (number === 4) field.uint32s(members, FULL_MESH_MEMBERS_MAX);
    else if (number === 5) key = field.string() ?? key;
    else if (number === 16) field.uint32s(ours, FULL_MESH_MEMBERS_MAX);
  });
  if (!isId(group) || !isId(member)) {
    throw new ProtocolError("MALFORMED", "Cannot read initPing: ids that are not 0 expected");
  }
  return {
    type: "initPing",
    topology,
    group: asGroupId(group),
    member: asMemberId(member),
    members: [...members].filter(isId).map(asMemberId),
    key,
    ours: [...ours].filter(isId).map(asMemberId),
    version,
  };
}
