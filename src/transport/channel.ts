// The interface of a channel: an ordered, reliable pipe of binary frames to one neighbor.

export type ChannelKind = "ws" | "rtc";

/** The type of an ICE candidate (RFC 8445, section 4). */
export type CandidateType = "host" | "srflx" | "prflx" | "relay";

export interface CandidatePair {
  readonly localCandidateType: CandidateType;
  readonly remoteCandidateType: CandidateType;
  readonly protocol: "udp" | "tcp" | undefined;
}

export interface ChannelEnd {
  /** The WebSocket close code (RFC 6455, section 7.4); `undefined` for a data channel. */
  readonly code: number | undefined;
  /** Whether one side closed the channel properly; otherwise the connection was lost. */
  readonly clean: boolean;
  readonly reason: string;
}

/** Receives the events of a channel. No method may throw. */
export interface ChannelSink {
  /** A frame has arrived. The sink owns its bytes. */
  received(frame: Uint8Array): void;
  bufferedAmountLow(): void;
  /** Called once, as the last event. */
  closed(end: ChannelEnd): void;
}

export interface Channel {
  readonly kind: ChannelKind;
  /** The number of bytes that were sent and that the network has not accepted yet. */
  readonly bufferedAmount: number;
  /** Always settles, and never rejects; `undefined` if no pair is in use. */
  selectedCandidatePair?(): Promise<CandidatePair | undefined>;
  /** Sets at how many bytes `bufferedAmountLow` is called. Before this, it may never be. */
  setLowThreshold?(bytes: number): void;
  /**
   * Sets the sink, which receives waiting frames, and the end, in the call. Without a sink, they
   * wait for the next one.
   */
  listen(sink?: ChannelSink): void;
  /** Sends a frame. Has no effect after the end. The caller may reuse the bytes afterwards. */
  send(frame: Uint8Array): void;
  /**
   * Sends a frame that can be lost or reordered, like a datagram. Returns `false` if it was not
   * sent, since the unreliable data channel is not open yet, or full. The caller may reuse the
   * bytes afterwards.
   */
  sendUnreliable?(frame: Uint8Array): boolean;
  /**
   * Closes after flushing sent frames; received ones are dropped. `closed` follows within 2 s after
   * the last bytes were sent. Idempotent. `code` is for WebSockets: 1000, or 3000 to 4999 (RFC
   * 6455, section 7.4.2).
   */
  close(code?: number, reason?: string): void;
  /**
   * Closes in the same turn if possible, when a page is unloaded or a server is flooded. Unsent
   * frames are dropped; a data channel waits `UNLOAD_MS` for them. `closed` follows. Idempotent.
   */
  abort(code?: number, reason?: string): void;
}

/** One of the methods is called once, after the {@linkcode Dial} was returned to the caller. */
export interface DialSink {
  opened(channel: Channel): void;
  failed(reason: string): void;
}

export interface Dial {
  /** Cancels the dial: no outcome follows. Has no effect after the outcome. */
  cancel(): void;
}
