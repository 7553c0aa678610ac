// Limits and intervals of peers, except those of sessions and streams.
// @sansio

// Names and identifiers

/** Characters of a key, as in Sigver 20. `join()` throws beyond this; a server closes with 4741. */
export const KEY_LENGTH_MAX = 512;

/** Characters of a generated key, as in Netflux 4 peers: over 200 random bits. */
export const KEY_LENGTH_DEFAULT = 42;

/** Ids in one list on the wire: more than any full mesh has. A longer list is malformed. */
export const LISTED_IDS_MAX = 16_384;

/** Bytes of a label or URL on the wire. A message with a longer one is malformed. */
export const STRING_BYTES_MAX = 4_096;

/** Bytes of a session description on the wire: a few thousand with many candidates. */
export const SDP_BYTES_MAX = 65_536;

/** Nesting depth of Protobuf groups: proto3 has none, and old encoders nest less deeply. */
export const GROUP_DEPTH_MAX = 64;

// Frames and messages

/** Bytes of user data in one frame of Netflux 4: larger plain messages are sent in chunks. */
export const LEGACY_CHUNK_BYTES = 15_000;

/** Bytes of a frame: every WebRTC implementation accepts messages of 64 KiB. */
export const FRAME_BYTES_MAX = 65_536;

/**
 * Bytes of a WebSocket message that a server in Node reads; it closes a longer one with 1009, and
 * one between the frame size and this limit with the code of the protocol. In Deno the limit is
 * 64 MiB, and fixed.
 */
export const SERVER_MESSAGE_BYTES_MAX = 1_048_576;

/** Time limit for a TLS handshake, and in Node for the headers of a request. Deno has none. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** Default for the longest message that a peer accepts, as in Netflux 4 peers. */
export const MESSAGE_BYTES_DEFAULT: number = 256 * 1024 * 1024;

/** Highest limit that a program can set: the length in a session frame has 31 bits. */
export const MESSAGE_BYTES_MAX: number = 2 ** 31 - 1;

/** Lowest limit that a program can set: messages up to this are sent before it is known. */
export const MESSAGE_BYTES_MIN: number = 256 * 1024;

/** Incomplete plain messages of one sender. The first chunk of a further one is dropped. */
export const LEGACY_PARTIAL_MESSAGES_MAX = 32;

/** An incomplete plain message is dropped if no chunk arrives for this long. */
export const LEGACY_PARTIAL_TIMEOUT_MS = 30_000;

/** How often a frame can be relayed, as in Netflux 4 peers. Then it is dropped. */
export const HOP_LIMIT = 3;

// Sending

/** A channel buffers as much as it sends in this time, so that a heartbeat waits no longer. */
export const LINK_BUFFER_TARGET_MS = 10;

/** Bytes that any channel may buffer, even before its rate is known. */
export const LINK_BUFFER_BYTES_MIN = 16_384;

/**
 * The limit of a channel is raised if its buffer ran empty within this time. After a longer time
 * it was only polled late.
 */
export const LINK_STARVATION_MS = 250;

/** Bytes that a data channel may buffer: beyond 256 KiB, Chromium's SCTP slows to a tenth. */
export const RTC_BUFFER_BYTES_MAX = 131_072;

/** `leave()` waits up to this long for ACKs, so that all members notice a leave within 2 s. */
export const LEAVE_TIMEOUT_MS = 1_500;

/** Bytes that `leave()` passes to a channel without waiting for ACKs; `send()` of more rejects. */
export const CLOSING_BUFFER_BYTES_MAX = 4_194_304;

/**
 * An unloaded page waits this long if a data channel has unsent frames. Without the wait, Chromium
 * ended the page before it had sent its leave in 4 of 10 cases during a file transfer.
 */
export const UNLOAD_MS = 50;

/** A data channel with at most this much unsent is closed after that wait, in which it was sent. */
export const UNLOAD_BYTES = 4_096;

/** `join()` waits up to this long until the reachable members list the newcomer. */
export const JOIN_LISTED_TIMEOUT_MS = 2_000;

