// Limits of sessions and streams.
// @sansio

// Sessions

/** Maximum content of a session frame; with all headers it fits in `FRAME_BYTES_MAX`. */
export const SESSION_FRAME_BYTES = 65_000;

/** Longer messages are split into fragments of this size, one frame each. */
export const FRAGMENT_BYTES = 64_000;

/** Chunks below this size are coalesced: a small ArrayBuffer costs more than its content. */
export const COALESCED_BYTES_MAX = 16_384;

export const CHUNK_OVERHEAD_BYTES = 4;

/** `send()` settles at once while less than this is buffered for the member. */
export const SEND_HIGH_WATER_MARK_BYTES = 65_536;

/** `send()` rejects while more than this is buffered for a member. */
export const BUFFERED_AMOUNT_MAX: number = 256 * 1024 * 1024;

/** Minimum congestion window: two full frames. */
export const WINDOW_BYTES_MIN = 131_072;

/** Maximum congestion window: 40 MB/s at an RTT of 100 ms. */
export const WINDOW_BYTES_MAX: number = 4 * 1024 * 1024;

/** Queueing delay that the congestion window allows on top of the RTT. */
export const QUEUE_DELAY_TARGET_MS = 5;

/** The same while only long messages and streams are sent: no small message waits behind them. */
export const QUEUE_DELAY_TARGET_BULK_MS = 25;

/** The shorter delay applies if a small message was sent within this time. */
export const SMALL_MESSAGE_RECENT_MS = 1_000;

/** The minimum RTT is measured anew after this time without a sample as short (as in BBR). */
export const MIN_RTT_FILTER_MS = 60_000;

/** Maximum delay of an ACK; it goes with the next data frame, if there is one. */
export const ACK_DELAY_MS = 100;

/** An ACK is sent at once after this many bytes, so that the window moves on. */
export const ACK_BYTES = 32_768;

/** RTO before the first sample: above the 1 s of RFC 6298, since a first frame may be relayed. */
export const RTO_INITIAL_MS = 2_000;

/** RFC 6298, section 2.4. */
export const RTO_MIN_MS = 1_000;

/** Maximum RTO, so that a peer back from sleep is retried soon. */
export const RTO_MAX_MS = 8_000;

/** A peer that sends frames but no session handshake within this time is treated as Netflux 4. */
export const V4_FALLBACK_MS = 2_000;

// Streams

/** Open streams to one member; further ones wait. */
export const STREAMS_MAX = 64;

/** Maximum unread bytes of a stream at its reader. */
export const STREAM_WINDOW_BYTES: number = 4 * 1024 * 1024;

/** The reader grants new credit after reading this much: a quarter of the window. */
export const STREAM_CREDIT_BYTES: number = STREAM_WINDOW_BYTES / 4;

/** Memory that each chunk of a stream costs, which counts against the window. */
export const STREAM_CHUNK_OVERHEAD_BYTES = 64;

/** Header of a stream chunk in a frame, without its texts. */
export const STREAM_CHUNK_HEADER_BYTES = 40;

/**
 * Unacknowledged replies (`credit`, `stop`) to a peer. Beyond, its new streams are rejected; 64
 * streams with 4 quarters of a window each stay below.
 */
export const STREAM_UNACKED_REPLIES_MAX = 1_024;

/** Longest name in `openStream()`: file names have 255 bytes. */
export const STREAM_NAME_BYTES_MAX = 1_024;

/** Longest type (RFC 6838, section 4.2: 127 characters, a slash, 127 more). */
export const STREAM_TYPE_BYTES_MAX = 255;

/** Longest reason for the early end of a stream, in UTF-8; the rest is cut off. */
export const STREAM_REASON_BYTES_MAX = 1_024;
