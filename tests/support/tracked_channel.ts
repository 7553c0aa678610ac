import type { CandidatePair, Channel, ChannelSink } from "../../src/transport/channel.ts";
import { RecordingSink } from "./recording_sink.ts";

/** Records its end, and forwards it to its listener, so that a test can close any channel. */
export class TrackedChannel implements Channel {
  readonly #channel: Channel;
  readonly #sink = new RecordingSink();
  #isHeard = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get kind(): Channel["kind"] {
    return this.#channel.kind;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  setLowThreshold(bytes: number): void {
    this.#channel.setLowThreshold?.(bytes);
  }

  selectedCandidatePair(): Promise<CandidatePair | undefined> {
    return this.#channel.selectedCandidatePair?.() ?? Promise.resolve(undefined);
  }

  listen(sink?: ChannelSink): void {
    this.#isHeard = true;
    this.#channel.listen(
      sink && {
        received: (frame) => sink.received(frame),
        bufferedAmountLow: () => sink.bufferedAmountLow(),
        closed: (end) => {
          sink.closed(end);
          this.#sink.closed(end);
        },
      },
    );
  }

  send(frame: Uint8Array): void {
    this.#channel.send(frame);
  }

  sendUnreliable(frame: Uint8Array): boolean {
    return this.#channel.sendUnreliable?.(frame) ?? false;
  }

  close(code?: number, reason?: string): void {
    this.#channel.close(code, reason);
  }

  abort(): void {
    this.#channel.abort();
  }

  async cleanUp(): Promise<void> {
    if (!this.#isHeard) this.listen({ received() {}, bufferedAmountLow() {}, closed() {} });
    this.close();
    await this.#sink.ended();
  }
}
