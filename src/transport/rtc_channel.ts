// Implements a channel over an RTCDataChannel
// (https://w3c.github.io/webrtc-pc/#peer-to-peer-data-api).
//
//        ┌ close ─▶ leaving ─── idle ─▶ closing ─ flushed, or no bytes sent for 2 s ┐
//   open ┼ send failed ─▶ broken ─ the other side had closed, or no event for 2 s ──┼─▶ closed
//        └ the other side closed, the connection failed, a bad frame ───────────────┘

import { assert } from "../base/assert.ts";
import {
  RTC_IDLE_MS,
  RTC_MESSAGE_BYTES_MAX,
  RTC_UNRELIABLE_BUFFER_BYTES_MAX,
  UNLOAD_BYTES,
  UNLOAD_MS,
} from "../base/limits.ts";
import { BufferedEvents } from "./buffered_events.ts";
import type { CandidatePair, Channel, ChannelSink } from "./channel.ts";
import { closeDeadline, whenIdle } from "./closing.ts";
import { selectedCandidatePairOf } from "./rtc_stats.ts";

/** The SCTP cause code of an abort by the user (RFC 9260, section 3.3.10.12). */
const USER_INITIATED_ABORT = 12;

export interface RtcQuirks {
  /**
   * `close()` of a data channel fires `close` at once, not after sent messages have arrived. Only
   * when the other side ends the connection, they have arrived.
   */
  readonly closesEarly?: boolean;
  /** Replaces {@linkcode RTC_IDLE_MS}. */
  readonly idleMs?: number;
  /** A remote data channel is reported open before it can send. */
  readonly reportsOpenEarly?: boolean;
  /** A lost connectivity check is repeated after a second, instead of at once. */
  readonly checksSlowly?: boolean;
}

/**
 * `broken`: a `send` failed, so no more frames are sent, but frames are still received. `leaving`:
 * waits until sent frames have arrived, and drops received ones.
 */
type State = "open" | "broken" | "leaving" | "closing" | "closed";

/**
 * Owns a data channel and its connection, and closes both. Unreliable frames use a second data
 * channel, which their sender opens with the first of them.
 */
export class RtcChannel implements Channel {
  readonly kind = "rtc";
  /** Shared: the channels of a group have their last frames before the first one is aborted. */
  static #unloadEndsAt = -Infinity;
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #outgoingUnreliable: RTCDataChannel | undefined;
  #incomingUnreliable: RTCDataChannel | undefined;
  readonly #quirks: RtcQuirks;
  readonly #events = new BufferedEvents();
  #state: State = "open";
  #stopWaiting = () => {};
  #lastSentMs = performance.now();
  readonly #pendingPairs = new Set<(path: undefined) => void>();
  #error: string | undefined;