/** Bytes that a WebSocket may buffer: they have to last until the next poll. */
export const SOCKET_BUFFER_BYTES_MAX = 524_288;

/** Interval at which a WebSocket above its low threshold is polled. */
export const BUFFERED_POLL_MS = 4;

/** A client with Nagle's algorithm is answered at most this long after its frame was handled. */
export const ANSWER_DELAY_MS = 2;

/** Frames that are buffered until the owner of a channel listens. One more closes the channel. */
export const EARLY_FRAMES_MAX = 256;

/** A member whose channel sends no queued bytes for this long is evicted: it blocks all sends. */
export const SEND_STALL_MS = 30_000;

/**
 * A member is evicted if it is heard but does not continue a message for this long. The timers of
 * a hidden page may fire only once a minute.
 */
export const RECEIVE_STALL_MS = 120_000;

/** A closing channel is considered dead if it sends no bytes for this long. */
export const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A closing server waits up to this long for clients to finish their requests. By then the program
 * has decided on all complete requests.
 */
export const SERVER_CLOSE_TIMEOUT_MS = 5_000;

/** A server in Deno that ran out of file descriptors listens again after this time. */
export const RELISTEN_MS = 100;

export const IDLE_POLL_MS = 20;

/** A channel that does not become idle is closed after this time. */
export const IDLE_TIMEOUT_MS = 400;

/** Bytes that an unreliable data channel may buffer: values that wait longer arrive too late. */
export const RTC_UNRELIABLE_BUFFER_BYTES_MAX = 8_192;

/**
 * A data channel is idle this long after its last frame: Chromium drops received frames that it
 * has not dispatched when the close arrives.
 */
export const RTC_IDLE_MS = 100;

/**
 * The same for an answerer with node-datachannel: if both sides close, the offerer then closes
 * first, even over a slow link. It is less than {@linkcode IDLE_TIMEOUT_MS}.
 */
export const ANSWERER_IDLE_MS = 300;

/** Bytes of a message that Chromium and node-datachannel accept (`a=max-message-size`). */
export const RTC_MESSAGE_BYTES_MAX = 262_144;

/** Bytes queued for relaying to one member. Further frames are dropped. */
export const RELAY_BYTES_MAX: number = 64 * 1024 * 1024;

/** Frames queued for relaying to one member: each costs some hundred bytes besides its content. */
export const RELAY_FRAMES_MAX = 65_536;

/**
 * Control frames queued for one channel; further ones are dropped. Only a neighbor that does not
 * read has that many.
 */
export const CONTROL_FRAMES_MAX = 4_096;

// Between members

/** Interval of heartbeats to neighbors and distant members, as in Netflux 4 peers. */
export const HEARTBEAT_INTERVAL_MS = 3_000;

/** A v5 neighbor needs no heartbeat if another frame was sent to it within this time. */
export const HEARTBEAT_SUPPRESSED_MS = 1_400;

/** How late a heartbeat may be, due to the network and to the coarse clocks of browsers. */
export const HEARTBEAT_JITTER_MS = 100;

/**
 * A member that was silent for this long is suspected and pinged. A live member pauses no longer,
 * although heartbeats are suppressed for a while after other frames.
 */
export const SUSPECT_AFTER_MS: number = HEARTBEAT_INTERVAL_MS + HEARTBEAT_SUPPRESSED_MS +
  HEARTBEAT_JITTER_MS;

/** A suspect that does not answer a ping for this long is away: 6.8 s after it was last heard. */
export const AWAY_AFTER_PING_MS = 2_300;

/** Interval at which suspects are checked again, so that a program soon learns of their return. */
export const AWAY_CHECK_INTERVAL_MS = 1_000;

/**
 * A member that was silent for this long, and does not answer pings, is dead. A crash is noticed
 * within 12 s, and a member that is delayed by 6 s with a round trip of 1 s stays.
 */
export const DEAD_AFTER_MS = 11_500;

/** A ping is answered within this time: a round trip, even a relayed one, takes less than 1 s. */
export const PING_TIMEOUT_MS = 2_500;

/** Default grace time: an unreachable member stays listed, through a tunnel or a short sleep. */
export const GRACE_MS = 30_000;

