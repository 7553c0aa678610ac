/**
 * What comes in from neighbors: decoded, and delivered, passed on or dropped.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import type { MemberId } from "../base/ids.ts";
import { FRAME_BYTES_MAX } from "../base/limits.ts";
import type { Neighbor } from "../link/neighbor.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope, Service } from "../wire/envelope.ts";
import { encodeFullMesh } from "../wire/full_mesh.ts";
import { route } from "./routes.ts";
import type { MeshState } from "./state.ts";

/** What a receiver needs. */
export interface ReceiverPorts {
  readonly state: () => MeshState;
  readonly neighbors: ReadonlyMap<MemberId, Neighbor>;
  /** Something for this member, from a neighbor, which may have relayed it. */
  readonly received: (from: MemberId, envelope: Envelope) => void;
  /** Something was dropped; for people. */
  readonly dropped: (text: string) => void;
}

/** Receives on behalf of one member. */
export class Receiver {
  readonly #ports: ReceiverPorts;

  constructor(ports: ReceiverPorts) {
    this.#ports = ports;
  }

  /** Takes a frame of a neighbor. */
  receive(from: MemberId, frame: Uint8Array): void {
    try {
      this.#handle(from, decodeEnvelope(frame), frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ports.dropped(`Dropped a frame of member ${from}: ${error.message}`);
    }
  }

  #handle(from: MemberId, envelope: Envelope, frame: Uint8Array): void {
    const verdict = route(this.#ports.state(), envelope, from);
    switch (verdict.type) {
      case "deliver":
        if (envelope.service !== Service.HEARTBEAT) this.#ports.received(from, envelope);
        return;
      case "forward": {
        // Without a sender, the frame would be taken for one of ours.
        const { sender = from } = envelope;
        const relayed = encodeEnvelope({ ...envelope, sender, hopsLeft: verdict.hopsLeft });
        // The count makes it longer: too long a frame would end the next channel.
        if (relayed.length > FRAME_BYTES_MAX) return this.#drops(verdict.to, "it is too long");
        const urgent = isUrgent(envelope);
        if (this.#ports.neighbors.get(verdict.to)?.sendRelayed(relayed, urgent)) return;
        return this.#drops(verdict.to, "its queue is full");
      }
      case "drop":
        return this.#ports.dropped(`Dropped ${frame.length} bytes of ${from}: ${verdict.reason}`);
    }
  }

  #drops(to: MemberId, reason: string): void {
    this.#ports.dropped(`Dropped a frame for member ${to}: ${reason}`);
  }
}

/** What keeps a group together does not wait behind what programs send; the last word does. */
function isUrgent({ service, content }: Envelope): boolean {
  return URGENT.has(service) && content.join() !== GOODBYE;
}

const URGENT: ReadonlySet<number> = new Set([
  Service.CHANNEL_BUILDER,
  Service.DATA_CHANNEL_BUILDER,
  Service.FULL_MESH,
]);
const GOODBYE = encodeFullMesh({ type: "leave" }).join();
