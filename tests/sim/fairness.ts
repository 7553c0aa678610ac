// Checks S4 of docs/GUARANTEES.md in frames: messages do not wait behind streams.

import { decodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { type Chunk, decodeSessionFrame, type SessionFrame } from "../../src/wire/session_frame.ts";
import { numberOf } from "./messages.ts";
import type { SeenEvent, SimPeer } from "./sim_network.ts";

/** The messages from one member to another in one session. */
interface MessageQueue {
  /** Messages that have not begun to leave, in order. */
  waiting: number[];
  epoch: number | undefined;
  /** The number of the next unsent unit; known once a stream was opened. */
  next: number | undefined;
  /** Frames that carried stream chunks, and nothing of the waiting messages. */
  passedOver: number;
}

/** A message waits for at most one frame of streams. */
const PASSED_OVER_MAX = 1;

export class Fairness {
  readonly #queues = new Map<string, MessageQueue>();
  readonly #isExcused: (one: SimPeer, id: number) => boolean;

  constructor(isExcused: (one: SimPeer, id: number) => boolean) {
    this.#isExcused = isExcused;
  }

  /** A machine without open streams opens one. */
  begin({ name }: SimPeer): void {
    for (const queue of this.#queues.keys()) {
      if (queue.startsWith(`${name} `)) this.#queues.delete(queue);
    }
  }

  sending(from: SimPeer, toIds: readonly number[], number: number): void {
    for (const id of toIds) if (id !== from.group.myId) this.#queue(from, id).waiting.push(number);
  }

  /** Messages to a member that left no longer count. */
  judge(peer: SimPeer, [kind, id]: SeenEvent): void {
    if (kind === "leave") this.#queues.delete(nameOf(peer, id));
  }

  look(from: SimPeer, frame: Uint8Array): void {
    const { sender, recipient, service, content } = decodeEnvelope(frame);
    if (service !== Service.SESSION || sender !== from.group.myId) return;
    if (recipient === "everyone" || this.#isExcused(from, recipient)) return;
    const session = decodeSessionFrame(content);
    const queue = this.#queue(from, recipient);
    if (queue.epoch !== session.epoch) [queue.epoch, queue.next] = [session.epoch, undefined];
    const isOpened = session.chunks.some(({ type }) => type === "open");
    const fresh = unitsAfter(session, queue.next ?? session.seq);
    const isWaiting = queue.waiting.length > 0;
    const hasMessages = fresh.some(isOfMessage);
    if (hasMessages) this.#leave(queue, fresh);
    if (fresh.length === 0 || (queue.next === undefined && !isOpened)) return;
    queue.next = session.seq + session.chunks.length;
    // Retransmitted chunks may leave too little room for the waiting message.
    const isAgain = fresh.length < session.chunks.length;
    if (hasMessages || !isWaiting || isAgain) queue.passedOver = 0;
    else if (fresh.some(({ type }) => type === "data")) queue.passedOver++;
    if (queue.passedOver <= PASSED_OVER_MAX) return;
    throw new Error(
      `S4: message ${queue.waiting[0]} of ${from.name} to ${recipient} waits for ` +
        `${queue.passedOver} frames of streams`,
    );
  }

  #leave(queue: MessageQueue, chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      if (chunk.type !== "complete" && chunk.type !== "continuation") continue;
      const index = queue.waiting.indexOf(numberOf(chunk.content));
      if (index >= 0) queue.waiting.splice(0, index + 1);
    }
  }

  #queue(from: SimPeer, id: number): MessageQueue {
    const name = nameOf(from, id);
    const known = this.#queues.get(name) ?? {
      waiting: [],
      epoch: undefined,
      next: undefined,
      passedOver: 0,
    };
    this.#queues.set(name, known);
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
