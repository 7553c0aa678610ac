/**
 * Service 74315: members of a full mesh telling each other who is there.
 *
 * ```text
 * message := members 1 | adjacentMembers 3 | heartbeat 4
 *          | leave 16 | ping 19 | ack 20                        ours; deployed peers skip them
 * members, adjacentMembers := ids 1*
 * ```
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId, type MemberId } from "../base/ids.ts";
import { FULL_MESH_MEMBERS_MAX } from "../base/limits.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** What members tell each other. */
export type MeshMessage =
  /** Connect to those of these that you miss. */
  | { readonly type: "members"; readonly ids: readonly MemberId[] }
  /** These are my neighbors: told to members that are not. */
  | { readonly type: "adjacentMembers"; readonly ids: readonly MemberId[] }
  /** I am alive: told to members that are not neighbors. */
  | { readonly type: "heartbeat" }
  /** I leave the group. */
  | { readonly type: "leave" }
  /** I have not heard you for long: are you there? */
  | { readonly type: "ping" }
  /** I am; sent on the route of the ping. */
  | { readonly type: "ack" };

/** The bytes of a full mesh message. */
export function encodeMeshMessage(message: MeshMessage): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  switch (message.type) {
    case "members":
      return fields.bytes(1, new Fields().uint32s(1, message.ids)).finish();
    case "adjacentMembers":
      return fields.bytes(3, new Fields().uint32s(1, message.ids)).finish();
    case "heartbeat":
      return fields.bool(4, true).finish();
    case "leave":
      return fields.bool(16, true).finish();
    case "ping":
      return fields.bool(19, true).finish();
    case "ack":
      return fields.bool(20, true).finish();
  }
}

/** Reads a full mesh message, or throws a {@linkcode ProtocolError}. */
export function decodeMeshMessage(bytes: Uint8Array): MeshMessage {
  let message: MeshMessage | undefined;
  readFields(bytes, (number, field) => {
    message = readType(number, field) ?? message;
  });
  if (message === undefined) {
    throw new ProtocolError(
      "UNEXPECTED",
      "Cannot read a full mesh message: a message of members expected",
    );
  }
  return message;
}

function readType(number: number, field: Field): MeshMessage | undefined {
  if (number === 1 || number === 3) {
    const peers = field.bytes();
    if (peers === undefined) return undefined;
    return { type: number === 1 ? "members" : "adjacentMembers", ids: decodePeers(peers) };
  }
  const signal = SIGNALS.get(number);
  return signal === undefined || field.bool() === undefined ? undefined : { type: signal };
}

/** Messages that say no more than what they are. */
const SIGNALS: ReadonlyMap<number, "heartbeat" | "leave" | "ping" | "ack"> = new Map([
  [4, "heartbeat"],
  [16, "leave"],
  [19, "ping"],
  [20, "ack"],
]);

function decodePeers(bytes: Uint8Array): readonly MemberId[] {
  const ids = new Set<number>();
  readFields(bytes, (number, field) => {
    if (number === 1) field.uint32s(ids, FULL_MESH_MEMBERS_MAX);
  });
  return [...ids].filter(isId).map(asMemberId);
}