export const GRACE_MAX_MS = 3_600_000;

/** A member that was heard over its channel within this time needs no other channel. */
export const HEARD_RECENTLY_MS = 4_500;

/** Neighbors that are requested to ping a silent member (SWIM, section 4.1: k = 3). */
export const PING_REQ_MAX = 3;

/** Interval at which a member sends its list of members to its predecessor. */
export const GOSSIP_INTERVAL_MS = 20_000;

/** Newcomers that join within this time are announced in one message. */
export const ANNOUNCE_DELAY_MS = 50;

/** Delay of announcing new neighbors: by then, most distant members have become neighbors. */
export const NEW_NEIGHBORS_DELAY_MS = 1_000;

/** A new member is announced to the members that joined within this time. */
export const RECENT_MEMBER_MS = 5_000;

/** Interval at which a member whose list is incomplete is sent our list. */
export const MISSING_MEMBERS_INTERVAL_MS = 10_000;

/** Gossip about a member that left is ignored until all members have noticed the leave. */
export const TOMBSTONE_MS = 15_000;

/** Number of tombstones. Beyond it, the oldest are dropped early. */
export const TOMBSTONES_MAX = 1_024;

/** Return routes to non-members. Beyond this number, the oldest are dropped. */
export const RETURN_ROUTES_MAX = 256;

/** A route in doubt is kept if it is younger than this. The shortest RTO is ten times as long. */
export const ROUTE_AGE_MIN_MS = 100;

/** Unknown members that one neighbor can introduce at once: the size of a full mesh. */
export const INTRODUCTIONS_MAX = 64;

/** Then a neighbor can introduce one member per interval. Others wait for later gossip. */
export const INTRODUCTION_INTERVAL_MS = 1_000;

/** Unconfirmed members introduced by one neighbor that are dialed at the same time. */
export const UNCONFIRMED_PER_NEIGHBOR_MAX = 32;

/**
 * In a full group, if one neighbor has introduced at least this many members that have no channel,
 * a newcomer replaces one of them.
 */
export const INTRODUCED_PLACES_MAX = 16;

/**
 * A neighbor that was silent for this long is pinged if frames from it arrive over a relay. If its
 * silence is shorter, its channel works, and those frames are late or forged.
 */
export const RELAYED_PING_AFTER_MS = 2_500;

/** Waits between dials of a distant member. The last one repeats. */
export const REDIAL_BACKOFF_MS = [2_000, 10_000, 60_000, 300_000] as const;

/** If channels to a member repeatedly end within this time, it is redialed as after a failure. */
export const CHANNEL_LASTS_MS = 10_000;

/**
 * Open channels to one member: attempts that cross give two. One more closes the oldest, since a
 * member can request any number, and browsers limit the connections of a page.
 */
export const NEIGHBOR_CHANNELS_MAX = 3;

/** Members of a full mesh. Further ones are refused. */
export const FULL_MESH_MEMBERS_MAX = 64;

export const FULL_MESH_MEMBERS_WARN = 24;

// Making a channel

/** An attempt waits up to this long for the response to its request, as in Netflux 4 peers. */
export const RESPONSE_TIMEOUT_MS = 2_000;

/**
 * A peer waits twice as long after each request that was not answered in time, up to this: the
 * response may take longer over slow links or a busy server.
 */
export const RESPONSE_TIMEOUT_MAX_MS = 12_000;

/** An attempt whose response is late has as much more time. */
export const ATTEMPT_TIMEOUT_MS = 14_000;

/** Time limit for the answer to an offer, and then for the channel. */
export const RTC_TIMEOUT_MS = 9_000;

/**
 * An answerer with node-datachannel delays its connectivity checks by this time. A first check that
 * overtakes the answer is lost, and the next follows a second later.
 */
export const RTC_HEAD_START_MS = 300;

export const SCTP_READY_POLL_MS = 20;

/** After this many polls, `readyState` of the data channel decides. */
export const SCTP_READY_POLLS_MAX = 50;

export const SOCKET_TIMEOUT_MS = 4_000;

/** The frames of a join handshake (initPing, initPong) take up to this long. */
export const HANDSHAKE_TIMEOUT_MS = 6_000;

