// Messages between the nodes of a cluster of signaling servers, sent over a bus.
// @sansio

import { KEY_LENGTH_MAX } from "../base/limits.ts";
import * as pb from "./protobuf_schema.ts";
import { ProtocolError } from "../base/errors.ts";

const client = {
  /** The number of the client connection at its node. */
  client: pb.uint32(1),
  key: pb.string(2, KEY_LENGTH_MAX),
  favored: pb.bool(3),
  /** The maximum number of members in the group, by the token of the client; no limit if absent. */
  membersMax: pb.optional(pb.uint32(5)),
};

const from = pb.refine(pb.string(1), (name) => {
  if (name !== "") return name;
  throw new ProtocolError("UNEXPECTED", "Cannot decode a message of a node: its name is missing");
});

export const clusterMessage = pb.record({
  from,
  incarnation: pb.uint32(2),
  /** The incarnation of the recipient; `undefined` for any. */
  to: pb.optional(pb.uint32(3)),
  body: pb.oneof("a message of a node", {
    heartbeat: pb.flag(4),
    /** The node is stopping. */
    bye: pb.flag(5),
    /** The node has just discovered the recipient, so it knows none of its clients. */
    hello: pb.flag(6),
    /** An encoded signaling message of a client, for the owner of its group. */
    fromClient: pb.message(7, pb.record({ ...client, frame: pb.bytes(4) })),
    /** A client is a member, as an earlier owner of its group has replied to it. */
    adopt: pb.message(8, pb.record({ ...client, id: pb.uint32(4) })),
    /** A client left, or its group has another owner. */
    clientGone: pb.message(9, pb.record({ client: pb.uint32(1) })),
    /** An encoded signaling message of the owner, for a client of the recipient. */
    toClient: pb.message(10, pb.record({ client: pb.uint32(1), frame: pb.bytes(2) })),
    /** The owner closes the connection of a client of the recipient. */
    close: pb.message(
      11,
      pb.record({ client: pb.uint32(1), code: pb.uint32(2), reason: pb.string(3) }),
    ),
    /** A newcomer waits until the owner knows whether a client of the recipient is alive. */
    probe: pb.message(12, pb.record({ client: pb.uint32(1) })),
  }),
});

export type ClusterMessage = pb.ValueOf<typeof clusterMessage>;

export type ClusterBody = ClusterMessage["body"];

export const encodeCluster = pb.encoder(clusterMessage);

/** @throws {ProtocolError} */
export const decodeCluster = pb.decoder(clusterMessage);
