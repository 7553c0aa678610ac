// A Channel: an ordered, reliable pipe of binary frames to one neighbor.

export type ChannelKind = "ws" | "rtc";

/** RFC 8445, section 4. */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

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

/** No method may throw. */
export interface ChannelSink {
  /** The sink owns the bytes. */
  received(frame: Uint8Array): void;
  bufferedAmountLow(): void;
  /** Called once, as the last event. */
  closed(end: ChannelEnd): void;
}

export interface Channel {
  readonly kind: ChannelKind;
  /** Sent bytes that the network has not accepted yet. */
  readonly bufferedAmount: number;
  /** Always settles; never rejects. Undefined: no pair is in use. */
  selectedCandidatePair?(): Promise<CandidatePair | undefined>;
  setLowThreshold?(bytes: number): void;
  /** Earlier events are delivered to the first sink within the call, in order. */
  listen(sink: ChannelSink): void;
  /** The caller may reuse the bytes afterwards. No effect after the end. */
  send(frame: Uint8Array): void;
  /**
   * Sends a frame that may be lost, or overtake others, as a datagram does. Returns `false` where
   * it was not sent: the way for it is not open yet, or full. The caller may reuse the bytes.
   */
  sendUnreliable?(frame: Uint8Array): boolean;
  /**
   * Sent frames are flushed, and received ones dropped. `closed` follows within 2 s after the last
   * bytes have left. Idempotent. `code`, for a WebSocket: 1000, or 3000 to 4999 (RFC 6455, section
   * 7.4.2).
   */
  close(code?: number, reason?: string): void;
  /**
   * Closes without flushing, in the same turn if possible: for an unloaded page or a flooded
   * server. `closed` follows. Idempotent.
   */
  abort(code?: number, reason?: string): void;
}

/** One method is called once, after the caller has got the {@linkcode Dial}. */
export interface DialSink {
  opened(channel: Channel): void;
  failed(reason: string): void;
}

export interface Dial {
  /** No outcome follows. No effect after the outcome. */
  cancel(): void;
}
