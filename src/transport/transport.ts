/**
 * The interface by which channels are opened; the simulator implements it as well.
 *
 * @module
 */

import type { RtcSignal } from "../wire/rtc_signal.ts";
import type { Channel, Dial, DialSink } from "./channel.ts";

/** How to open a data channel. */
export interface RtcOptions {
  /** The offerer creates the data channel; the answerer waits for it. */
  readonly role: "offerer" | "answerer";
  /** The label of the data channel; the answerer's is not used. */
  readonly label: string;
  /** ICE servers and policy. */
  readonly configuration: RTCConfiguration;
}

/** Receives the outcome of a dial, and the signals for the other side. */
export interface RtcSink extends DialSink {
  /** There is a signal that the caller has to send to the other side. */
  signalGenerated(signal: RtcSignal): void;
}

/** A data channel being opened. */
export interface RtcDial extends Dial {
  /** Handles a signal of the other side; they may come in any order, early, late or malformed. */
  receive(signal: RtcSignal): void;
}

/** The kinds of channels that a platform supports. */
export interface Capabilities {
  /** It can open WebSockets. */
  readonly socket: boolean;
  /** It can open data channels. */
  readonly rtc: boolean;
}

/** Opens channels. */
export interface Transport {
  readonly can: Capabilities;
  /** Opens a WebSocket to a URL. */
  dialSocket(url: string, sink: DialSink): Dial;
  /** Opens a data channel to the peer that gets the signals of the sink. */
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial;
}

/** The decision on an upgrade request. */
export type UpgradeDecision =
  | {
    /** The request is accepted: `accept` is called once with the open channel. */
    readonly type: "admit";
    readonly accept: (channel: Channel) => void;
    /**
     * Called when the WebSocket has closed, or never opened. If the other side does not answer the
     * close, this is later than the end of the channel.
     */
    readonly onClosed?: () => void;
  }
  | {
    /** The request is refused, with an HTTP status and a reason for people. */
    readonly type: "refuse";
    readonly status: number;
    readonly reason: string;
    /** Seconds after which to try again. */
    readonly retryAfterS?: number;
  };