  /**
   * Must be called in the turn in which the data channel appears, since node-datachannel drops
   * messages without a listener.
   */
  constructor(connection: RTCPeerConnection, channel: RTCDataChannel, quirks: RtcQuirks = {}) {
    this.#connection = connection;
    this.#channel = channel;
    this.#quirks = quirks;
    channel.binaryType = "arraybuffer";
    channel.onmessage = (event) => this.#received(event.data);
    connection.ondatachannel = (event) => this.#acceptUnreliable(event.channel);
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  selectedCandidatePair(): Promise<CandidatePair | undefined> {
    if (this.#state === "closed") return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#pendingPairs.add(resolve);
      selectedCandidatePairOf(this.#connection).then((path) => {
        this.#pendingPairs.delete(resolve);
        resolve(path);
      });
    });
  }

  begin(): void {
    const channel = this.#channel;
    this.#lastSentMs = performance.now();
    channel.onbufferedamountlow = () => this.#bufferedAmountLow();
    channel.onerror = (event) => this.#failed(event.error);
    channel.onclose = () => this.#channelClosed();
    this.#connection.onconnectionstatechange = () => this.#connectionChanged();
  }

  setLowThreshold(bytes: number): void {
    this.#channel.bufferedAmountLowThreshold = bytes;
  }

  listen(sink?: ChannelSink): void {
    this.#events.listen(sink);
  }

  send(frame: Uint8Array): void {
    assert(frame.length <= RTC_MESSAGE_BYTES_MAX, "a frame is too long for a data channel");
    if (this.#state !== "open" || this.#channel.readyState !== "open") return;
    try {
      // The DOM types exclude shared memory, which frames never use.
      this.#channel.send(frame as Uint8Array<ArrayBuffer>);
      this.#lastSentMs = performance.now();
    } catch (error) {
      this.#break(`a frame could not be sent: ${error}`);
    }
  }

  sendUnreliable(frame: Uint8Array): boolean {
    if (this.#state !== "open") return false;
    try {
      const channel = this.#outgoingUnreliable ??= this.#connection.createDataChannel(
        "unreliable",
        { ordered: false, maxRetransmits: 0 },
      );
      if (channel.readyState !== "open") return false;
      if (channel.bufferedAmount > RTC_UNRELIABLE_BUFFER_BYTES_MAX) return false;
      channel.send(frame as Uint8Array<ArrayBuffer>);
      return true;
    } catch {
      // The connection has no SCTP stream left, or is ending.
      return false;
    }
  }

  /** Closes at once if nothing was sent recently, as is necessary when a page is unloaded. */
  close(): void {
    if (this.#state !== "open" && this.#state !== "broken") return;
    this.#stopWaiting();
    this.#events.dropFrames();
    if (this.#isIdle()) return this.#closeChannel();
    this.#stopWaiting = whenIdle(() => this.#isIdle(), () => this.#closeChannel());
    this.#state = "leaving";
  }

  abort(): void {
    // A closed connection discards buffered frames. The browser sends them while this thread waits.
    const { bufferedAmount } = this;
    if (bufferedAmount > 0) {
      const isSentLater = this.#lastSentMs > RtcChannel.#unloadEndsAt;
      if (isSentLater) RtcChannel.#unloadEndsAt = performance.now() + UNLOAD_MS;
      while (performance.now() < RtcChannel.#unloadEndsAt);
    }
    // A page with an open connection does not enter the back/forward cache.
    if (bufferedAmount <= UNLOAD_BYTES) return this.#end(true, "closed here");
    this.close();
  }

  #isIdle(): boolean {
    const idleMs = this.#quirks.idleMs ?? RTC_IDLE_MS;
    return this.bufferedAmount === 0 && performance.now() - this.#lastSentMs >= idleMs;
  }

  #closeChannel(): void {
    this.#channel.close();
    this.#stopWaiting = closeDeadline(
      () => this.bufferedAmount,
      () => {
        const isFlushed = this.#channel.readyState === "closed" && this.#error === undefined;
        this.#end(isFlushed, "the other side did not reply");
      },
    );
    this.#state = "closing";
  }

  #bufferedAmountLow(): void {
    // node-datachannel fires this late, when the amount may be above the threshold again.
    const isLow = this.bufferedAmount <= this.#channel.bufferedAmountLowThreshold;
    if (this.#state === "open" && isLow) this.#events.bufferedAmountLow();
  }

  #received(data: string | ArrayBuffer): void {
    if (this.#state !== "open" && this.#state !== "broken") return;
    const fault = this.#events.messageReceived(data);
    if (fault !== undefined) this.#end(false, fault.reason);
  }

  #acceptUnreliable(channel: RTCDataChannel): void {
    if (this.#incomingUnreliable !== undefined) return channel.close();
    this.#incomingUnreliable = channel;
    channel.binaryType = "arraybuffer";
    channel.onmessage = (event) => this.#received(event.data);
  }

  /** Waits for the event that the other side has closed, which may be queued behind frames. */
  #break(reason: string): void {
    this.#stopWaiting = closeDeadline(() => 0, () => this.#end(false, reason));
    this.#state = "broken";
  }

  /** Ignores the abort of a peer that closes its connection before the channel: it is no error. */
  #failed(error: RTCError | undefined): void {
    if (error?.sctpCauseCode === USER_INITIATED_ABORT) return;
    this.#error = error?.message ?? "the data channel failed";
  }

  #channelClosed(): void {
    const { connectionState } = this.#connection;
    const isOurs = this.#state === "closing";
    const hasFailed = connectionState === "failed";
    // Messages may still be in flight; the other side ends the connection when it has them all.
    const isConnected = !hasFailed && connectionState !== "closed";
    if (isOurs && this.#quirks.closesEarly && isConnected) return;
    const reason = this.#error ?? (isOurs ? "closed here" : "closed by the other side");
    this.#end(this.#error === undefined && !hasFailed, reason);
  }

  /** Ignores `disconnected`, which can recover: heartbeats detect a silent neighbor, too. */
  #connectionChanged(): void {
    const { connectionState } = this.#connection;
    if (connectionState === "failed") this.#end(false, "the connection failed");
    // Only node-datachannel reports `closed` when the other side has ended the connection.
    else if (connectionState === "closed") this.#channelClosed();
  }

  #end(clean: boolean, reason: string): void {
    if (this.#state === "closed") return;
    this.#stopWaiting();
    this.#state = "closed";
    for (const resolve of this.#pendingPairs) resolve(undefined);
    closeConnection(
      this.#connection,
      this.#channel,
      this.#outgoingUnreliable,
      this.#incomingUnreliable,
    );
    this.#events.close({ code: undefined, clean, reason });
  }
}

/**
 * Closes a connection and its data channels: with node-datachannel, an unclosed data channel keeps
 * the process alive, even if it never opened.
 */
export function closeConnection(
  connection: RTCPeerConnection,
  ...channels: readonly (RTCDataChannel | undefined)[]
): void {
  // Ignores data channels that appear after this. Other events have no effect.
  connection.ondatachannel = null;
  for (const channel of channels) channel?.close();
  connection.close();
}
