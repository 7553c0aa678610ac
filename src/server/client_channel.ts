// The signaling channel of a client of a `GroupServer`. A `ServedGroup` observes each `connect`,
// and can delay that of a newcomer before Sigver receives it.

import { ProtocolError } from "../base/errors.ts";
import type { Channel, ChannelKind, ChannelSink } from "../transport/channel.ts";
import { decodeSignaling, type SignalingMessage } from "../wire/signaling.ts";

/** Observes the signaling messages between a client and Sigver. */
export interface ClientObserver {
  /**
   * The client has sent a `connect`.
   *
   * @param id The id of the client.
   * @param members The members that it lists; none if it is a newcomer or alone.
   * @param proceed Passes the message to Sigver. Must be called once, now or later.
   */
  connectReceived(id: number, members: readonly number[], proceed: () => void): void;
  /** @param connected Whether the client is a member; otherwise it was paired with one. */
  replied(connected: boolean): void;
  /** The channel has ended. Called once. */
  closed(): void;
}

/** Frames that are held until `proceed` is called; beyond, the channel is aborted. */
const HELD_FRAMES_MAX = 16;

/** Maximum length of a reply to `connect`; longer frames are not decoded. */
const ANSWER_BYTES_MAX = 32;

/** The signaling channel of one client. */
export class ClientChannel implements Channel {
  readonly #channel: Channel;
  readonly #observer: ClientObserver;
  readonly #frameBytesMax: number;
  /** Frames that arrive while the client waits; `undefined` if it does not wait. */
  #held: Uint8Array[] | undefined;
  #isClosed = false;

  /** @param frameBytesMax Longer frames are not decoded: Sigver closes the channel. */
  constructor(channel: Channel, observer: ClientObserver, frameBytesMax: number) {
    this.#channel = channel;
    this.#observer = observer;
    this.#frameBytesMax = frameBytesMax;
  }

  get kind(): ChannelKind {
    return this.#channel.kind;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  setLowThreshold(bytes: number): void {
    this.#channel.setLowThreshold?.(bytes);
  }

  listen(sink: ChannelSink): void {
    this.#channel.listen({
      received: (frame) => this.#received(frame, sink),
      bufferedAmountLow: () => sink.bufferedAmountLow(),
      closed: (end) => {
        this.#isClosed = true;
        this.#observer.closed();
        sink.closed(end);
      },
    });
  }

  send(frame: Uint8Array): void {
    const message = frame.length <= ANSWER_BYTES_MAX ? decoded(frame) : undefined;
    if (message?.type === "connected") this.#observer.replied(message.connected);
    this.#channel.send(frame);
  }

  close(code?: number, reason?: string): void {
    this.#channel.close(code, reason);
  }

  abort(code?: number, reason?: string): void {
    this.#channel.abort(code, reason);
  }

  #received(frame: Uint8Array, sink: ChannelSink): void {
    if (frame.length > this.#frameBytesMax) return sink.received(frame);
    if (this.#held !== undefined) {
      if (this.#held.push(frame) > HELD_FRAMES_MAX) this.abort();
      return;
    }
    const message = decoded(frame);
    if (message?.type !== "connect") return sink.received(frame);
    this.#held = [frame];
    this.#observer.connectReceived(message.id, message.members, () => this.#release(sink));
  }

  #release(sink: ChannelSink): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) {
      // A held `connect` may have to wait again.
      if (!this.#isClosed) frame === held[0] ? sink.received(frame) : this.#received(frame, sink);
    }
  }
}

/** Decodes a frame; `undefined` if it is malformed, which Sigver then handles. */
function decoded(frame: Uint8Array): SignalingMessage | undefined {
  try {
    return decodeSignaling(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
