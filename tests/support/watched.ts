/**
 * Channels that a test can clean up after, whoever listens to them.
 *
 * @module
 */

import type { Channel, ChannelPath, ChannelSink } from "../../src/transport/channel.ts";
import { Ear } from "./ear.ts";

/** A channel that knows whether it has ended, besides telling its listener. */
export class Watched implements Channel {
  readonly #channel: Channel;
  readonly #ear = new Ear();
  #isHeard = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get kind(): Channel["kind"] {
    return this.#channel.kind;
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes;
  }

  drainAt(bytes: number): void {
    this.#channel.drainAt?.(bytes);
  }

  path(): Promise<ChannelPath | undefined> {
    return this.#channel.path?.() ?? Promise.resolve(undefined);
  }

  listen(sink: ChannelSink): void {
    this.#isHeard = true;
    this.#channel.listen({
      received: (frame) => sink.received(frame),
      drained: () => sink.drained(),
      closed: (end) => {
        sink.closed(end);
        this.#ear.closed(end);
      },
    });
  }

  send(frame: Uint8Array): void {
    this.#channel.send(frame);
  }

  close(code?: number, reason?: string): void {
    this.#channel.close(code, reason);
  }

  abandon(): void {
    this.#channel.abandon();
  }

  /** Closes the channel and waits for its end. */
  async cleanUp(): Promise<void> {
    if (!this.#isHeard) this.listen({ received() {}, drained() {}, closed() {} });
    this.close();
    await this.#ear.ended();
  }
}
