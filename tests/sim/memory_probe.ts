// Accepts streams of untrusted members, and rarely reads them, to detect unbounded buffers (S6 of
// docs/GUARANTEES.md).

import {
  STREAM_CHUNK_OVERHEAD_BYTES,
  STREAM_WINDOW_BYTES,
  STREAMS_MAX,
} from "../../src/base/session_limits.ts";
import type { GroupStreamEvent } from "../../src/group/events.ts";
import { type ReadingEnd, takeStream } from "./stream_ends.ts";
import type { SeenEvent, SimPeer } from "./sim_network.ts";

interface HeldEvent {
  readonly to: SimPeer;
  readonly sender: number;
  readonly end: ReadingEnd;
  isOpen: boolean;
  bytes: number;
}

export class MemoryProbe {
  /** Streams of sessions that are not over. */
  #held: HeldEvent[] = [];

  take(to: SimPeer, event: GroupStreamEvent): () => void {
    const { sender } = event;
    const held: HeldEvent = {
      to,
      sender,
      isOpen: true,
      bytes: 0,
      end: takeStream(event, {
        data: ({ length }) => held.bytes += length + STREAM_CHUNK_OVERHEAD_BYTES,
        ended: () => held.isOpen = false,
        failed: () => held.isOpen = false,
      }),
    };
    this.#held = [...this.#held.filter(({ isOpen }) => isOpen), held];
    const count = this.#held.filter((one) => one.to === to && one.sender === sender).length;
    if (count > STREAMS_MAX) throw new Error(`S6: ${to.name} has ${count} streams of ${sender}`);
    return () => this.#drain(held);
  }

  /** A stream that ended before its sender left belongs to the program. */
  judge(peer: SimPeer, [kind, id]: SeenEvent): void {
    if (kind !== "leave" && kind !== "state") return;
    this.#held = this.#held.filter(({ to, sender }) =>
      to !== peer || (kind === "leave" && sender !== id)
    );
  }

  /** Reads everything available: these bytes were held. */
  #drain(held: HeldEvent): void {
    for (let before = -1; held.isOpen && before < held.bytes;) {
      before = held.bytes;
      held.end.pull();
    }
    if (held.bytes <= STREAM_WINDOW_BYTES) return;
    throw new Error(`S6: ${held.to.name} holds ${held.bytes} bytes of a stream of ${held.sender}`);
  }
}
