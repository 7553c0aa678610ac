/**
 * Every number of the system but those of deliveries: its unit in the name, its reason, and what
 * happens at it.
 *
 * @sansio
 * @module
 */

// Names and identifiers

/** What Sigver 20 accepts. A longer key throws in `join()`, and the server closes with 4741. */
export const KEY_LENGTH_MAX = 512;

/** What deployed peers draw: over 200 bits of chance. */
export const KEY_LENGTH_DRAWN = 42;

/** More members than any full mesh has; a longer list in a message is malformed. */
export const LISTED_IDS_MAX = 16_384;

/** A label or a URL that is longer is nobody's; the message that holds it is malformed. */
export const STRING_BYTES_MAX = 4_096;

/** An SDP of one data channel has some 500 bytes; with many candidates inside, a few thousand. */
export const SDP_BYTES_MAX = 65_536;

/** proto3 has no groups, and old encoders nest them less deep; the message is malformed. */
export const GROUP_DEPTH_MAX = 64;

// Frames and messages

/** What deployed peers send at most in one frame; larger data is cut, theirs and ours. */
export const LEGACY_CHUNK_BYTES = 15_000;

/** What every WebRTC implementation takes in one message is 64 KiB; a larger frame is malformed. */
export const FRAME_BYTES_MAX = 65_536;

/**
 * A server in Node does not even collect a longer one, and closes the WebSocket with 1009: what is
 * between is told with the close code of the protocol. Deno takes 64 MiB, and lets nobody say less.
 */
export const MESSAGE_BYTES_TAKEN_MAX = 1_048_576;

/** A server in Node waits so long for the headers of a request; Deno waits for ever. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** A larger message is not taken, unless the program says otherwise; nor do deployed peers. */
export const MESSAGE_BYTES_DEFAULT: number = 256 * 1024 * 1024;

/** The most that a program can take: a session's frame tells the length in 31 bits. */
export const MESSAGE_BYTES_MAX: number = 2 ** 31 - 1;

/** The least: what is not longer is on its way before the other side could refuse it. */
export const MESSAGE_BYTES_MIN: number = 256 * 1024;

/** Unfinished messages of one sender; a further one is not begun, and that is logged. */
export const LEGACY_PARTIAL_MESSAGES_MAX = 32;

/** An unfinished message to which nothing was added for so long is forgotten; that is logged. */
export const LEGACY_PARTIAL_TIMEOUT_MS = 30_000;

/** Relays a message may pass, as in deployed peers; it is dropped after the last. */
export const HOPS_MAX = 3;

// Sending

/**
 * A channel is given what it takes in so long, so that heartbeats wait behind that and a frame at
 * most, where the other side reads slowly; while WebSockets are looked at 2.5 times.
 */
export const LINK_BUFFER_TARGET_MS = 10;

/** Any channel is given so much; no more before it is known what it takes. */
export const LINK_BUFFER_BYTES_MIN = 16_384;

/** A channel that was empty after so long at most may take more than it was given. */
export const LINK_STARVATION_MS = 250;

/** However fast, a channel is given no more: Chromium's SCTP slows to a tenth beyond 256 KiB. */
export const RTC_BUFFER_BYTES_MAX = 131_072;

/** Below this a channel is given more, unless its owner says otherwise. */
export const RTC_BUFFER_BYTES_LOW = 65_536;

/** `leave()` waits for acknowledgements up to this long: all notice a departure within 2 s. */
export const LEAVE_TIMEOUT_MS = 1_500;

/**
 * What is not acknowledged by then is handed to the channel, up to this many bytes; the rest is
 * lost, and its `send()` rejects.
 */
export const CLOSING_BUFFER_BYTES_MAX = 4_194_304;

/**
 * `join()` waits up to this long for the members of the group to list the newcomer. One that is not
 * reached within it does not hold up the others.
 */
export const JOIN_LISTED_TIMEOUT_MS = 2_000;

/** The high mark of a WebSocket, which has no event for the low one: it lasts until looked at. */
export const SOCKET_BUFFER_BYTES_MAX = 524_288;

/** Its low mark. */
export const SOCKET_BUFFER_BYTES_LOW = 262_144;

/** How often to look whether a WebSocket has fallen to the low mark, while it is above it. */
export const BUFFERED_POLL_MS = 4;

/** Frames that came before the channel's owner listens; one more closes the channel. */
export const EARLY_FRAMES_MAX = 256;

/** A member whose channel takes nothing for so long is let go, so that nobody waits for it. */
export const SEND_STALL_MS = 30_000;

/**
 * A member that is heard, and sends no more of a message that it has begun for this long, is let
 * go: what came of it is freed. A hidden page may send once a minute.
 */
