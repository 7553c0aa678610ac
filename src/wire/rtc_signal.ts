// Service 7431: the offer, answer and candidates of a data channel (RFC 8829, RFC 8838).
// @sansio

import { SDP_BYTES_MAX } from "../base/limits.ts";
import {
  decoder,
  encoder,
  message,
  oneof,
  type Part,
  record,
  string,
  uint32,
} from "./protobuf_schema.ts";

export type RtcSignal =
  | { readonly type: "offer"; readonly sdp: string }
  | { readonly type: "answer"; readonly sdp: string }
  | {
    readonly type: "candidate";
    readonly candidate: string;
    readonly sdpMid: string;
    readonly sdpMLineIndex: number;
  }
  /** The description and all candidates have been sent. */
  | { readonly type: "end" };

/** The explicit type is required by JSR. */
export const rtcSignal: Part<RtcSignal> = oneof("an RTC signal", {
  offer: record({ sdp: string(1, SDP_BYTES_MAX) }),
  answer: record({ sdp: string(2, SDP_BYTES_MAX) }),
  candidate: message(
    3,
    record({ candidate: string(1), sdpMid: string(2), sdpMLineIndex: uint32(3) }),
  ),
  end: record({}),
});

export const encodeRtcSignal = encoder(rtcSignal);

/** @throws {ProtocolError} */
export const decodeRtcSignal = decoder(rtcSignal);
