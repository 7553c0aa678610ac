// Checks S4 of docs/GUARANTEES.md in frames: messages do not wait behind streams.

import { decodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { type Chunk, decodeSessionFrame, type SessionFrame } from "../../src/wire/session_frame.ts";
import { numberOf } from "./messages.ts";
import type { SeenEvent, SimPeer } from "./sim_network.ts";

/** The messages from one member to another in one session. */
interface Way {
  /** Messages that have not begun to leave, in order. */
  waiting: number[];
  epoch: number | undefined;
  /** The number of the next unit that was not sent yet; it is known once a stream was opened. */
  next: number | undefined;
  /** Frames that took something of streams, and nothing of the messages that waited. */
  passedOver: number;
}

/** A message waits for one frame of streams, and then has one. */
const PASSED_OVER_MAX = 1;

/** The state of all senders of streams. */
export class Fairness {
  readonly #ways = new Map<string, Way>();
  readonly #isExcused: (one: SimPeer, id: number) => boolean;

  constructor(isExcused: (one: SimPeer, id: number) => boolean) {
    this.#isExcused = isExcused;
  }

  /** A machine streams, which did not. */
  begin({ name }: SimPeer): void {
    for (const way of this.#ways.keys()) if (way.startsWith(`${name} `)) this.#ways.delete(way);
  }

  /** A sender of streams sends a message to some members. */
  sending(from: SimPeer, toIds: readonly number[], number: number): void {
    for (const id of toIds) if (id !== from.group.myId) this.#way(from, id).waiting.push(number);
  }

  /** Messages to a member that left do not count any more. */
  judge(peer: SimPeer, [kind, id]: SeenEvent): void {
    if (kind === "leave") this.#ways.delete(nameOf(peer, id));
  }

  /** A sender of streams passes a frame to a channel. */
  look(from: SimPeer, frame: Uint8Array): void {
    const { sender, recipient, service, content } = decodeEnvelope(frame);
    if (service !== Service.SESSION || sender !== from.group.myId) return;
    if (recipient === "everyone" || this.#isExcused(from, recipient)) return;
    const session = decodeSessionFrame(content);
    const way = this.#way(from, recipient);
    if (way.epoch !== session.epoch) [way.epoch, way.next] = [session.epoch, undefined];
    const isOpened = session.chunks.some(({ type }) => type === "open");
    const fresh = unitsAfter(session, way.next ?? session.seq);
    const isWaiting = way.waiting.length > 0;
    const hasMessages = fresh.some(isOfMessage);
    if (hasMessages) this.#leave(way, fresh);
    if (fresh.length === 0 || (way.next === undefined && !isOpened)) return;
    way.next = session.seq + session.chunks.length;
    // Retransmitted chunks may leave too little room for the waiting message.
    const isAgain = fresh.length < session.chunks.length;
    if (hasMessages || !isWaiting || isAgain) way.passedOver = 0;
    else if (fresh.some(({ type }) => type === "data")) way.passedOver++;
    if (way.passedOver <= PASSED_OVER_MAX) return;
    throw new Error(
      `S4: message ${way.waiting[0]} of ${from.name} to ${recipient} waits for ` +
        `${way.passedOver} frames of streams`,
    );
  }

  #leave(way: Way, chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      if (chunk.type !== "complete" && chunk.type !== "continuation") continue;
      const index = way.waiting.indexOf(numberOf(chunk.content));
      if (index >= 0) way.waiting.splice(0, index + 1);
    }
  }

  #way(from: SimPeer, id: number): Way {
    const name = nameOf(from, id);
    const known = this.#ways.get(name) ?? {
      waiting: [],
      epoch: undefined,
      next: undefined,
      passedOver: 0,
    };
    this.#ways.set(name, known);
    return known;
  }
}

function nameOf({ name, group }: SimPeer, id: number): string {
  return `${name} ${group.myId} ${id}`;
}

function unitsAfter({ seq, chunks }: SessionFrame, next: number): readonly Chunk[] {
  return chunks.slice(Math.max(0, next - seq));
}

function isOfMessage({ type }: Chunk): boolean {
  return type === "complete" || type === "first" || type === "continuation";
}
