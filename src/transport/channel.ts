/**
 * A Channel: an ordered, reliable pipe of binary frames to one neighbor.
 *
 * @module
 */

export type ChannelKind = "ws" | "rtc";

/** The type of an ICE candidate (RFC 8445, section 4). */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

/** The candidate pair that a data channel uses. */
export interface CandidatePair {
  readonly localCandidateType: CandidateType;
  readonly remoteCandidateType: CandidateType;
  readonly protocol: "udp" | "tcp" | undefined;
}

export interface ChannelEnd {
  /** The WebSocket close code (RFC 6455, section 7.4); `undefined` for a data channel. */
  readonly code: number | undefined;
  /** Whether one side closed it properly; otherwise the connection was lost. */
  readonly clean: boolean;
  readonly reason: string;
}

/** Receives the events of a channel. No method may throw. */
export interface ChannelSink {
  /** A frame has arrived; the sink owns the bytes. */
  received(frame: Uint8Array): void;
  /** The buffered amount fell to the low threshold. */
  bufferedAmountLow(): void;
  /** The channel has ended. Called once, as the last event. */
  closed(end: ChannelEnd): void;
}

export interface Channel {
  readonly kind: ChannelKind;
  /** Sent bytes that the network has not accepted yet. */
  readonly bufferedAmount: number;
  /** Resolves to the candidate pair in use, if any. Always settles; never rejects. */
  selectedCandidatePair?(): Promise<CandidatePair | undefined>;
  /** Sets the low threshold for `bufferedAmountLow`, in bytes. */
  setLowThreshold?(bytes: number): void;
  /** Sets or replaces the sink. Earlier events are delivered within the first call, in order. */
  listen(sink: ChannelSink): void;
  /** Sends a frame. The caller may reuse the bytes afterwards. No effect after the end. */
  send(frame: Uint8Array): void;
  /**
   * Closes the channel: sent frames are flushed, and received ones dropped. `closed` follows within
   * 2 s after the last bytes have left. Idempotent.
   *
   * @param code For a WebSocket: 1000, or 3000 to 4999 (RFC 6455, section 7.4.2).
   */
  close(code?: number, reason?: string): void;
  /**
   * Closes the channel without flushing, in the same turn if possible: for an unloaded page or a
   * flooded server. `closed` follows. Idempotent.
   *
   * @param code As for {@linkcode Channel.close}.
   */
  abort(code?: number, reason?: string): void;
}

/**
 * Receives the outcome of a dial: one method is called once, after the caller has got the
 * {@linkcode Dial}.
 */
export interface DialSink {
  opened(channel: Channel): void;
  failed(reason: string): void;
}

export interface Dial {
  /** Cancels the attempt: no outcome follows. No effect after the outcome. */
  cancel(): void;
}
