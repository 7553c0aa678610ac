/**
 * A Channel: an ordered, reliable pipe of binary frames to one neighbor.
 *
 * @module
 */

/** What a channel is made of: a WebSocket or an RTCDataChannel. */
export type ChannelKind = "ws" | "rtc";

/** How a side of a data channel knows its address (RFC 8445 section 4). */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

/** What a data channel goes over. */
export interface ChannelPath {
  readonly localCandidateType: CandidateType;
  readonly remoteCandidateType: CandidateType;
  /** `undefined` where the implementation does not say. */
  readonly protocol: "udp" | "tcp" | undefined;
}

/** How a channel ended. */
export interface ChannelEnd {
  /** The close code of a WebSocket (RFC 6455 section 7.4); `undefined` for a data channel. */
  readonly code: number | undefined;
  /** The other side closed it in good order, or we did; otherwise the network took it. */
  readonly clean: boolean;
  /** For people. */
  readonly reason: string;
}

/** Who hears what happens on a channel. No method may throw. */
export interface ChannelSink {
  /** A frame came. The bytes belong to the sink. */
  received(frame: Uint8Array): void;
  /** What waits to be sent fell to the low mark, after it had been above it. */
  drained(): void;
  /** The channel is no more; said exactly once, and nothing is said after it. */
  closed(end: ChannelEnd): void;
}

/** An open pipe of frames. */
export interface Channel {
  readonly kind: ChannelKind;
  /** The bytes accepted by `send` that the network has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * What it goes over at this moment, for those that know; `undefined` before and after. Always
   * settles, and never rejects.
   */
  path?(): Promise<ChannelPath | undefined>;
  /** Moves the low mark. */
  drainAt?(bytes: number): void;
  /**
   * Says who hears from now on what happens, instead of who heard it before. What came before the
   * first call is told in it, in order.
   */
  listen(sink: ChannelSink): void;
  /**
   * Sends a frame; after the end of the channel it does nothing. The channel is done with the bytes
   * when this returns.
   */
  send(frame: Uint8Array): void;
  /**
   * Ends the channel in good order: what was sent still leaves, no frame is told any more, and
   * `closed` follows, within two seconds of the last bytes that leave. Idempotent.
   *
   * @param code The code for a WebSocket: 1000, or 3000 to 4999 (RFC 6455 section 7.4.2).
   */
  close(code?: number, reason?: string): void;
  /**
   * Ends the channel at once, as a page that goes away has to, and a server whose client floods it:
   * the other side is told in the same turn, as far as can be, and what was sent may be lost.
   * `closed` follows. Idempotent.
   *
   * @param code The code for a WebSocket, as for {@linkcode Channel.close}.
   */
  abandon(code?: number, reason?: string): void;
}

/**
 * Who hears how an attempt to open a channel ends: one of the two, once, and not before whoever
 * began the attempt has the {@linkcode Dial} in hand.
 */
export interface DialSink {
  /** The channel is open. */
  opened(channel: Channel): void;
  /** It could not be opened; for people. */
  failed(reason: string): void;
}

/** An attempt under way. */
export interface Dial {
  /** Gives up; neither `opened` nor `failed` follows. Does nothing once one of them was said. */
  abort(): void;
}
