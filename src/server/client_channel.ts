// The signaling channel of a client, as Sigver serves it: the group sees the clients that check in,
// and may have a newcomer wait.

import { ProtocolError } from "../base/errors.ts";
import type { Channel, ChannelKind, ChannelSink } from "../transport/channel.ts";
import { decodeSignaling, type SignalingMessage } from "../wire/signaling.ts";

/** Sees what a client and the server say to each other. */
export interface ClientObserver {
  /**
   * The client checks in.
   *
   * @param id Its own id.
   * @param members The members that it sees; none: it is a newcomer, or alone.
   * @param proceed Has Sigver answer: to be called once, now or later.
   */
  checkedIn(id: number, members: readonly number[], proceed: () => void): void;
  /** @param connected Whether it is in the group; if not, it was paired with a member. */
  answered(connected: boolean): void;
  /** The channel has ended. Called once. */
  closed(): void;
}

/** Frames that wait with a newcomer: a client that checks in waits for the answer. */
const HELD_FRAMES_MAX = 16;

/** An answer to a client that checks in is no longer; others are not decoded. */
const ANSWER_BYTES_MAX = 32;

/** The channel of one client. */
export class ClientChannel implements Channel {
  readonly #channel: Channel;
  readonly #observer: ClientObserver;
  /** Frames that arrive while the client waits; `undefined`: it does not. */
  #held: Uint8Array[] | undefined;
  #isClosed = false;

  constructor(channel: Channel, observer: ClientObserver) {
    this.#channel = channel;
    this.#observer = observer;
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
    if (message?.type === "connected") this.#observer.answered(message.connected);
    this.#channel.send(frame);
  }

  close(code?: number, reason?: string): void {
    this.#channel.close(code, reason);
  }

  abort(code?: number, reason?: string): void {
    this.#channel.abort(code, reason);
  }

  #received(frame: Uint8Array, sink: ChannelSink): void {
    if (this.#held !== undefined) {
      if (this.#held.push(frame) > HELD_FRAMES_MAX) this.abort();
      return;
    }
    const message = decoded(frame);
    if (message?.type !== "connect") return sink.received(frame);
    this.#held = [frame];
    this.#observer.checkedIn(message.id, message.members, () => this.#release(sink));
  }

  #release(sink: ChannelSink): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) {
      // One that checks in may have to wait again.
      if (!this.#isClosed) frame === held[0] ? sink.received(frame) : this.#received(frame, sink);
    }
  }
}

/** Sigver judges what cannot be decoded. */
function decoded(frame: Uint8Array): SignalingMessage | undefined {
  try {
    return decodeSignaling(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
