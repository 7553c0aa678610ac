/**
 * The messages of docs/PROTOCOL.md for another decoder than ours: that of protobufjs.
 *
 * @module
 */

import protobuf from "protobufjs";

const { root } = protobuf.parse(`
syntax = "proto3";

message Envelope {
  uint32 senderId = 1; uint32 recipientId = 2; uint32 serviceId = 3; bytes content = 4;
  optional uint32 hopsLeft = 5;
}

message Signaling {
  oneof type { bool heartbeat = 1; Content content = 2; GroupData connect = 3; bool connected = 4; }
  optional bytes ice = 16;
  optional uint32 calm = 17;
  optional bool anew = 18;
}
message Ice { repeated IceServer servers = 1; uint32 lifetime = 2; }
message IceServer {
  repeated string urls = 1; optional string username = 2; optional string credential = 3;
}
message Content {
  uint32 senderId = 1; uint32 recipientId = 2; bool lastData = 3; optional bytes data = 4;
}
message GroupData { uint32 id = 1; repeated uint32 members = 2; optional uint32 version = 15;
  optional uint32 calm = 16; }

message ChannelBuilder {
  oneof type {
    Negotiation negotiation = 1; bytes connectionRequest = 2; bool connectionResponse = 3;
  }
  optional uint32 version = 15; optional uint32 member = 17;
}
message Negotiation { Info initiator = 1; Info passive = 2; }
message Info {
  uint32 id = 1; string wss = 2; uint32 wcId = 3;
  bool wsSupported = 4; bool wsTried = 5; bool dcSupported = 6; bool dcTried = 7;
}
message ConnectionRequest { uint32 id = 1; repeated uint32 adjacentIds = 2; }

message DataChannelBuilder {
  oneof type { string offer = 1; string answer = 2; IceCandidate candidate = 3; }
}
message IceCandidate { string candidate = 1; string sdpMid = 2; uint32 sdpMLineIndex = 3; }

message Handshake {
  oneof type { InitPing initPing = 1; uint32 initPong = 2; }
  optional uint32 version = 15; optional uint32 epoch = 16;
}
message InitPing {
  uint32 topology = 1; uint32 wcId = 2; uint32 senderId = 3; repeated uint32 members = 4;
  string key = 5; repeated uint32 ours = 16;
}

message FullMesh {
  oneof type {
    Peers members = 1;
    Peers adjacentMembers = 3;
    bool heartbeat = 4;
    bool leave = 16;
    bool ping = 19;
    bool ack = 20;
  }
}
message Peers { repeated uint32 ids = 1; }

message User {
  uint32 length = 1; Type type = 2;
  oneof contentType { bytes full = 3; Chunk chunk = 4; }
  enum Type { STRING = 0; U_INT_8_ARRAY = 1; }
}
message Session {
  optional uint32 epoch = 1; optional uint32 to = 2; bool asks = 3; optional uint32 next = 4;
  bool gap = 5; uint32 first = 6;
  repeated bytes text = 8; repeated bytes bytes = 9;
  repeated uint32 begin = 10 [packed = false]; repeated bytes part = 11;
  repeated StreamOpen open = 12; repeated StreamData data = 13; repeated StreamEnd end = 14;
  repeated StreamReason reset = 15; repeated StreamReason stop = 16;
  repeated StreamCredit credit = 17;
  repeated bool later = 63 [packed = false];
}
message StreamOpen {
  uint32 stream = 1; string name = 2; string type = 3;
  optional uint32 sizeLow = 4; optional uint32 sizeHigh = 5;
}
message StreamData { uint32 stream = 1; bytes content = 2; }
message StreamEnd { uint32 stream = 1; }
message StreamReason { uint32 stream = 1; string reason = 2; }
message StreamCredit { uint32 stream = 1; uint32 bytes = 2; }

message Cluster {
  string from = 1; uint32 incarnation = 2; optional uint32 to = 3;
  oneof word {
    bool beat = 4; bool bye = 5; bool hello = 6;
    ClusterTell tell = 7; ClusterAdopt adopt = 8; ClusterShut shut = 9;
    ClusterGive give = 10; ClusterClose close = 11; ClusterAsk ask = 12;
  }
}
message ClusterTell { uint32 client = 1; string key = 2; bool favored = 3; bytes frame = 4; }
message ClusterAdopt { uint32 client = 1; string key = 2; bool favored = 3; uint32 id = 4; }
message ClusterShut { uint32 client = 1; }
message ClusterGive { uint32 client = 1; bytes frame = 2; }
message ClusterClose { uint32 client = 1; uint32 code = 2; string reason = 3; }
message ClusterAsk { uint32 client = 1; }

message Chunk { uint32 id = 1; uint32 nb = 2; bytes content = 4; }
`);

/** A message as protobufjs shows it: fields by name, those that are not there left out. */
export type Plain = Readonly<Record<string, unknown>>;

/** The bytes of a message, by protobufjs. */
export function encodePlain(name: string, message: Plain): Uint8Array {
  const type = root.lookupType(name);
  const fault = type.verify(message);
  if (fault !== null) throw new Error(`${name}: ${fault}`);
  return Uint8Array.from(type.encode(type.create(message)).finish());
}

/** A message, read by protobufjs; with defaults, and bytes as `Uint8Array`. */
export function decodePlain(name: string, bytes: Uint8Array): Plain {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { arrays: true, defaults: true });
}
