/**
 * What the program of a peer sends and receives: cut into frames, and put together again.
 *
 * @module
 */

import { DeliveryError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { splitMessage } from "../delivery/fragments.ts";
import { type DataType, Inbox } from "../delivery/inbox.ts";
import type { Topology } from "../topology/topology.ts";
import { Service } from "../wire/envelope.ts";

/** What messages need. */
export interface MessagePorts {
  readonly clock: { now(): number };
  readonly topology: Pick<Topology, "broadcast" | "sendTo">;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
  /** Has a call of the program handled in its turn. */
  readonly post: (turn: () => void) => void;
}

type Sender = (frames: readonly Uint8Array[], done: (sent: boolean) => void) => void;

/** The messages of one peer. */
export class Messages {
  readonly #ports: MessagePorts;
  readonly #inbox = new Inbox();
  #lastId = 0;

  constructor(ports: MessagePorts) {
    this.#ports = ports;
  }

  /** When `tick` is due. */
  get deadline(): number | undefined {
    return this.#inbox.deadline;
  }

  /** Sends to everyone; settles when the data is on its way to each. */
  broadcast(data: DataType): Promise<void> {
    const { topology } = this.#ports;
    return this.#send(data, (frames, done) => topology.broadcast(Service.USER, frames, done));
  }

  /** Sends to one member. */
  sendTo(member: MemberId, data: DataType): Promise<void> {
    const { topology } = this.#ports;
    return this.#send(data, (frames, done) => topology.sendTo(member, Service.USER, frames, done));
  }

  /**
   * Takes a frame of a member; gives the message that it completes.
   *
   * @throws {ProtocolError} It is no frame, or contradicts those before it.
   */
  receive(sender: MemberId, frame: Uint8Array): DataType | undefined {
    return this.#inbox.add(sender, frame, this.#ports.clock.now());
  }

  /** Forgets what a member did not finish: it left. */
  forget(sender: MemberId): void {
    this.#inbox.forget(sender);
  }

  /** Forgets everything unfinished. */
  clear(): void {
    this.#inbox.clear();
  }

  /** Forgets messages that stopped arriving. */
  tick(now: number): void {
    const forgotten = this.#inbox.tick(now);
    if (forgotten > 0) this.#ports.dropped(`Dropped ${forgotten} messages that stopped arriving`);
  }

  #send(data: DataType, send: Sender): Promise<void> {
    this.#lastId = this.#lastId % MESSAGE_ID_MAX + 1;
    const [content, kind] = typeof data === "string"
      ? [new TextEncoder().encode(data), "string" as const]
      : [data, "bytes" as const];
    const frames = splitMessage(content, kind, this.#lastId);
    return new Promise((resolve, reject) =>
      this.#ports.post(() =>
        send(frames, (sent) => {
          if (sent) return resolve();
          const reason = "Cannot send to all: a member left, or its channel broke, meanwhile";
          reject(new DeliveryError("MEMBER_LEFT", reason));
        })
      )
    );
  }
}

/** Deployed peers know chunks of a message by 16 bits. */
const MESSAGE_ID_MAX = 0xffff;
