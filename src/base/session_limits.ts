// Limits of sessions and streams.
// @sansio

// Sessions

/** Maximum content of a session frame; with all headers it fits in `FRAME_BYTES_MAX`. */
export const SESSION_FRAME_BYTES = 65_000;

/** Longer messages are split into fragments of this size, one frame each. */
export const FRAGMENT_BYTES = 64_000;

/** Chunks below this size are coalesced, since a small ArrayBuffer costs more than its content. */
export const COALESCED_BYTES_MAX = 16_384;

/** Bytes that a chunk adds to its content in a frame. */
export const CHUNK_OVERHEAD_BYTES = 4;

/** `send()` resolves at once while at most this is buffered for the member. */
export const SEND_HIGH_WATER_MARK_BYTES = 65_536;

/** `send()` rejects while more than this is buffered for a member. */
export const BUFFERED_AMOUNT_MAX: number = 256 * 1024 * 1024;

/** Minimum congestion window: two full frames. */
export const WINDOW_BYTES_MIN = 131_072;

/** Maximum congestion window: 40 MB/s at an RTT of 100 ms. */
export const WINDOW_BYTES_MAX: number = 4 * 1024 * 1024;

/** Queueing delay that the congestion window allows on top of the RTT. */
export const QUEUE_DELAY_TARGET_MS = 5;

/** The same while only long messages and streams are sent, and no small message has to wait. */
export const QUEUE_DELAY_TARGET_BULK_MS = 25;

/** The shorter target applies if a small message was sent within this time. */
export const SMALL_MESSAGE_RECENT_MS = 1_000;

/** The minimum RTT is measured again after this time without an equally short sample (BBR). */
export const MIN_RTT_FILTER_MS = 60_000;

/** Maximum delay of an ACK, which shares a frame with data that is sent in this time. */
export const ACK_DELAY_MS = 100;

/** An ACK is sent without delay after this many bytes, so that the sender can continue. */
export const ACK_BYTES = 32_768;

/**
 * RTO before the first sample (RFC 6298, section 2.1). It is shorter than `LEAVE_TIMEOUT_MS`: so a
 * message that was sent before a leave can take another relay.
 */
export const RTO_INITIAL_MS = 1_000;

/** Minimum RTO (RFC 6298, section 2.4). */
export const RTO_MIN_MS = 1_000;

/** Maximum RTO, so that data reaches a peer soon after it wakes from sleep. */
export const RTO_MAX_MS = 8_000;

/** A peer that sends frames but no session handshake within this time is treated as Netflux 4. */
export const V4_FALLBACK_MS = 2_000;

// Streams

/** Open streams to one member. Further ones wait. */
export const STREAMS_MAX = 64;

/** Maximum unread bytes of a stream at its reader. */
export const STREAM_WINDOW_BYTES: number = 4 * 1024 * 1024;

/** The reader grants new credit after reading this much: a quarter of the window. */
export const STREAM_CREDIT_BYTES: number = STREAM_WINDOW_BYTES / 4;

/** Memory that each chunk of a stream costs besides its content; it counts toward the window. */
export const STREAM_CHUNK_OVERHEAD_BYTES = 64;

/** Header of a stream chunk in a frame, excluding its texts. */
export const STREAM_CHUNK_HEADER_BYTES = 40;

/**
 * Unacknowledged replies (`credit`, `stop`) to a peer. Beyond this number, its new streams are
 * rejected. 64 streams, each with credit for four quarters of the window, stay below it.
 */
export const STREAM_UNACKED_REPLIES_MAX = 1_024;

/** Longest name in `openStream()`; file names have up to 255 bytes. */
export const STREAM_NAME_BYTES_MAX = 1_024;

/** Longest type (RFC 6838, section 4.2: 127 characters, a slash, 127 more). */
export const STREAM_TYPE_BYTES_MAX = 255;

/** Longest reason for the early end of a stream, in UTF-8. A longer one is truncated. */
export const STREAM_REASON_BYTES_MAX = 1_024;