/**
 * Number of different hosts in listen URLs that are dialed. A group has few servers, but a member
 * could name any host. Members at further hosts are reached by data channels or relays.
 */
export const LISTEN_HOSTS_MAX = 8;

/** A host that was not dialed for this long no longer counts toward that limit. */
export const LISTEN_HOST_EXPIRY_MS = 300_000;

/** Concurrent attempts that other peers have begun. Further requests are rejected. */
export const ATTEMPTS_MAX = 256;

/** Candidates that are buffered until the session description arrives. Further ones are dropped. */
export const EARLY_CANDIDATES_MAX = 64;

// STUN and TURN

/** ICE servers from the signaling server; further ones are ignored, as each costs requests. */
export const ICE_SERVERS_MAX = 16;

/** URLs of one ICE server: UDP, TCP and TLS, over IPv4 and IPv6. Further ones are ignored. */
export const ICE_URLS_MAX = 16;

/** The result of a program's callback for ICE servers is used for this long. */
export const ICE_TTL_MS = 300_000;

/** A connection waits up to this long for the callback, then uses the known ICE servers. */
export const ICE_TIMEOUT_MS = 3_000;

/** A callback that failed is not called again within this time. */
export const ICE_RETRY_MS = 10_000;

// The signaling server

/** Interval of heartbeats in both directions of a signaling connection. */
export const SIGNALING_HEARTBEAT_MS = 5_000;

/**
 * Interval of heartbeats on an idle connection of a v5 peer, in seconds. With it, a million clients
 * cost 40,000 heartbeats per second instead of 200,000.
 */
export const SIGNALING_KEEPALIVE_S = 25;

/** The connection is closed when this many heartbeats in a row were not answered. */
export const SIGNALING_MISSED_MAX = 3;

export const SIGNALING_TIMEOUT_MS = 10_000;

/** Interval at which a peer tries the servers that it prefers to the current one. */
export const SIGNALING_FAILBACK_MS = 60_000;

/** Random deviation of that interval, so that clients do not all return at the same time. */
export const SIGNALING_FAILBACK_JITTER_MS = 15_000;

/** A check needs a new connection if the current one is older than this. */
export const RECONNECT_TO_CHECK_MS = 8_000;

/** A member may close its signaling connection if no newcomer has sent a signal for this long. */
export const NEWCOMER_IDLE_MS = 2_000;

/** After this many pairings without success, a newcomer can use another server. */
export const PAIRINGS_MAX = 3;

/** A server that does not answer a check within this time counts as failed. */
export const CHECK_TIMEOUT_MS = 10_000;

/** A join that waits this long reports why: the reason must be known within 5 s. */
export const WAIT_REPORT_DELAY_MS = 4_000;

/** Members whose server was lost reconnect after a random time up to this. */
export const RECONNECT_JITTER_MS = 2_000;

/** First wait before signaling is tried again. Each further wait is up to twice as long. */
export const BACKOFF_MIN_MS = 1_000;

export const BACKOFF_MAX_MS = 30_000;

/**
 * Wait after the second failed join handshake, doubled with each further failure. After the first
 * failure, the newcomer requests another member at once.
 */
export const JOIN_RETRY_MIN_MS = 500;

/** Longest wait after a failed join handshake: another member may be reachable. */
export const JOIN_RETRY_MAX_MS = 5_000;

/** A member that left is reported to the server until the server has noticed the leave. */
export const RECENT_LEAVER_MS = 5_000;

/** Interval at which bots, the member with the lowest id and a random one check for a partition. */
export const CHECK_INTERVAL_MS = 15_000;

export const CHECK_JITTER_MS = 5_000;

/** Longest interval of checks while an unreachable member is listed: it can return any time. */
export const PARTITION_CHECK_MS = 4_000;

/** The protocol version that v5 peers send. Netflux 4 peers send none. */
export const PROTOCOL_VERSION = 5;

/** Interval at which a draining server closes some of its connections. */
export const DRAIN_TICK_MS = 100;

export const DRAIN_SECONDS_MAX = 3_600;
