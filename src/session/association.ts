// The association with one member: v5 sessions, or plain messages for a Netflux 4 peer. Until the
// protocol of the peer is known, messages wait.
//
//             the handshake says so, or a session frame arrives
//   unknown ──────────────────────────────────────────▶ v5: sessions, one after the other
//      │ the handshake says so, or only other frames arrive for V4_FALLBACK_MS
//      └──────────────────────────────────────────────▶ v4: plain messages; may still become v5
//
// @sansio

import { DeliveryError } from "../base/errors.ts";
import { MESSAGE_BYTES_DEFAULT } from "../base/limits.ts";
import type { MemberRole } from "../base/member_role.ts";
import type { PeerProtocol } from "../base/peer_protocol.ts";
import type { SendCallback } from "../base/send_outcome.ts";
import { V4_FALLBACK_MS } from "../base/session_limits.ts";
import type { SessionFrame } from "../wire/session_frame.ts";
import type { OutgoingMessage } from "./outgoing_message.ts";
import type { SendStream } from "./send_stream.ts";
import { Session, type SessionPorts } from "./session.ts";

export interface AssociationPorts extends SessionPorts {
  /** Returns an epoch higher than all earlier ones. */
  readonly nextEpoch: () => number;
  /** Whether any frame of the member has arrived since `at`. */
  readonly heardSince: (at: number) => boolean;
  readonly sendPlain: (frames: readonly Uint8Array[], done: SendCallback) => void;
  readonly protocolLearned: (protocol: PeerProtocol) => void;
  readonly roleLearned: () => void;
  readonly sessionLost: (unacknowledged: number) => void;
}

interface QueuedMessage {
  readonly message: OutgoingMessage;
  readonly done: SendCallback;
  readonly onAck: (() => void) | undefined;
}

export class Association {
  /** Frames of the member that could not be decoded. Its session counts all other errors. */
  refused = 0;
  readonly #ports: AssociationPorts;
  readonly #queued: QueuedMessage[] = [];
  #protocol: PeerProtocol = "unknown";
  #role: MemberRole | undefined;
  #fallbackAt: number | undefined;
  /** Bytes of messages that wait here, or that were sent plainly and wait for the channel. */
  #plainBytes = 0;
  #session: Session;

  constructor(protocol: PeerProtocol, ports: AssociationPorts, previousFinalAck?: SessionFrame) {
    this.#ports = ports;
    this.#session = new Session(ports.nextEpoch(), ports, previousFinalAck);
    this.setProtocol(protocol);
    if (protocol !== "unknown") return;
    this.#session.sendSyn();
    this.#fallbackAt = ports.clock.now() + V4_FALLBACK_MS;
  }

  /** The current session; another one can follow. With a Netflux 4 peer it is not used. */
  get session(): Session {
    return this.#session;
  }

  get protocol(): PeerProtocol {
    return this.#protocol;
  }

  get role(): MemberRole | undefined {
    return this.#role;
  }

  get deadline(): number | undefined {
    if (this.#protocol === "v5") return this.#session.deadline;
    return this.#fallbackAt;
  }

  get bufferedBytes(): number {
    return this.#plainBytes + this.#session.bufferedBytes;
  }

  setProtocol(protocol: PeerProtocol): void {
    if (protocol === "unknown" || protocol === this.#protocol || this.#protocol === "v5") return;
    this.#protocol = protocol;
    this.#fallbackAt = undefined;
    if (protocol === "v5") this.#session.sendSyn();
    else this.#session.streams.failSendStreams(unsupported());
    for (const { message, done, onAck } of this.#queued.splice(0)) {
      this.#plainBytes -= message.length;
      this.send(message, done, onAck);
    }
    this.flush();
  }

  /** Sent by the next `flush()` at the latest; `onAck`: a v5 peer has acknowledged the message. */
  send(message: OutgoingMessage, done: SendCallback, onAck?: () => void): void {
    if (this.#protocol === "v5") return this.#session.send(message.chunks, done, onAck);
    if (this.#protocol === "v4") return this.#sendPlain(message, done, onAck);
    this.#plainBytes += message.length;
    this.#queued.push({ message, done, onAck });
  }

  openStream(sendStream: SendStream): void {
    if (this.#protocol === "v4") sendStream.fail(unsupported());
    else this.#session.streams.open(sendStream);
  }

  flush(): void {
    if (this.#protocol === "v5") this.#session.flush();
  }

  receive(frame: SessionFrame): void {
    this.#learnProtocol("v5");
    if (frame.role !== undefined && frame.role !== this.#role) {
      this.#role = frame.role;
      this.#ports.roleLearned();
    }
    if (this.#session.receive(frame)) return;
    const { isClosing } = this.#session;
    const unacknowledged = this.#session.end();
    this.#session = new Session(this.#ports.nextEpoch(), this.#ports);
    this.#ports.sessionLost(unacknowledged);
    if (isClosing) this.#session.close();
    this.#session.receive(frame);
  }

  rerouted(): void {
    if (this.#protocol === "v5") this.#session.rerouted();
    else if (this.#protocol === "unknown") this.#session.sendSyn();
  }

  tick(now: number): void {
    if (this.#fallbackAt !== undefined && this.#fallbackAt <= now) {
      // Silence does not prove v4: a v5 peer may be unreachable.
      if (this.#ports.heardSince(this.#fallbackAt - V4_FALLBACK_MS)) this.#learnProtocol("v4");
      else this.#fallbackAt = now + V4_FALLBACK_MS;
    }
    if (this.#protocol === "v5") this.#session.tick(now);
  }

  #learnProtocol(protocol: PeerProtocol): void {
    if (protocol === this.#protocol) return;
    this.setProtocol(protocol);
    this.#ports.protocolLearned(protocol);
  }

  get unacknowledged(): number {
    return this.#queued.length + this.#session.unacknowledged;
  }

  get isDrained(): boolean {
    return this.#plainBytes === 0 && this.#queued.length === 0 && this.#session.isDrained;
  }

  /** Sends everything now, regardless of windows; plainly if the protocol is unknown. */
  flushUnlimited(): void {
    if (this.#protocol === "unknown" && this.#queued.length > 0) this.setProtocol("v4");
    if (this.#protocol === "v5") this.#session.flushUnlimited();
  }

  /** The member is gone; returns the number of unacknowledged messages. */
  end(): number {
    const queued = this.#queued.splice(0);
    for (const { done } of queued) done("MEMBER_LEFT");
    return queued.length + this.#session.end();
  }

  #sendPlain(
    { length, legacyFrames }: OutgoingMessage,
    done: SendCallback,
    onAck: (() => void) | undefined,
  ): void {
    // A message of a channel has no legacy form: it is not sent to a Netflux 4 peer.
    if (legacyFrames.length === 0) {
      onAck?.();
      return done("sent");
    }
    if (length > MESSAGE_BYTES_DEFAULT) return done("TOO_LARGE");
    this.#plainBytes += length;
    this.#ports.sendPlain(legacyFrames, (outcome) => {
      this.#plainBytes -= length;
      done(outcome);
    });
  }
}

function unsupported(): DeliveryError {
  const reason = "Cannot open a stream to a peer of Netflux 4";
  return new DeliveryError("UNSUPPORTED", reason);
}
