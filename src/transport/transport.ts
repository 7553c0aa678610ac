/**
 * The Transport: how channels are opened, and the seam where the simulator takes over.
 *
 * @module
 */

import type { RtcSignal } from "../wire/data_channel_builder.ts";
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

/** Who hears how it goes: also each signal that has to reach the other side, in any way. */
export interface RtcSink extends DialSink {
  /** This has to reach the other side. */
  signal(signal: RtcSignal): void;
}

/** A data channel being opened. */
export interface RtcDial extends Dial {
  /** A signal of the other side came: in any order, early or late, good or not. */
  receive(signal: RtcSignal): void;
}

/** What this place can do. */
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
  /** Opens a data channel with a peer that the sink's signals reach. */
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial;
}

/** What a server says to a WebSocket that asks to come in. */
export type Admission =
  | {
    /** Let in; the open channel is handed over once. */
    readonly type: "admit";
    readonly take: (channel: Channel) => void;
    /**
     * Called when nothing is left of the WebSocket, or it never opened: later than the end of its
     * channel where the other side does not answer.
     */
    readonly over?: () => void;
  }
  | {
    /** Kept out, with an HTTP status and a reason for people. */
    readonly type: "refuse";
    readonly status: number;
    readonly reason: string;
    /** When to ask again. */
    readonly retryAfterS?: number;
  };
