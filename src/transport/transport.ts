// The interface for opening channels, which the simulator also implements.

import type { RtcSignal } from "../wire/rtc_signal.ts";
import type { Channel, Dial, DialSink } from "./channel.ts";

export interface RtcOptions {
  /** The offerer creates the data channel; the answerer waits for it. */
  readonly role: "offerer" | "answerer";
  /** The label of the data channel; not used by the answerer. */
  readonly label: string;
  readonly configuration: RTCConfiguration;
}

export interface RtcSink extends DialSink {
  signalGenerated(signal: RtcSignal): void;
}

export interface RtcDial extends Dial {
  /** Receives a signal of the other side, which can be reordered, late or malformed. */
  receive(signal: RtcSignal): void;
}

export interface Capabilities {
  readonly socket: boolean;
  readonly rtc: boolean;
}

export interface Transport {
  readonly capabilities: Capabilities;
  dialSocket(url: string, sink: DialSink): Dial;
  dialRtc(options: RtcOptions, sink: RtcSink): RtcDial;
}

export type UpgradeDecision =
  | {
    /** Accepts the request; `accept` is called once with the open channel. */
    readonly type: "admit";
    readonly accept: (channel: Channel) => void;
    /**
     * Called when the WebSocket has closed, or has failed to open. If the close gets no reply, this
     * is called later than the end of the channel.
     */
    readonly onClosed?: (() => void) | undefined;
  }
  | {
    readonly type: "refuse";
    readonly status: number;
    readonly reason: string;
    readonly retryAfterS?: number;
    /** Closes the WebSocket with this code, in place of the status, which a page cannot read. */
    readonly closeCode?: number;
    /** With `closeCode`: as for a request that is accepted. */
    readonly onClosed?: () => void;
  };
