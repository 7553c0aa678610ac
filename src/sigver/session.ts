/**
 * One connection of the server: reads what a client says, and notices when it says nothing.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import {
  SIGNALING_MISSES_MAX,
  SIGVER_BUFFERED_BYTES_MAX,
  SIGVER_FRAME_BYTES_MAX,
} from "../base/limits.ts";
import type { Channel } from "../transport/channel.ts";
import { SigverClose } from "../wire/close_codes.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { Counts } from "./counts.ts";
import type { SessionId } from "./pairings.ts";

/** Why the server ends a connection. */
export interface Verdict {
  readonly type: "verdict";
  readonly code: number;
  readonly reason: string;
}

/**
 * What a client's URL says: the group, and whether it prefers to be the one that others join by.
 */
export interface Address {
  readonly key: string;
  readonly favored: boolean;
}

/** One client. It only says that it has to end; the server ends it. */
export class Session {
  readonly id: SessionId;
  readonly address: Address;
  readonly #channel: Channel;
  readonly #counts: Counts;
  /** Beats since the client's last heartbeat. */
  #silentBeats = 0;
  #heardMs: number;

  /** @param channel Its frames come by way of {@linkcode Session.read}. */
  constructor(
    id: SessionId,
    address: Address,
    channel: Channel,
    counts: Counts,
    nowMs: number,
  ) {
    this.id = id;
    this.address = address;
    this.#channel = channel;
    this.#counts = counts;
    this.#heardMs = nowMs;
  }

  /** When it came, or its last frame did. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** What a frame says, or why it ends the connection. */
  read(frame: Uint8Array, nowMs: number): SignalingMessage | Verdict {
    this.#heardMs = nowMs;
    this.#counts.bytesReceived += frame.length;
    if (frame.length > SIGVER_FRAME_BYTES_MAX) return badMessage("the frame is too large");
    try {
      const message = decodeSignaling(frame);
      this.#counts.messagesReceived[message.type]++;
      if (message.type === "heartbeat") this.#silentBeats = 0;
      return message.type === "connected" ? badMessage("only a server says this") : message;
    } catch (error) {
      if (error instanceof ProtocolError) return badMessage(error.message);
      throw error;
    }
  }

  /** An interval is over: sends a heartbeat, or says that too many went unanswered. */
  beat(): Verdict | undefined {
    this.#silentBeats++;
    if (this.#silentBeats < SIGNALING_MISSES_MAX) return this.send({ type: "heartbeat" });
    return {
      type: "verdict",
      code: SigverClose.HEARTBEAT,
      reason: `no heartbeat came in ${SIGNALING_MISSES_MAX} intervals`,
    };
  }

  /** Sends, unless so much waits already that the client has to go. */
  send(message: SignalingMessage): Verdict | undefined {
    if (this.#channel.bufferedBytes > SIGVER_BUFFERED_BYTES_MAX) {
      return { type: "verdict", code: TOO_SLOW, reason: "the client reads too slowly" };
    }
    const frame = encodeSignaling(message);
    this.#counts.messagesSent[message.type]++;
    this.#counts.bytesSent += frame.length;
    this.#channel.send(frame);
    return undefined;
  }

  /** Ends the connection. */
  close(code: number, reason: string): void {
    this.#channel.close(code, reason);
  }
}

/** A bad message, by a reason for people. */
export function badMessage(reason: string): Verdict {
  return { type: "verdict", code: SigverClose.MESSAGE, reason };
}

/** Policy violation (RFC 6455 section 7.4.1). */
const TOO_SLOW = 1008;
