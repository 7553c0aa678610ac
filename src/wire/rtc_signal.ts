// Service 7431: the offer, answer and candidates of a data channel (RFC 8829, RFC 8838).
// @sansio

import { SDP_BYTES_MAX } from "../base/limits.ts";
import * as pb from "./protobuf_schema.ts";

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
export const rtcSignal: pb.Part<RtcSignal> = pb.oneof("an RTC signal", {
  offer: pb.record({ sdp: pb.string(1, SDP_BYTES_MAX) }),
  answer: pb.record({ sdp: pb.string(2, SDP_BYTES_MAX) }),
  candidate: pb.message(
    3,
    pb.record({ candidate: pb.string(1), sdpMid: pb.string(2), sdpMLineIndex: pb.uint32(3) }),
  ),
  end: pb.record({}),
});

export const encodeRtcSignal = pb.encoder(rtcSignal);

/** @throws {ProtocolError} */
export const decodeRtcSignal = pb.decoder(rtcSignal);
