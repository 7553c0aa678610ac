// Service 74315: messages between members about the group itself.
// @sansio

import {
  decoder,
  encoder,
  flag,
  memberIds,
  message,
  oneof,
  record,
  type ValueOf,
} from "./protobuf_schema.ts";

const members = record({ ids: memberIds(1) });

/** Netflux 4 peers know the first three types, and ignore the others. */
export const meshMessage = oneof("a full mesh message", {
  /** The members that the sender sees. The receiver dials those that it does not know. */
  members: message(1, members),
  /** The neighbors of the sender; sent to distant members. */
  adjacentMembers: message(3, members),
  /** The sender is alive; sent to distant members. */
  heartbeat: flag(4),
  leave: flag(16),
  /** A probe of a silent receiver (SWIM). */
  ping: flag(19),
  /** The reply to a ping, on the same route. */
  ack: flag(20),
});

export type MeshMessage = ValueOf<typeof meshMessage>;

export const encodeMeshMessage = encoder(meshMessage);

/** @throws {ProtocolError} */
export const decodeMeshMessage = decoder(meshMessage);
