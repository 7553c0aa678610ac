// The baseline: a full mesh of bare data channels. Senders wait while their buffers are full.

import { type Join, type Member, type MemberSink, RTC_CONFIGURATION } from "./member.ts";

/** The size that all implementations accept. */
const FRAME_BYTES = 16_384;
/** Chromium's rate drops to a tenth when several times as much is buffered. */
const BUFFERED_BYTES_HIGH = 131_072;
const BUFFERED_BYTES_LOW = 65_536;

interface Signal {
  readonly from: string;
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit;
}

/** @param init The delivery of the channels; by default, reliable and ordered. */
export function bareRtc(
  PeerConnection: typeof RTCPeerConnection,
  init: RTCDataChannelInit = {},
): Join {
  return (meeting, sink) => {
    const url = `${meeting.site.replace("http", "ws")}/rendezvous/${meeting.key}`;
    return new Mesh(PeerConnection, init, new WebSocket(url), sink).ready;
  };
}

class Mesh implements Member {
  readonly bulkBytes = FRAME_BYTES;
  readonly sendsMax = 1;
  readonly ready: Promise<Member>;
  readonly #PeerConnection: typeof RTCPeerConnection;
  readonly #init: RTCDataChannelInit;
  readonly #server: WebSocket;
  readonly #sink: MemberSink;
  readonly #ends = new Map<string, End>();

  constructor(
    PeerConnection: typeof RTCPeerConnection,
    init: RTCDataChannelInit,
    server: WebSocket,
    sink: MemberSink,
  ) {
    this.#PeerConnection = PeerConnection;
    this.#init = init;
    this.#server = server;
    this.#sink = sink;
    const { promise, resolve } = Promise.withResolvers<Member>();
    this.ready = promise;
    server.onmessage = async ({ data }) => {
      const message: { readonly there: readonly string[] } | Signal = JSON.parse(data);
      if ("from" in message) return await this.#endFor(message.from).receive(message);
      await Promise.all(message.there.map((peer) => this.#endFor(peer).offer(this.#init)));
      resolve(this);
    };
  }

  peers(): string[] {
    return [...this.#ends].filter(([, end]) => end.isOpen).map(([peer]) => peer);
  }

  direct(): number {
    return this.peers().length;
  }

  send(data: Uint8Array<ArrayBuffer>, peer?: string): Promise<unknown> | void {
    const ends = peer === undefined ? [...this.#ends.values()] : [this.#endFor(peer)];
    for (const end of ends) end.channel?.send(data);
    const full = ends.filter((end) => end.isFull);
    if (full.length > 0) return Promise.all(full.map((end) => end.drained()));
  }

  #endFor(peer: string): End {
    let end = this.#ends.get(peer);
    if (end === undefined) {
      end = new End(new this.#PeerConnection(RTC_CONFIGURATION), {
        write: (signal) => this.#server.send(JSON.stringify({ to: peer, ...signal })),
        received: (data) => this.#sink.received(peer, data),
        opened: () => this.#sink.changed(),
      });
      this.#ends.set(peer, end);
    }
    return end;
  }
}

interface EndSink {
  write(signal: Omit<Signal, "from">): void;
  received(data: Uint8Array): void;
  opened(): void;
}

class End {
  readonly #connection: RTCPeerConnection;
  readonly #sink: EndSink;
  readonly #early: RTCIceCandidateInit[] = [];
  readonly #opened = Promise.withResolvers<void>();
  channel: RTCDataChannel | undefined;
  /** Candidates are added only after both descriptions. */
  #isDescribed = false;

  constructor(connection: RTCPeerConnection, sink: EndSink) {
    this.#connection = connection;
    this.#sink = sink;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") {
        sink.write({ candidate: candidate.toJSON() });
      }
    };
    connection.ondatachannel = ({ channel }) => this.#take(channel);
  }

  get isOpen(): boolean {
    return this.channel?.readyState === "open";
  }

  get isFull(): boolean {
    return this.channel !== undefined && this.channel.bufferedAmount > BUFFERED_BYTES_HIGH;
  }

  drained(): Promise<unknown> {
    return new Promise((resolve) => {
      this.channel?.addEventListener("bufferedamountlow", resolve, { once: true });
    });
  }

  async offer(init: RTCDataChannelInit): Promise<void> {
    this.#take(this.#connection.createDataChannel("bench", init));
    await this.#describe(await this.#connection.createOffer());
    await this.#opened.promise;
  }

  async receive({ description, candidate }: Signal): Promise<void> {
    if (candidate !== undefined) return await this.#receiveCandidate(candidate);
    if (description === undefined) return;
    await this.#connection.setRemoteDescription(description);
    if (description.type === "offer") await this.#describe(await this.#connection.createAnswer());
    this.#isDescribed = true;
    for (const early of this.#early.splice(0)) await this.#add(early);
  }

  async #receiveCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.#isDescribed) this.#early.push(candidate);
    else await this.#add(candidate);
  }

  /** node-datachannel may have set a description without having started ICE yet. */
  async #add(candidate: RTCIceCandidateInit, tries = 20): Promise<void> {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // One candidate failed; others remain, until the deadline of the caller.
      if (tries === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
      await this.#add(candidate, tries - 1);
    }
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    await this.#connection.setLocalDescription(description);
    const { type = "offer", sdp = "" } = description;
    this.#sink.write({ description: { type, sdp } });
  }

  #take(channel: RTCDataChannel): void {
    this.channel = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = BUFFERED_BYTES_LOW;
    channel.onmessage = ({ data }) => this.#sink.received(new Uint8Array(data));
    const opened = () => {
      this.#opened.resolve();
      this.#sink.opened();
    };
    if (channel.readyState === "open") opened();
    else channel.onopen = opened;
  }
}
