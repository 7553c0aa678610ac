// Limits and intervals of peers, except those of sessions and streams.
// @sansio

// Names and identifiers

/** Characters, as in Sigver 20. Beyond, `join()` throws and the server closes with 4741. */
export const KEY_LENGTH_MAX = 512;

/** Characters of a generated key, as in deployed peers: over 200 random bits. */
export const KEY_LENGTH_DEFAULT = 42;

/** Ids in one list on the wire: more than any full mesh has. A longer list is malformed. */
export const LISTED_IDS_MAX = 16_384;

/** Bytes of a label or URL on the wire. A message with a longer one is malformed. */
export const STRING_BYTES_MAX = 4_096;

/** Bytes of a session description on the wire: a few thousand with many candidates. */
export const SDP_BYTES_MAX = 65_536;

/** Nesting depth of groups in a Protobuf message: proto3 has none, old encoders nest less deep. */
export const GROUP_DEPTH_MAX = 64;

// Frames and messages

/** Bytes of user data in one frame of Netflux 4: larger plain messages are sent in chunks. */
export const LEGACY_CHUNK_BYTES = 15_000;

/** Bytes of a frame: every WebRTC implementation accepts messages of 64 KiB. */
export const FRAME_BYTES_MAX = 65_536;

/**
 * Bytes of a WebSocket message that a server in Node reads before it closes with 1009. Between a
 * frame and this, it closes with the code of the protocol. In Deno this is 64 MiB, and cannot be
 * changed.
 */
export const SERVER_MESSAGE_BYTES_MAX = 1_048_576;

/** Time limit for the headers of a request to a server in Node. Deno has none. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** Default for the longest message that a peer accepts, as in deployed peers. */
export const MESSAGE_BYTES_DEFAULT: number = 256 * 1024 * 1024;

/** Highest limit that a program can set: the length in a session frame has 31 bits. */
export const MESSAGE_BYTES_MAX: number = 2 ** 31 - 1;

/** Lowest limit that a program can set: shorter messages may be sent before it is known. */
export const MESSAGE_BYTES_MIN: number = 256 * 1024;

/** Incomplete plain messages of one sender. The first chunk of a further one is dropped. */
export const LEGACY_PARTIAL_MESSAGES_MAX = 32;

/** An incomplete plain message is dropped if no chunk arrives for this long. */
export const LEGACY_PARTIAL_TIMEOUT_MS = 30_000;

/** Relays that a frame may pass, as in deployed peers. After the last one it is dropped. */
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

/** Default low threshold of a data channel, in bytes: half of the maximum. */
export const RTC_BUFFER_BYTES_LOW = 65_536;

/** `leave()` waits up to this long for ACKs, so that all members notice a leave within 2 s. */
export const LEAVE_TIMEOUT_MS = 1_500;

/** Bytes that `leave()` hands to a channel without an ACK; the `send()` of the rest rejects. */
export const CLOSING_BUFFER_BYTES_MAX = 4_194_304;

/**
 * An unloaded page waits this long if a data channel has unsent frames. Without the wait, Chromium
 * ended the page before it had sent its leave in 4 of 10 cases during a file transfer.
 */
export const UNLOAD_MS = 50;

/** `join()` waits up to this long until the reachable members list the newcomer. */
export const JOIN_LISTED_TIMEOUT_MS = 2_000;

/** Bytes that a WebSocket may buffer: they have to last until the next poll. */
export const SOCKET_BUFFER_BYTES_MAX = 524_288;

/** Default low threshold of a WebSocket, in bytes: half of the maximum. */
export const SOCKET_BUFFER_BYTES_LOW = 262_144;

/** Interval at which a WebSocket above its low threshold is polled. */
export const BUFFERED_POLL_MS = 4;

/** A frame of a client with Nagle's algorithm is answered within this time. */
export const ANSWER_DELAY_MS = 2;

/** Frames that are buffered until the owner of a channel listens. One more closes the channel. */
export const EARLY_FRAMES_MAX = 256;

/** A member whose channel takes no bytes for this long is evicted: it blocks `send()` to all. */
export const SEND_STALL_MS = 30_000;

/**
 * A member is evicted if it is heard but does not continue a message for this long. A hidden page
 * may send only once a minute.
 */
export const RECEIVE_STALL_MS = 120_000;

/** A closing channel is taken for dead if no bytes leave it for this long. */
export const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A server that is closed waits no longer for clients that do not finish a request. The program has
 * decided by then on all that came.
 */
export const SERVER_CLOSE_TIMEOUT_MS = 5_000;

/** A server in Deno that ran out of files listens again after this time; others end meanwhile. */
export const RELISTEN_MS = 100;

export const IDLE_POLL_MS = 20;

