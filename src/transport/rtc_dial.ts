// Opens a data channel by offer, answer and trickled candidates (RFC 8829, RFC 8838).
//
//   offerer   begun ──offer out──▶ offered ──answer in──▶ describing ──▶ described
//   answerer  begun ──────────────────────────offer in──▶ describing ──▶ described
//             any of them ── opened, failed or aborted ─▶ over
//
// Signals of the other side can be reordered, duplicated or lost. Candidates are buffered until
// both descriptions are set: node-datachannel requires the remote one, and with both it connects a
// second earlier.

import { messageOf } from "../base/describe_value.ts";
import { EARLY_CANDIDATES_MAX, RTC_HEAD_START_MS } from "../base/limits.ts";
import type { RtcSignal } from "../wire/rtc_signal.ts";
import { failedDial } from "./failed_dial.ts";
import { closeConnection, RtcChannel, type RtcQuirks } from "./rtc_channel.ts";
import { whenSctpReady } from "./rtc_stats.ts";
import type { RtcDial, RtcOptions, RtcSink } from "./transport.ts";

/** Opens a data channel, without a time limit: the caller can cancel. */
export function dialRtc(
  PeerConnection: typeof RTCPeerConnection,
  options: RtcOptions,
  sink: RtcSink,
  quirks: RtcQuirks = {},
): RtcDial {
  try {
    return new RtcAttempt(new PeerConnection(options.configuration), options, sink, quirks);
  } catch (error) {
    return failedDial(sink, failure(error));
  }
}

type Phase = "begun" | "offered" | "describing" | "described" | "over";
type Candidate = Extract<RtcSignal, { type: "candidate" }>;

class RtcAttempt implements RtcDial {
  readonly #connection: RTCPeerConnection;
  readonly #options: RtcOptions;
  readonly #sink: RtcSink;
  readonly #quirks: RtcQuirks;
  #phase: Phase = "begun";
  readonly #earlyCandidates: Candidate[] = [];
  /** Local candidates, until the local description is sent. */
  #heldSignals: RtcSignal[] | undefined = [];
  #ending: ReturnType<typeof setTimeout> | undefined;
  #headStart: ReturnType<typeof setTimeout> | undefined;
  #channel: RtcChannel | undefined;

