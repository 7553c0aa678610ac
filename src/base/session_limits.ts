/**
 * Every number of sessions and streams: its unit in the name, its reason, and what happens at it.
 *
 * @module
 */

// Sessions between two of our peers

/** What a frame of a session holds at most, so that it and what is around it fit in a frame. */
export const SESSION_FRAME_BYTES = 65_000;

/** A longer message goes in parts of so many bytes, each in a frame of its own. */
export const FRAGMENT_BYTES = 64_000;

/** Parts that are smaller are copied together: each by itself would take more than it has. */
export const COALESCED_BYTES_MAX = 16_384;

/** What a unit takes in a frame besides its bytes. */
export const CHUNK_OVERHEAD_BYTES = 4;

/** While less than this waits for a member, `send()` has nothing to wait for. */
export const SEND_HIGH_WATER_MARK_BYTES = 65_536;

/** While more than this waits for a member, `send()` rejects: its program should have awaited. */
export const BUFFERED_AMOUNT_MAX: number = 256 * 1024 * 1024;

/** Bytes on their way to one member, at least: two full frames; 3 s of a way that takes 43 kB/s. */
export const WINDOW_BYTES_MIN = 131_072;

/** At most: 40 MB/s at a round trip of 100 ms. */
export const WINDOW_BYTES_MAX: number = 4 * 1024 * 1024;

/** How long data may wait on its way, besides a round trip: processors are not always free. */
export const QUEUE_DELAY_TARGET_MS = 5;

/** The same while nothing but long messages and streams are sent: no small message waits behind. */
export const QUEUE_DELAY_TARGET_BULK_MS = 25;

/** Who sent a message of one frame so recently is taken to send another one soon. */
export const SMALL_MESSAGE_RECENT_MS = 1_000;

/** A round trip that none was as short as for so long is measured anew: the way has changed. */
export const MIN_RTT_FILTER_MS = 60_000;

/** What came is acknowledged within this time, with the next frame that goes back if one does. */
export const ACK_DELAY_MS = 100;

/** After so many bytes, as with each full frame, at once, so that the window moves on. */
export const ACK_BYTES = 32_768;

/** What is not acknowledged is sent again after this time, until a round trip was measured. */
export const RTO_INITIAL_MS = 2_000;

/** No sooner than after this time, whatever the round trip (RFC 6298, section 2.4). */
export const RTO_MIN_MS = 1_000;

/** At this interval at most, however often it was sent in vain. */
export const RTO_MAX_MS = 8_000;

/** Who is heard, and says nothing of sessions for so long, is taken for a deployed peer. */
export const V4_FALLBACK_MS = 2_000;

// Streams between two of our peers

/** Streams to one member that have begun; further ones wait. They hold as much as one message. */
export const STREAMS_MAX = 64;

/** What the reader of a stream holds at most of what its program has not read yet. */
export const STREAM_WINDOW_BYTES: number = 4 * 1024 * 1024;

/** The reader allows more once it has read so much: a quarter, so that bytes flow on. */
export const STREAM_CREDIT_BYTES: number = STREAM_WINDOW_BYTES / 4;

/** What each piece of a stream takes of its window besides its bytes, as it does of memory. */
export const STREAM_CHUNK_OVERHEAD_BYTES = 64;

/** What a unit of a stream takes in a frame besides its bytes and texts. */
export const STREAM_CHUNK_HEADER_BYTES = 40;

/**
 * Of what is said of a member's streams so much may be unacknowledged; who acknowledges nothing
 * opens no more. Those who do never have 64 streams, and windows of 4 quarters, that they wait for.
 */
export const STREAM_UNACKED_REPLIES_MAX = 1_024;

/** A longer name throws in `openStream()`: names of files have 255 bytes. */
export const STREAM_NAME_BYTES_MAX = 1_024;

/** The same for its type (RFC 6838 section 4.2: 127 characters, a slash, 127 more). */
export const STREAM_TYPE_BYTES_MAX = 255;

/** Why a stream ends early is told in so many bytes; the rest is cut off. */
export const STREAM_REASON_BYTES_MAX = 1_024;
