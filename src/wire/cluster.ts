// Messages between the nodes of a cluster of signaling servers, sent over a bus.
// @sansio

import { KEY_LENGTH_MAX } from "../base/limits.ts";
import {
  bool,
  bytes,
  decoder,
  encoder,
  flag,
  message,
  oneof,
  optional,
  record,
  refine,
  string,
  uint32,
  type ValueOf,
} from "./protobuf_schema.ts";
import { ProtocolError } from "../base/errors.ts";

const client = {
  /** The number of the client connection at its node. */
  client: uint32(1),
  key: string(2, KEY_LENGTH_MAX),
  favored: bool(3),
  /** The maximum number of members in the group, by the token of the client; no limit if absent. */
  membersMax: optional(uint32(5)),
};

const from = refine(string(1), (name) => {
  if (name !== "") return name;
  throw new ProtocolError("UNEXPECTED", "Cannot decode a message of a node: its name is missing");
});

export const clusterMessage = record({
  from,
  incarnation: uint32(2),
  /** The incarnation of the recipient; `undefined` for any. */
  to: optional(uint32(3)),
  body: oneof("a message of a node", {
    heartbeat: flag(4),
    /** The node is stopping. */
    bye: flag(5),
    /** The node has just discovered the recipient, so it knows none of its clients. */
    hello: flag(6),
    /** An encoded signaling message of a client, for the owner of its group. */
    fromClient: message(7, record({ ...client, frame: bytes(4) })),
    /** A client is a member, as an earlier owner of its group has replied to it. */
    adopt: message(8, record({ ...client, id: uint32(4) })),
    /** A client left, or its group has another owner. */
    clientGone: message(9, record({ client: uint32(1) })),
    /** An encoded signaling message of the owner, for a client of the recipient. */
    toClient: message(10, record({ client: uint32(1), frame: bytes(2) })),
    /** The owner closes the connection of a client of the recipient. */
    close: message(11, record({ client: uint32(1), code: uint32(2), reason: string(3) })),
    /** A newcomer waits until the owner knows whether a client of the recipient is alive. */
    probe: message(12, record({ client: uint32(1) })),
  }),
});

export type ClusterMessage = ValueOf<typeof clusterMessage>;

export type ClusterBody = ClusterMessage["body"];

export const encodeCluster = encoder(clusterMessage);

/** @throws {ProtocolError} */
export const decodeCluster = decoder(clusterMessage);
