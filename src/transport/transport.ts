/**
 * The interface by which channels are opened; the simulator implements it as well.
 *
 * @module
 */

import type { RtcSignal } from "../wire/rtc_signal.ts";
import type { Channel, Dial, DialSink } from "./channel.ts";

export interface RtcOptions {
  /** The offerer creates the data channel; the answerer waits for it. */
  readonly role: "offerer" | "answerer";
  /** The label of the data channel; unused by the answerer. */
  readonly label: string;
  readonly configuration: RTCConfiguration;
}

/** Receives the outcome of a dial, and signals for the other side. */
export interface RtcSink extends DialSink {
  /** Sends a signal to the other side. */
  signalGenerated(signal: RtcSignal): void;
}

export interface RtcDial extends Dial {
  /** Handles a signal of the other side: reordered, late or malformed ones, too. */
  receive(signal: RtcSignal): void;
}

export interface Capabilities {
  readonly socket: boolean;
  readonly rtc: boolean;
}

export interface Transport {
  readonly capabilities: Capabilities;
  dialSocket(url: string, sink: DialSink): Dial;
  /** Opens a data channel to the peer that receives the signals of the sink. */
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial;
}

/** The decision on an upgrade request. */
export type UpgradeDecision =
  | {
    /** Accepts the request; `accept` is called once with the open channel. */
    readonly type: "admit";
    readonly accept: (channel: Channel) => void;
    /**
     * Called when the WebSocket has closed, or failed to open. Without a reply to the close, this
     * is later than the end of the channel.
     */
    readonly onClosed?: () => void;
  }
  | {
    /** Refuses the request, with an HTTP status and a reason for people. */
    readonly type: "refuse";
    readonly status: number;
    readonly reason: string;
    /** Seconds until the client may retry. */
    readonly retryAfterS?: number;
  };
