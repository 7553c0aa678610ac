/**
 * Service 74315: members of a full mesh telling each other who is there.
 *
 * @module
 */

import {
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  flag,
  memberIds,
  message,
  oneof,
  record,
  type ValueOf,
} from "./protobuf_schema.ts";

const members = record({ ids: memberIds(1) });

/** Deployed peers know the first three; they skip the others. */
export const fullMesh = oneof("a full mesh message", {
  /** Connect to those of these that you miss. */
  members: message(1, members),
  /** These are my neighbors: told to members that are not. */
  adjacentMembers: message(3, members),
  /** I am alive: told to members that are not neighbors. */
  heartbeat: flag(4),
  /** I leave the group. */
  leave: flag(16),
  /** I have not heard you for long: are you there? */
  ask: flag(19),
  /** I am, by the way that you asked. */
  alive: flag(20),
});

/** What members tell each other. */
export type FullMeshMessage = ValueOf<typeof fullMesh>;

/** The bytes of a full mesh message. */
export const encodeFullMesh: Encoder<FullMeshMessage> = encoder(fullMesh);

/** Reads a full mesh message, or throws a {@linkcode ProtocolError}. */
export const decodeFullMesh: Decoder<FullMeshMessage> = decoder(fullMesh);
