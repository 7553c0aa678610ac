// Messages between the servers of a cluster, over a bus.
// @sansio

import { KEY_LENGTH_MAX } from "../base/limits.ts";
import {
  bool,
  bytes,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  flag,
  message,
  omissible,
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
  /** The number of the connection at that node. */
  client: uint32(1),
  key: string(2, KEY_LENGTH_MAX),
  favored: bool(3),
  /** The members that the token of the client allows in the group; by default any number. */
  membersMax: omissible(uint32(5)),
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
  word: oneof("a message of a node", {
    beat: flag(4),
    /** The node stops. */
    bye: flag(5),
    /** It has just met the other node, so it knows none of its clients. */
    hello: flag(6),
    /** A client sends an encoded signaling message to the owner of its group. */
    tell: message(7, record({ ...client, frame: bytes(4) })),
    /** A client is a member: another owner of its group has answered so. */
    adopt: message(8, record({ ...client, id: uint32(4) })),
    /** A client left, or its group has another owner. */
    shut: message(9, record({ client: uint32(1) })),
    /** The owner sends a message to a client of the other node. */
    give: message(10, record({ client: uint32(1), frame: bytes(2) })),
    /** The owner closes the connection of a client of the other node. */
    close: message(11, record({ client: uint32(1), code: uint32(2), reason: string(3) })),
    /** A newcomer at the owner depends on whether a client of the other node is alive. */
    ask: message(12, record({ client: uint32(1) })),
  }),
});

export type ClusterMessage = ValueOf<typeof clusterMessage>;

export type ClusterWord = ClusterMessage["word"];

export const encodeCluster: Encoder<ClusterMessage> = encoder(clusterMessage);

/** @throws {ProtocolError} */
export const decodeCluster: Decoder<ClusterMessage> = decoder(clusterMessage);