export const RECEIVE_STALL_MS = 120_000;

/** An ending channel of which nothing left for so long is taken for dead. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** How often to look whether a channel is quiet enough to be closed without loss. */
export const IDLE_POLL_MS = 20;

/** One that does not become quiet is closed after so long anyway. */
export const IDLE_TIMEOUT_MS = 400;

/** Chromium drops frames that it has yet to tell a page when it hears of the close meanwhile. */
export const RTC_IDLE_MS = 100;

/** What Chromium and node-datachannel announce (`a=max-message-size`); sending more is a bug. */
export const RTC_MESSAGE_BYTES_MAX = 262_144;

/** What may wait for one member on behalf of others; a further frame is dropped, and logged. */
export const RELAY_BYTES_MAX: number = 64 * 1024 * 1024;

/** The same for frames of few bytes, each of which takes some hundred besides. */
export const RELAY_FRAMES_MAX = 65_536;

// Between members

/** How often a neighbor hears from us, and a distant member too: as in deployed peers. */
export const HEARTBEAT_INTERVAL_MS = 3_000;

/** A channel to one of ours needs no heartbeat where something left so recently. */
export const HEARTBEAT_SPARED_MS = 1_500;

/** Who was silent for so long is asked whether it is there: two heartbeats are missing. */
export const SUSPECT_AFTER_MS = 6_000;

/**
 * A member that was silent for so long, and does not answer, is gone: all notice a crash in 12 s,
 * and who is held up for 6 s between two heartbeats, at a round trip of 1 s, is not lost.
 */
export const GONE_AFTER_MS = 11_500;

/** Who is asked has so long to answer at least: round trips stay under 1 s, relayed ones too. */
export const ANSWER_MS = 2_500;

/** A member that nobody hears is listed for so long, unless told: a tunnel, a short sleep. */
export const GRACE_MS = 30_000;

/** The longest that a program may ask for. */
export const GRACE_MAX_MS = 3_600_000;

/** Who was heard over its channel within this time has no need of another. */
export const HEARD_LATELY_MS = 4_500;

/** So many neighbors are asked to ask a member that is silent (SWIM, section 4.1: k = 3). */
export const WITNESSES_MAX = 3;

/** How often a member tells its antecedent whom it sees. */
export const MEMBERS_INTERVAL_MS = 20_000;

/** Newcomers that arrive within this time are told of each other in one message. */
export const ANNOUNCE_DELAY_MS = 50;

/** A member that was learned of so recently is told of others who come. */
export const RECENT_MS = 5_000;

/** A member whose list lacks some that we see is told of them, once in so long. */
export const COMPLETE_AGAIN_MS = 10_000;

/** Who left is not asked for on hearsay for so long: until all have noticed that it left. */
export const TOMBSTONE_MS = 15_000;

/** Departed members that are remembered; beyond, the oldest are forgotten early. */
export const TOMBSTONES_MAX = 1_024;

/** Those who wrote and are no members: so many ways back are remembered. */
export const STRANGERS_MAX = 256;

/** Unknown members that one neighbor may introduce at once: as many as a full mesh has. */
export const INTRODUCTIONS_MAX = 64;

/** Beyond that, one in this time; what comes sooner is ignored, and asked for again later. */
export const INTRODUCTION_INTERVAL_MS = 1_000;

/** Members known by hearsay that are tried at once, of those that one neighbor spoke of. */
export const RUMORS_PER_NEIGHBOR_MAX = 32;

/**
 * In a full group, a newcomer takes the place of a member that never had a channel, where one
 * neighbor has introduced at least this many of those.
 */
export const INTRODUCED_PLACES_MAX = 16;

/**
 * A neighbor that was silent for this long is asked when others relay in its name: one that was
 * heard since has a channel that works, and what is relayed is late or forged.
 */
export const RELAYED_DOUBT_MS = 2_500;

/** Waits between attempts to reach the same member directly; the last one repeats. */
export const REACH_RETRY_MS = [2_000, 10_000, 60_000, 300_000] as const;

/** Members that a full mesh holds; further ones are refused. */
export const FULL_MESH_MEMBERS_MAX = 64;

/** Members of a full mesh from which a warning is logged. */
export const FULL_MESH_MEMBERS_WARN = 24;

// Making a channel

/** An answer to a connection request is awaited so long, as in deployed peers. */
export const RESPONSE_TIMEOUT_MS = 2_000;

/** A whole attempt may take so long. */
export const ATTEMPT_TIMEOUT_MS = 14_000;

/** A data channel may take so long to open. */
export const RTC_TIMEOUT_MS = 9_000;

/**
 * An answerer with node-datachannel lets the offerer check first: its own check is lost when it
 * overtakes the answer, and then the next one follows a second later.
 */
