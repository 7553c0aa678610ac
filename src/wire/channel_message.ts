// A message of a channel of a program: the content of a session's chunk for channels.
//
//   channel message := name 1 • (json 2 | bytes 3)? • request 4? • reply 5? • failure 6?
//                    • cancel 7? • key 8? • sequence 9?
//
// _request_ numbers a request of the sender; _reply_ answers the request of that number of the
// receiver, with a value or a _failure_; _cancel_ gives up a request of the sender. _sequence_
// numbers the values of a sender that may overtake each other.
//
// @sansio

import { ProtocolError } from "../base/errors.ts";
import {
  bytes,
  type Decoder,
  decoder,
  type Encoder,
  encoder,
  omissible,
  type Part,
  record,
  string,
  uint32,
} from "./protobuf_schema.ts";

export interface ChannelMessage {
  readonly name: string;
  readonly json?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  readonly request?: number | undefined;
  readonly reply?: number | undefined;
  /** Why there is no value: `UNSERVED`, or a reason for people. */
  readonly failure?: string | undefined;
  readonly cancel?: number | undefined;
  /** Of the values under one key, only the latest counts. */
  readonly key?: string | undefined;
  /** Of the values under one key, one with a lower number than another is old. */
  readonly sequence?: number | undefined;
}

export const channelMessage: Part<ChannelMessage> = record({
  name: string(1),
  json: omissible(string(2, Infinity)),
  bytes: omissible(bytes(3)),
  request: omissible(uint32(4)),
  reply: omissible(uint32(5)),
  failure: omissible(string(6)),
  cancel: omissible(uint32(7)),
  key: omissible(string(8)),
  sequence: omissible(uint32(9)),
});

export const encodeChannelMessage: Encoder<ChannelMessage> = encoder(channelMessage);

/** @throws {ProtocolError} */
export const decodeChannelMessage: Decoder<ChannelMessage> = decoder(channelMessage);

/** @throws {ProtocolError} The text is no JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "Cannot read a value: JSON expected", {
      cause,
    });
  }
}
