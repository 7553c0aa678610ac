/**
 * Service 7431: descriptions and candidates of a data channel (RFC 8829, RFC 8838).
 *
 * ```text
 * message   := offer 1 | answer 2 | candidate 3 | (nothing: all was sent)
 * candidate := candidate 1 • sdpMid 2 • sdpMLineIndex 3
 * ```
 *
 * @module
 */

import { SDP_BYTES_MAX } from "../base/limits.ts";
import { type Field, Fields, readFields } from "./bytes.ts";

/** What one side of an RTCPeerConnection tells the other while they connect. */
export type RtcSignal =
  | { readonly type: "offer"; readonly sdp: string }
  | { readonly type: "answer"; readonly sdp: string }
  | {
    readonly type: "candidate";
    readonly candidate: string;
    readonly sdpMid: string;
    readonly sdpMLineIndex: number;
  }
  /** Description and all candidates have been sent. */
  | { readonly type: "end" };

/** The bytes of a data channel builder message. */
export function encodeRtcSignal(message: RtcSignal): Uint8Array<ArrayBuffer> {
  const fields = new Fields();
  switch (message.type) {
    case "offer":
      return fields.string(1, message.sdp).finish();
    case "answer":
      return fields.string(2, message.sdp).finish();
    case "candidate":
      return fields.bytes(
        3,
        new Fields()
          .string(1, message.candidate)
          .string(2, message.sdpMid)
          .uint32(3, message.sdpMLineIndex)
          .finish(),
      ).finish();
    case "end":
      return fields.finish();
  }
}

/** Reads a data channel builder message, or throws a {@linkcode ProtocolError}. */
export function decodeRtcSignal(bytes: Uint8Array): RtcSignal {
  let message: RtcSignal = { type: "end" };
  readFields(bytes, (number, field) => {
    message = readType(number, field) ?? message;
  });
  return message;
}

function readType(number: number, field: Field): RtcSignal | undefined {
  if (number === 1 || number === 2) {
    const sdp = field.string(SDP_BYTES_MAX);
    if (sdp === undefined) return undefined;
    return { type: number === 1 ? "offer" : "answer", sdp };
  }
  const candidate = number === 3 ? field.bytes() : undefined;
  return candidate && decodeCandidate(candidate);
}

function decodeCandidate(bytes: Uint8Array): RtcSignal {
  let [candidate, sdpMid, sdpMLineIndex] = ["", "", 0];
  readFields(bytes, (number, field) => {
    if (number === 1) candidate = field.string() ?? candidate;
    else if (number === 2) sdpMid = field.string() ?? sdpMid;
    else if (number === 3) sdpMLineIndex = field.uint32() ?? sdpMLineIndex;
  });
  return { type: "candidate", candidate, sdpMid, sdpMLineIndex };
}