  constructor(
    connection: RTCPeerConnection,
    options: RtcOptions,
    sink: RtcSink,
    quirks: RtcQuirks,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#sink = sink;
    this.#quirks = quirks;
    connection.onicecandidate = ({ candidate }) => this.#candidateGathered(candidate);
    connection.onicegatheringstatechange = () => this.#gatheringChanged();
    connection.onconnectionstatechange = () => this.#connectionChanged();
    if (options.role === "offerer") queueMicrotask(() => this.#attempt(this.#offer()));
    else connection.ondatachannel = ({ channel }) => this.#channelReceived(channel);
  }

  receive(signal: RtcSignal): void {
    switch (signal.type) {
      // A description in another phase is a duplicate, or belongs to another attempt.
      case "offer":
        if (this.#options.role === "answerer" && this.#phase === "begun") {
          this.#attempt(this.#answer(signal.sdp));
        }
        break;
      case "answer":
        if (this.#phase === "offered") this.#attempt(this.#complete(signal.sdp));
        break;
      case "candidate":
        this.#candidateReceived(signal);
        break;
      case "end":
        // Ignored, since it may have overtaken candidates, for which the ICE agent still waits.
        break;
    }
  }

  /** Ends the attempt and its connection. After an outcome it has no effect. */
  cancel(): void {
    if (this.#phase === "over") return;
    this.#removeHandlers();
    if (this.#channel === undefined) closeConnection(this.#connection);
    else this.#channel.abort();
  }

  // Descriptions

  async #offer(): Promise<void> {
    if (this.#phase !== "begun") return;
    // Created before the offer, which describes it; node-datachannel requires this order.
    this.#adopt(this.#connection.createDataChannel(this.#options.label));
    const { sdp = "" } = await this.#connection.createOffer();
    await this.#connection.setLocalDescription({ type: "offer", sdp });
    if (this.#phase !== "begun") return;
    this.#phase = "offered";
    this.#describe({ type: "offer", sdp });
  }

  async #answer(offer: string): Promise<void> {
    this.#phase = "describing";
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer });
    const { sdp = "" } = await this.#connection.createAnswer();
    await this.#connection.setLocalDescription({ type: "answer", sdp });
    if (this.#phase !== "describing") return;
    this.#describe({ type: "answer", sdp });
    if (this.#quirks.checksSlowly) {
      this.#headStart = setTimeout(() => this.#described(), RTC_HEAD_START_MS);
    } else this.#described();
  }

  async #complete(answer: string): Promise<void> {
    this.#phase = "describing";
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    this.#described();
  }

  #attempt(step: Promise<void>): void {
    step.catch((error) => this.#fail(error));
  }

  /** Sends the local description, then the candidates gathered so far. */
  #describe(description: RtcSignal): void {
    const heldSignals = this.#heldSignals ?? [];
    this.#heldSignals = undefined;
    for (const signal of [description, ...heldSignals]) this.#signal(signal);
  }

  // Candidates

  #candidateGathered(candidate: RTCIceCandidate | null): void {
    // `null`, or an empty candidate in Firefox, means the end of candidates.
    if (!candidate?.candidate) return;
    this.#sendOrHold({
      type: "candidate",
      candidate: candidate.candidate,
      sdpMid: candidate.sdpMid ?? "",
      sdpMLineIndex: candidate.sdpMLineIndex ?? 0,
    });
  }

  #gatheringChanged(): void {
    if (this.#connection.iceGatheringState !== "complete") return;
    // node-datachannel reports this before its last candidates.
    this.#ending ??= setTimeout(() => this.#sendOrHold({ type: "end" }));
  }

  #sendOrHold(signal: RtcSignal): void {
    if (this.#heldSignals) this.#heldSignals.push(signal);
    else this.#signal(signal);
  }

  #signal(signal: RtcSignal): void {
    if (this.#phase !== "over") this.#sink.signalGenerated(signal);
  }

  #candidateReceived(signal: Candidate): void {
    if (this.#phase === "described") this.#addCandidate(signal);
    else if (this.#phase !== "over" && this.#earlyCandidates.length < EARLY_CANDIDATES_MAX) {
      this.#earlyCandidates.push(signal);
    }
  }

  #described(): void {
    if (this.#phase !== "describing") return;
    this.#phase = "described";
    for (const signal of this.#earlyCandidates.splice(0)) this.#addCandidate(signal);
  }

  #addCandidate({ candidate, sdpMid, sdpMLineIndex }: Candidate): void {
    // An empty candidate is the end of candidates, ignored like "end" above.
    if (candidate === "") return;
    const mid = sdpMid === "" ? null : sdpMid;
    // An unusable candidate is treated as a lost one.
    this.#connection.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex }).catch(() => {});
  }

  // Outcome

  #channelReceived(channel: RTCDataChannel): void {
    if (isReliable(channel)) this.#adopt(channel);
    else this.#fail("the data channel is not ordered and reliable");
  }

  #adopt(dataChannel: RTCDataChannel): void {
    const channel = new RtcChannel(this.#connection, dataChannel, this.#quirks);
    this.#channel = channel;
    const open = () => this.#settle(channel);
    dataChannel.onopen = open;
    dataChannel.onclose = () => this.#fail("the data channel was closed");
    // In node-datachannel, a remote data channel is open when it appears.
    if (dataChannel.readyState === "open") open();
  }

  async #settle(channel: RtcChannel): Promise<void> {
    const { role } = this.#options;
    if (this.#quirks.reportsOpenEarly && role === "answerer") await whenSctpReady(this.#connection);
    if (this.#phase === "over") return;
    this.#removeHandlers();
    channel.begin();
    this.#sink.opened(channel);
  }

  #connectionChanged(): void {
    const { connectionState } = this.#connection;
    if (connectionState === "failed" || connectionState === "closed") {
      this.#fail(`the connection is ${connectionState}`);
    }
  }

  #fail(cause: unknown): void {
    if (this.#phase === "over") return;
    this.cancel();
    this.#sink.failed(failure(cause));
  }

  #removeHandlers(): void {
    this.#phase = "over";
    clearTimeout(this.#ending);
    clearTimeout(this.#headStart);
    this.#connection.onicecandidate = null;
    this.#connection.onicegatheringstatechange = null;
  }
}

function isReliable(channel: RTCDataChannel): boolean {
  return channel.ordered && channel.maxRetransmits === null && channel.maxPacketLifeTime === null;
}

function failure(cause: unknown): string {
  return `Cannot open a data channel: ${messageOf(cause)}`;
}
