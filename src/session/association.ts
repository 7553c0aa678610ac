/**
 * What goes between this peer and one member: by sessions with one of ours, plainly with a deployed
 * peer, and not before it is known which of them it is.
 *
 * ```text
 *            says so, or a frame of a session comes
 *  unknown ───────────────────────────────────────▶ ours: in sessions, one after the other
 *     │ says so, or other things for long, and nothing of sessions
 *     └────────────────────────────────────────────▶ deployed: plainly; ours after all, maybe
 * ```
 *
 * @module
 */

import { DeliveryError } from "../base/errors.ts";
import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { V4_FALLBACK_MS } from "../base/session_limits.ts";
import type { SessionFrame } from "../wire/session_frame.ts";
import type { OutgoingMessage } from "./outgoing_message.ts";
import type { SendStream } from "./send_stream.ts";
import { type Progress, Session, type SessionPorts, type SessionStats } from "./session.ts";

/** What a line needs. */
export interface AssociationPorts extends SessionPorts {
  /** A number for a session, higher than all before. */
  readonly nextEpoch: () => number;
  /** Whether anything of the member was heard since a moment. */
  readonly heardSince: (at: number) => boolean;
  /** Sends frames that deployed peers understand. */
  readonly sendPlain: (frames: readonly Uint8Array[], done: SendCallback) => void;
  /** The member has lost what was between us, and so many messages of ours with it. */
  readonly sessionLost: (unacknowledged: number) => void;
}

interface QueuedMessage {
  readonly message: OutgoingMessage;
  readonly done: SendCallback;
}

/** The line to one member. */
export class Association {
  readonly #ports: AssociationPorts;
  readonly #queued: QueuedMessage[] = [];
  readonly #openedAt: number;
  #protocol: PeerProtocol = "unknown";
  #fallbackAt: number | undefined;
  /** Bytes that are held, or sent plainly and not handed over yet. */
  #plainBytes = 0;
  #session: Session;

  /** @param before The last word of the line before this one, if the member was here. */
  constructor(protocol: PeerProtocol, ports: AssociationPorts, before?: SessionFrame) {
    this.#ports = ports;
    this.#openedAt = ports.clock.now();
    this.#session = new Session(ports.nextEpoch(), ports, before);
    if (protocol !== "v4") this.#session.sendSyn();
    if (protocol === "unknown") this.#fallbackAt = this.#openedAt + V4_FALLBACK_MS;
    else this.setProtocol(protocol);
  }

  /** What the member is, as far as it has said. */
  get protocol(): PeerProtocol {
    return this.#protocol;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    if (this.#protocol === "v5") return this.#session.deadline;
    return this.#fallbackAt;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bufferedBytes(): number {
    return this.#plainBytes + this.#session.bufferedBytes;
  }

  /** The member does not take a longer message. */
  get maxMessageSize(): number {
    return this.#protocol === "v4" ? MESSAGE_BYTES_DEFAULT : this.#session.maxMessageSize;
  }

  /** How its session goes; `undefined` with a deployed peer. */
  get stats(): SessionStats | undefined {
    return this.#protocol === "v4" ? undefined : this.#session.stats;
  }

  /** The member has said what it is. */
  setProtocol(protocol: PeerProtocol): void {
    if (protocol === "unknown" || protocol === this.#protocol || this.#protocol === "v5") return;
    this.#protocol = protocol;
    this.#fallbackAt = undefined;
    if (protocol === "v5") this.#session.sendSyn();
    else this.#session.streams.failSendStreams(unsupported());
    for (const { message, done } of this.#queued.splice(0)) {
      this.#plainBytes -= message.length;
      this.send(message, done);
    }
    this.flush();
  }

  /** Adds a message behind those before it, to be sent with the next `flush()` at the latest. */
  send(message: OutgoingMessage, done: SendCallback): void {
    if (this.#protocol === "v5") return this.#session.send(message.chunks, done);
    if (this.#protocol === "v4") return this.#sendPlain(message, done);
    this.#plainBytes += message.length;
    this.#queued.push({ message, done });
  }

  /** Opens a stream to the member, unless it is a deployed peer. */
  openStream(sendStream: SendStream): void {
    if (this.#protocol === "v4") sendStream.fail(unsupported());
    else this.#session.streams.open(sendStream);
  }

  /** Sends what was added, with as many messages in a frame as it holds. */
  flush(): void {
    if (this.#protocol === "v5") this.#session.flush();
  }

  /** The next frame that may leave; `undefined` when none may. */
  nextFrame(): SessionFrame | undefined {
    return this.#session.nextFrame();
  }

  /** A frame of a session has come. */
  receive(frame: SessionFrame): void {
    this.setProtocol("v5");
    if (this.#session.receive(frame) === "active") return;
    const unacknowledged = this.#session.end();
    this.#session = new Session(this.#ports.nextEpoch(), this.#ports);
    this.#ports.sessionLost(unacknowledged);
    this.#session.receive(frame);
  }

  /** The way to the member is another one. */
  rerouted(): void {
    if (this.#protocol === "v5") this.#session.rerouted();
    else if (this.#protocol === "unknown") this.#session.sendSyn();
  }

  /** Handles what is due; tells whether the member has taken nothing for long, or too long. */
  tick(now: number): Progress {
    if (this.#fallbackAt !== undefined && this.#fallbackAt <= now) {
      // Who is silent tells nothing: what is sent plainly meets what was numbered once it is back.
      if (this.#ports.heardSince(this.#openedAt)) this.setProtocol("v4");
      else this.#fallbackAt = now + V4_FALLBACK_MS;
    }
    return this.#protocol === "v5" ? this.#session.tick(now) : "progressing";
  }

  /** What this side calls the session. */
  get epoch(): number {
    return this.#session.epoch;
  }

  /** What the member calls it, as far as it is known. */
  get peerEpoch(): number | undefined {
    return this.#session.peerEpoch;
  }

  /** Messages that the member has not acknowledged, or that are not with its channel. */
  get unacknowledged(): number {
    return this.#queued.length + this.#session.unacknowledged;
  }

  /** Whether all that was sent is acknowledged, or with the channel of a deployed peer. */
  get isDrained(): boolean {
    return this.#plainBytes === 0 && this.#queued.length === 0 && this.#session.isDrained;
  }

  /** This peer leaves: nothing more is taken; what was sent goes on until it is acknowledged. */
  close(): void {
    this.#session.close();
  }

  /** There is no time left: all goes out now, to one that has not said what it is plainly. */
  flushUnlimited(): void {
    if (this.#protocol === "unknown" && this.#queued.length > 0) this.setProtocol("v4");
    if (this.#protocol === "v5") this.#session.flushUnlimited();
  }

  /** The last that it has to say, for the line after it. */
  finalAck(): SessionFrame | undefined {
    return this.#session.finalAck();
  }

  /** The member is gone; tells how many messages it has not acknowledged. */
  end(): number {
    const queued = this.#queued.splice(0);
    for (const { done } of queued) done("gone");
    return queued.length + this.#session.end();
  }

  #sendPlain({ length, legacyFrames }: OutgoingMessage, done: SendCallback): void {
    if (length > MESSAGE_BYTES_DEFAULT) return done("tooLarge");
    this.#plainBytes += length;
    this.#ports.sendPlain(legacyFrames, (outcome) => {
      this.#plainBytes -= length;
      done(outcome);
    });
  }
}

function unsupported(): DeliveryError {
  const reason = "Cannot open a stream: the member is a peer of Netflux 4, which takes none";
  return new DeliveryError("UNSUPPORTED", reason);
}