/** A channel that does not become idle is closed after this time. */
export const IDLE_TIMEOUT_MS = 400;

/** Bytes that an unreliable data channel may buffer: a value that waits is old when it is sent. */
export const RTC_UNRELIABLE_BUFFER_BYTES_MAX = 8_192;

/**
 * A data channel is idle this long after its last frame: Chromium drops received frames that it
 * has not dispatched when the close arrives.
 */
export const RTC_IDLE_MS = 100;

/** Bytes of a message that Chromium and node-datachannel accept (`a=max-message-size`). */
export const RTC_MESSAGE_BYTES_MAX = 262_144;

/** Bytes that are relayed to one member and queued. A further frame is dropped. */
export const RELAY_BYTES_MAX: number = 64 * 1024 * 1024;

/** Frames of that queue: each takes some hundred bytes besides its content. */
export const RELAY_FRAMES_MAX = 65_536;

/**
 * Control frames queued for one channel; further ones are dropped. Only a neighbor that does not
 * read has that many.
 */
export const CONTROL_FRAMES_MAX = 4_096;

// Between members

/** Interval of heartbeats to neighbors and distant members, as in deployed peers. */
export const HEARTBEAT_INTERVAL_MS = 3_000;

/** A v5 neighbor needs no heartbeat if another frame was sent to it within this time. */
export const HEARTBEAT_SUPPRESSED_MS = 1_400;

/** How late a heartbeat may be: by the network, and by clocks that browsers make coarse. */
export const HEARTBEAT_JITTER_MS = 100;

/**
 * A member that was silent for this long is suspected and pinged: the longest pause of a member
 * that is alive, as heartbeats are suppressed for a while after other frames.
 */
export const SUSPECT_AFTER_MS: number = HEARTBEAT_INTERVAL_MS + HEARTBEAT_SUPPRESSED_MS +
  HEARTBEAT_JITTER_MS;

/** A suspect that has not answered a ping for this long is away: 6.8 s after it was heard last. */
export const AWAY_AFTER_PING_MS = 2_300;

/** Interval at which a suspect is looked at again: programs learn soon that it is back. */
export const AWAY_CHECK_INTERVAL_MS = 1_000;

/**
 * A member that was silent for this long, and does not answer pings, is dead: a crash is noticed
 * within 12 s, and a member that is delayed by 6 s at a round trip of 1 s survives.
 */
export const DEAD_AFTER_MS = 11_500;

/** A pinged member has this long to answer: round trips, also relayed ones, stay below 1 s. */
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

/** Newcomers within this time are announced in one message. */
export const ANNOUNCE_DELAY_MS = 50;

/** New neighbors are made known after this: most distant members have become neighbors by then. */
export const NEW_NEIGHBORS_DELAY_MS = 1_000;

/** A member is announced to those that became members within this time. */
export const RECENT_MEMBER_MS = 5_000;

/** Interval at which a member whose list lacks members is sent ours. */
export const MISSING_MEMBERS_INTERVAL_MS = 10_000;

/** Gossip about a member that left is ignored until all members have noticed the leave. */
export const TOMBSTONE_MS = 15_000;

/** Tombstones that are kept. Beyond that the oldest are dropped early. */
export const TOMBSTONES_MAX = 1_024;

/** Return routes to peers that are no members. Beyond that the oldest are dropped. */
export const RETURN_ROUTES_MAX = 256;

/** Unknown members that one neighbor may introduce at once: as many as a full mesh has. */
export const INTRODUCTIONS_MAX = 64;

/** Beyond that, a neighbor may introduce one member in this time. Others wait for later gossip. */
export const INTRODUCTION_INTERVAL_MS = 1_000;

/** Unconfirmed members, named by one neighbor, that are dialed at once. */
export const UNCONFIRMED_PER_NEIGHBOR_MAX = 32;

/**
 * In a full group, a newcomer replaces a member without a channel if one neighbor has introduced
 * this many of those.
 */
export const INTRODUCED_PLACES_MAX = 16;

/**
 * A neighbor that was silent for this long is pinged if frames in its name arrive over a relay.
 * Before, its channel works, and the frames are late or forged.
 */
export const RELAYED_PING_AFTER_MS = 2_500;

/** Waits between dials of one distant member. The last one repeats. */
export const REDIAL_BACKOFF_MS = [2_000, 10_000, 60_000, 300_000] as const;

/** Where channels end sooner, one after the other, the next dial waits as after one that failed. */
export const CHANNEL_LASTS_MS = 10_000;

/** Members of a full mesh. Further ones are refused. */
export const FULL_MESH_MEMBERS_MAX = 64;

export const FULL_MESH_MEMBERS_WARN = 24;

// Making a channel

/** An attempt waits up to this long for the response to its request, as in deployed peers. */
export const RESPONSE_TIMEOUT_MS = 2_000;

