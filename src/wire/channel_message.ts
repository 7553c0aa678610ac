// A message of a group channel: the content of a channel chunk in a session.
//
//   channel message := name 1 • (json 2 | bytes 3)? • request 4? • reply 5? • failure 6?
//                    • cancel 7? • key 8? • sequence 9?
//
// _request_ is the number of a request by the sender. _reply_ is the number of a request by the
// receiver, which the message answers with a value or a _failure_. _cancel_ is the number of a
// request that the sender gives up. _sequence_ orders values of a sender that can overtake each
// other.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import * as pb from "./protobuf_schema.ts";

export interface ChannelMessage {
  readonly name: string;
  readonly json?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  readonly request?: number | undefined;
  readonly reply?: number | undefined;
  /** The reason for a missing value: `UNSERVED`, or a text for people. */
  readonly failure?: string | undefined;
  readonly cancel?: number | undefined;
  /** A value replaces earlier values with the same key. */
  readonly key?: string | undefined;
  /** A value with a lower number than another value of the same key is outdated. */
  readonly sequence?: number | undefined;
}

export const channelMessage: pb.Part<ChannelMessage> = pb.record({
  name: pb.string(1),
  json: pb.optional(pb.string(2, Infinity)),
  bytes: pb.optional(pb.bytes(3)),
  request: pb.optional(pb.uint32(4)),
  reply: pb.optional(pb.uint32(5)),
  failure: pb.optional(pb.string(6)),
  cancel: pb.optional(pb.uint32(7)),
  key: pb.optional(pb.string(8)),
  sequence: pb.optional(pb.uint32(9)),
});

export const encodeChannelMessage = pb.encoder(channelMessage);

/** @throws {ProtocolError} */
export const decodeChannelMessage = pb.decoder(channelMessage);

/** @throws {ProtocolError} The text is not JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot read a value: JSON expected", {
      cause,
    });
  }
}