export const RTC_HEAD_START_MS = 300;

/** How often to ask a browser whether the other side's data channel is open in truth. */
export const RTC_READY_CHECK_MS = 20;

/** After so many questions the browser's word is taken for it. */
export const RTC_READY_CHECKS_MAX = 50;

/** A WebSocket may take so long to open. */
export const SOCKET_TIMEOUT_MS = 4_000;

/** The first frames on an entry channel (initPing, initPong) may take so long. */
export const HANDSHAKE_TIMEOUT_MS = 4_000;

/**
 * Hosts that members say they listen on and that are dialed: a group has few servers, and a member
 * could name any host. A further one is reached by a data channel or a relay.
 */
export const LISTEN_HOSTS_MAX = 8;

/** A host that was not dialed for so long makes room for another. */
export const LISTEN_HOSTS_FORGET_MS = 300_000;

/** Attempts that a peer lets others begin at the same time; further requests are answered "no". */
export const ATTEMPTS_MAX = 256;

/** Candidates that came before the description; more are dropped. */
export const EARLY_CANDIDATES_MAX = 64;

// STUN and TURN

/** ICE servers that the signaling server hands out: each is asked. Further ones are left out. */
export const ICE_SERVERS_MAX = 16;

/** URLs of one of them: UDP, TCP and TLS, over IPv4 and IPv6. Further ones are left out. */
export const ICE_URLS_MAX = 16;

/** What a program's function gave is used so long; then it is called for the next connection. */
export const ICE_FRESH_MS = 300_000;

/** A connection waits so long for the function; then it is made with what there is. */
export const ICE_WAIT_MS = 3_000;

/** A function that failed is not called again sooner. */
export const ICE_RETRY_MS = 10_000;

// The signaling server

/** How often both sides of a signaling connection are heard. */
export const SIGNALING_HEARTBEAT_MS = 5_000;

/**
 * How often one of ours is asked whether it is there, when neither side has heard the other since:
 * a million clients that are asked so seldom are 40 000 questions a second, and no 200 000.
 */
export const SIGNALING_CALM_S = 25;

/** The third heartbeat in a row that goes unanswered closes the connection. */
export const SIGNALING_MISSES_MAX = 3;

/** A connection to the signaling server may take so long; of several servers, to each of them. */
export const SIGNALING_TIMEOUT_MS = 10_000;

/** Who uses a server that is not its first tries those before it so often, to find all others. */
export const SIGNALING_RETURN_MS = 60_000;

/** By how much that varies, either way: a server that is back does not meet all in one instant. */
export const SIGNALING_RETURN_JITTER_MS = 15_000;

/** A peer asks over a new connection once the old one is this old: not twice in a join. */
export const ANEW_AFTER_MS = 8_000;

/** A member may hang up on newcomers that wrote nothing for this long. */
export const NEWCOMER_QUIET_MS = 2_000;

/** A server that has not answered a check for so long is no use. */
export const CHECK_TIMEOUT_MS = 10_000;

/** A join that waits for the same thing for this long reports it: reasons are due within 5 s. */
export const WAIT_REPORTED_MS = 4_000;

/** Members whose server is lost call it within so long, each at its own moment: it may restart. */
export const RECONNECT_JITTER_MS = 2_000;

/** The first wait before signaling is tried again; each further one is at most twice as long. */
export const BACKOFF_MIN_MS = 1_000;

/** The longest wait before signaling is tried again. */
export const BACKOFF_MAX_MS = 30_000;

/**
 * A newcomer that was not let in asks for another member at once; from the second time on, so long
 * after it asked, twice as long each time, or at once when that has taken longer.
 */
export const ENTRANCE_RETRY_MIN_MS = 500;

/** The longest such wait: another member may be in reach. */
export const ENTRANCE_RETRY_MAX_MS = 5_000;

/**
 * The server is told for so long that we see who said goodbye: until it has noticed that, too. One
 * that stays there all the same, alone, is looked for with the next question after that.
 */
export const LEAVER_MS = 5_000;

/** The member with the lowest id, and bots, ask so often whether the group is in one part. */
export const CHECK_INTERVAL_MS = 15_000;

/** By how much that interval varies, either way. */
export const CHECK_JITTER_MS = 5_000;

/** The interval at most while somebody is listed whom nobody hears: it may be back any moment. */
export const APART_CHECK_MS = 4_000;

/** The protocol that our peers speak, told to each other and to the server; others tell none. */
export const PROTOCOL_VERSION = 5;

/** A server that is drained sends clients away so often, some at a time. */
export const DRAIN_TICK_MS = 100;

/** How long that may take: a program that is told to stop is soon killed. */
export const DRAIN_SECONDS_MAX = 3_600;
