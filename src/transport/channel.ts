/**
 * A Channel: an ordered, reliable pipe of binary frames to one neighbor.
 *
 * @module
 */

/** The kind of a channel: a WebSocket or an RTCDataChannel. */
export type ChannelKind = "ws" | "rtc";

/** How a peer learned an address of its own (RFC 8445 section 4). */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

/** The candidate pair that a data channel uses. */
export interface CandidatePair {
  readonly localCandidateType: CandidateType;
  readonly remoteCandidateType: CandidateType;
  /** `undefined` if the implementation does not report it. */
  readonly protocol: "udp" | "tcp" | undefined;
}

/** How a channel ended. */
export interface ChannelEnd {
  /** The close code of a WebSocket (RFC 6455 section 7.4); `undefined` for a data channel. */
  readonly code: number | undefined;
  /** Whether one side closed it in good order; otherwise the connection was lost. */
  readonly clean: boolean;
  /** For people. */
  readonly reason: string;
}

/** Receives the events of a channel. No method may throw. */
export interface ChannelSink {
  /** A frame has arrived. The bytes belong to the sink. */
  received(frame: Uint8Array): void;
  /** The buffered amount fell to the low threshold, after it was above it. */
  bufferedAmountLow(): void;
  /** The channel has ended. Called exactly once, as the last event. */
  closed(end: ChannelEnd): void;
}

/** An open pipe of frames. */
export interface Channel {
  readonly kind: ChannelKind;
  /** Bytes that were passed to `send` and not handed to the network yet. */
  readonly bufferedAmount: number;
  /**
   * Resolves to the candidate pair that a data channel uses now; to `undefined` while there is
   * none. Always settles, and never rejects.
   */
  selectedCandidatePair?(): Promise<CandidatePair | undefined>;
  /** Sets the low threshold: the level for `bufferedAmountLow`, in bytes. */
  setLowThreshold?(bytes: number): void;
  /**
   * Sets the sink, in place of the one before. The events before the first call are delivered
   * within it, in order.
   */
  listen(sink: ChannelSink): void;
  /**
   * Sends a frame. The channel is done with the bytes when this returns. Does nothing after the end
   * of the channel.
   */
  send(frame: Uint8Array): void;
  /**
   * Closes the channel: sent frames are flushed, no frame is received any more, and `closed`
   * follows at most two seconds after the last bytes have left. Idempotent.
   *
   * @param code The code for a WebSocket: 1000, or 3000 to 4999 (RFC 6455 section 7.4.2).
   */
  close(code?: number, reason?: string): void;
  /**
   * Closes the channel without flushing, for a page that is unloaded and a server that is flooded:
   * the close is sent in the same turn if possible, and sent frames may be lost. `closed` follows.
   * Idempotent.
   *
   * @param code The code for a WebSocket, as for {@linkcode Channel.close}.
   */
  abort(code?: number, reason?: string): void;
}

/**
 * Receives the outcome of a dial: one of the two is called once, after the caller has got the
 * {@linkcode Dial}.
 */
export interface DialSink {
  /** The channel is open. */
  opened(channel: Channel): void;
  /** The channel could not be opened, with a reason for people. */
  failed(reason: string): void;
}

/** An attempt to open a channel. */
export interface Dial {
  /** Cancels the attempt: neither `opened` nor `failed` follows. Does nothing after one of them. */
  cancel(): void;
}
