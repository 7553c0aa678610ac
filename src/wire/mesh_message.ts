// Service 74315: messages between members about the group itself.
// @sansio

import * as pb from "./protobuf_schema.ts";

const members = pb.record({ ids: pb.memberIds(1) });

/** Netflux 4 peers know the first three types, and ignore the others. */
export const meshMessage = pb.oneof("a full mesh message", {
  /** The members that the sender sees. The receiver dials those that it does not know. */
  members: pb.message(1, members),
  /** The neighbors of the sender; sent to distant members. */
  adjacentMembers: pb.message(3, members),
  /** The sender is alive; sent to distant members. */
  heartbeat: pb.flag(4),
  leave: pb.flag(16),
  /** A probe of a silent receiver (SWIM). */
  ping: pb.flag(19),
  /** The reply to a ping, on the same route. */
  ack: pb.flag(20),
});

export type MeshMessage = pb.ValueOf<typeof meshMessage>;

export const encodeMeshMessage = pb.encoder(meshMessage);

/** @throws {ProtocolError} */
export const decodeMeshMessage = pb.decoder(meshMessage);