export const ATTEMPT_TIMEOUT_MS = 14_000;

export const RTC_TIMEOUT_MS = 9_000;

/**
 * An answerer with node-datachannel delays its connectivity checks by this time. A first check that
 * overtakes the answer is lost, and the next follows a second later.
 */
export const RTC_HEAD_START_MS = 300;

export const SCTP_READY_POLL_MS = 20;

/** After this number of polls the ready state of the data channel counts. */
export const SCTP_READY_POLLS_MAX = 50;

export const SOCKET_TIMEOUT_MS = 4_000;

/** The frames of a join handshake (initPing, initPong) take up to this long. */
export const HANDSHAKE_TIMEOUT_MS = 4_000;

/**
 * Hosts in listen URLs that are dialed, as a member could name any host, and a group has few
 * servers. Members at further hosts are reached by data channels or relays.
 */
export const LISTEN_HOSTS_MAX = 8;

/** A host that was not dialed for this long no longer counts. */
export const LISTEN_HOST_EXPIRY_MS = 300_000;

/** Attempts that other peers may have open at once. Further requests are rejected. */
export const ATTEMPTS_MAX = 256;

/** Candidates that are buffered until the session description arrives. Further ones are dropped. */
export const EARLY_CANDIDATES_MAX = 64;

// STUN and TURN

/** ICE servers from the signaling server: each costs requests. Further ones are left out. */
export const ICE_SERVERS_MAX = 16;

/** URLs of one ICE server: UDP, TCP and TLS, over IPv4 and IPv6. Further ones are left out. */
export const ICE_URLS_MAX = 16;

/** The result of a program's callback for ICE servers is used for this long. */
export const ICE_TTL_MS = 300_000;

/** A connection waits up to this long for the callback, then uses the known ICE servers. */
export const ICE_TIMEOUT_MS = 3_000;

/** A callback that failed is not called again within this time. */
export const ICE_RETRY_MS = 10_000;

// The signaling server

/** Interval of heartbeats on a signaling connection, in both directions. */
export const SIGNALING_HEARTBEAT_MS = 5_000;

/**
 * Interval of heartbeats on a quiet connection of a v5 peer, in seconds: a million clients cost
 * 40,000 heartbeats a second, not 200,000.
 */
export const SIGNALING_KEEPALIVE_S = 25;

/** The connection is closed when this many heartbeats in a row were not answered. */
export const SIGNALING_MISSED_MAX = 3;

export const SIGNALING_TIMEOUT_MS = 10_000;

/** Interval at which a peer dials the servers that it prefers to the one in use. */
export const SIGNALING_FAILBACK_MS = 60_000;

/** Random part of that interval, plus or minus: not all clients return to a server at once. */
export const SIGNALING_FAILBACK_JITTER_MS = 15_000;

/** A check needs a new connection if the present one is older than this. */
export const RECONNECT_TO_CHECK_MS = 8_000;

/** A member may close its signaling connection if no newcomer has sent a signal for this long. */
export const NEWCOMER_IDLE_MS = 2_000;

/** Pairings by one server after which a newcomer, still not in the group, may ask another one. */
export const PAIRINGS_MAX = 3;

/** A server that does not answer a check within this time counts as failed. */
export const CHECK_TIMEOUT_MS = 10_000;

/** A join that waits for the same thing for this long reports it, as reasons are due within 5 s. */
export const WAIT_REPORT_DELAY_MS = 4_000;

/** Members that lost their server reconnect after a random time up to this. */
export const RECONNECT_JITTER_MS = 2_000;

/** First wait before signaling is tried again. Each further one is up to twice as long. */
export const BACKOFF_MIN_MS = 1_000;

export const BACKOFF_MAX_MS = 30_000;

/**
 * Wait after the second failed join handshake; it doubles with each further one. After the first,
 * the newcomer requests another member at once.
 */
export const JOIN_RETRY_MIN_MS = 500;

/** Longest such wait: another member may be reachable. */
export const JOIN_RETRY_MAX_MS = 5_000;

/** A member that left is reported to the server until the server has noticed the leave. */
export const RECENT_LEAVER_MS = 5_000;

/** Interval at which bots, the member with the lowest id and a random one check for a partition. */
export const CHECK_INTERVAL_MS = 15_000;

export const CHECK_JITTER_MS = 5_000;

/** Longest such interval while an unreachable member is listed: it may be back any moment. */
export const PARTITION_CHECK_MS = 4_000;

/** The protocol version that v5 peers send. Deployed peers send none. */
export const PROTOCOL_VERSION = 5;

/** Interval at which a server that drains closes some of its connections. */
export const DRAIN_TICK_MS = 100;

export const DRAIN_SECONDS_MAX = 3_600;
