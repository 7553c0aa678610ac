// A channel within one program: a pair of ends, each of which receives the frames of the other.

import { BufferedEvents } from "./buffered_events.ts";
import type { Channel, ChannelSink } from "./channel.ts";

type EnqueueMicrotask = (callback: () => void) => void;

/**
 * Returns the two ends. Frames and the end arrive in order, when the running code ends.
 *
 * @param ended Called when both have ended, possibly twice.
 */
export function memoryChannels(
  enqueue: EnqueueMicrotask,
  ended: () => void,
): readonly [Channel, Channel] {
  const one = new MemoryChannel(enqueue, ended);
  const other = new MemoryChannel(enqueue, ended);
  one.connect(other);
  other.connect(one);
  return [one, other];
}

class MemoryChannel implements Channel {
  readonly kind = "ws";
  readonly bufferedAmount = 0;
  readonly #enqueue: EnqueueMicrotask;
  readonly #ended: () => void;
  readonly #events = new BufferedEvents();
  #other: MemoryChannel | undefined;

  constructor(enqueue: EnqueueMicrotask, ended: () => void) {
    this.#enqueue = enqueue;
    this.#ended = ended;
  }

  connect(other: MemoryChannel): void {
    this.#other = other;
  }

  listen(sink?: ChannelSink): void {
    this.#events.listen(sink);
  }

  send(frame: Uint8Array): void {
    const other = this.#other;
    if (other === undefined) return;
    const copy = frame.slice();
    this.#enqueue(() => other.#receive(copy));
  }

  close(code = 1000, reason = ""): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = undefined;
    this.#events.dropFrames();
    const end = { code, clean: true, reason };
    this.#enqueue(() => {
      other.#other = undefined;
      other.#events.close(end);
      this.#events.close(end);
      this.#ended();
    });
  }

  abort(code?: number, reason?: string): void {
    this.close(code, reason);
  }

  #receive(frame: Uint8Array): void {
    if (this.#other === undefined) return;
    if (!this.#events.received(frame)) this.close(1008, "too many frames came early");
  }
}
