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

import { PLAIN_AFTER_MS } from "../base/delivery_limits.ts";
import { DeliveryError } from "../base/errors.ts";
import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import type { SessionFrame } from "../wire/session.ts";
import type { Message } from "./message.ts";
import { type Progress, Session, type SessionPorts, type SessionStats } from "./session.ts";
import type { Writing } from "./writing.ts";

/** What a member is, as far as it has said. */
export type MemberKind = "unknown" | "ours" | "deployed";

/** What a line needs. */
export interface LinePorts extends SessionPorts {
  /** A number for a session, higher than all before. */
  readonly drawEpoch: () => number;
  /** Whether anything of the member was heard since a moment. */
  readonly heardSince: (at: number) => boolean;
  /** Sends frames that deployed peers understand. */
  readonly sendPlain: (frames: readonly Uint8Array[], done: SendCallback) => void;
  /** The member has lost what was between us, and so many messages of ours with it. */
  readonly lost: (unacknowledged: number) => void;
}

interface Held {
  readonly message: Message;
  readonly done: SendCallback;
}

/** The line to one member. */
export class Line {
  readonly #ports: LinePorts;
  readonly #held: Held[] = [];
  readonly #since: number;
  #kind: MemberKind = "unknown";
  #plainAt: number | undefined;
  /** Bytes that are held, or sent plainly and not handed over yet. */
  #plainBytes = 0;
  #session: Session;

  /** @param before The last word of the line before this one, if the member was here. */
  constructor(kind: MemberKind, ports: LinePorts, before?: SessionFrame) {
    this.#ports = ports;
    this.#since = ports.clock.now();
    this.#session = new Session(ports.drawEpoch(), ports, before);
    if (kind !== "deployed") this.#session.ask();
    if (kind === "unknown") this.#plainAt = this.#since + PLAIN_AFTER_MS;
    else this.learn(kind);
  }

  /** What the member is, as far as it has said. */
  get kind(): MemberKind {
    return this.#kind;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    if (this.#kind === "ours") return this.#session.deadline;
    return this.#plainAt;
  }

  /** Bytes of messages that wait until they can be handed over. */
  get bytesWaiting(): number {
    return this.#plainBytes + this.#session.bytesWaiting;
  }

  /** The member does not take a longer message. */
  get messageBytesMax(): number {
    return this.#kind === "deployed" ? MESSAGE_BYTES_DEFAULT : this.#session.messageBytesMax;
  }

  /** How its session goes; `undefined` with a deployed peer. */
  get stats(): SessionStats | undefined {
    return this.#kind === "deployed" ? undefined : this.#session.stats;
  }

  /** The member has said what it is. */
  learn(kind: MemberKind): void {
    if (kind === "unknown" || kind === this.#kind || this.#kind === "ours") return;
    this.#kind = kind;
    this.#plainAt = undefined;
    if (kind === "ours") this.#session.ask();
    else this.#session.streams.refuse(unsupported());
    for (const { message, done } of this.#held.splice(0)) {
      this.#plainBytes -= message.length;
      this.send(message, done);
    }
    this.flush();
  }

  /** Adds a message behind those before it, to be sent with the next `flush()` at the latest. */
  send(message: Message, done: SendCallback): void {
    if (this.#kind === "ours") return this.#session.send(message.units, done);
    if (this.#kind === "deployed") return this.#sendPlain(message, done);
    this.#plainBytes += message.length;
    this.#held.push({ message, done });
  }

  /** Opens a stream to the member, unless it is a deployed peer. */
  openStream(writing: Writing): void {
    if (this.#kind === "deployed") writing.fail(unsupported());
    else this.#session.streams.open(writing);
  }

  /** Sends what was added, with as many messages in a frame as it holds. */
  flush(): void {
    if (this.#kind === "ours") this.#session.flush();
  }

  /** The next frame that may leave; `undefined` when none may. */
  take(): SessionFrame | undefined {
    return this.#session.take();
  }

  /** A frame of a session has come. */
  receive(frame: SessionFrame): void {
    this.learn("ours");
    if (this.#session.receive(frame) === "goesOn") return;
    const unacknowledged = this.#session.end();
    this.#session = new Session(this.#ports.drawEpoch(), this.#ports);
    this.#ports.lost(unacknowledged);
    this.#session.receive(frame);
  }

  /** The way to the member is another one. */
  rerouted(): void {
    if (this.#kind === "ours") this.#session.rerouted();
    else if (this.#kind === "unknown") this.#session.ask();
  }

  /** Handles what is due; tells whether the member has taken nothing for long, or too long. */
  tick(now: number): Progress {
    if (this.#plainAt !== undefined && this.#plainAt <= now) {
      // Who is silent tells nothing: what is sent plainly meets what was numbered once it is back.
      if (this.#ports.heardSince(this.#since)) this.learn("deployed");
      else this.#plainAt = now + PLAIN_AFTER_MS;
    }
    return this.#kind === "ours" ? this.#session.tick(now) : "goesOn";
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
    return this.#held.length + this.#session.unacknowledged;
  }

  /** Whether all that was sent is acknowledged, or with the channel of a deployed peer. */
  get isDrained(): boolean {
    return this.#plainBytes === 0 && this.#held.length === 0 && this.#session.isDrained;
  }

  /** This peer leaves: nothing more is taken; what was sent goes on until it is acknowledged. */
  close(): void {
    this.#session.close();
  }

  /** There is no time left: all goes out now, to one that has not said what it is plainly. */
  flushUnlimited(): void {
    if (this.#kind === "unknown" && this.#held.length > 0) this.learn("deployed");
    if (this.#kind === "ours") this.#session.flushUnlimited();
  }

  /** The last that it has to say, for the line after it. */
  lastWord(): SessionFrame | undefined {
    return this.#session.lastWord();
  }

  /** The member is gone; tells how many messages it has not acknowledged. */
  end(): number {
    const held = this.#held.splice(0);
    for (const { done } of held) done("gone");
    return held.length + this.#session.end();
  }

  #sendPlain({ length, frames }: Message, done: SendCallback): void {
    if (length > MESSAGE_BYTES_DEFAULT) return done("tooLarge");
    this.#plainBytes += length;
    this.#ports.sendPlain(frames, (outcome) => {
      this.#plainBytes -= length;
      done(outcome);
    });
  }
}

function unsupported(): DeliveryError {
  const reason = "Cannot open a stream: the member is a peer of Netflux 4, which takes none";
  return new DeliveryError("UNSUPPORTED", reason);
}
