import type { ChannelEnd, ChannelSink } from "../../src/transport/channel.ts";

/** Only a failing test takes so long. */
const DEADLINE_MS = 30_000;

/** Runs in browsers, too, unlike `expect`. */
export function check(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

export class RecordingSink implements ChannelSink {
  readonly frames: Uint8Array[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #reaction: (sink: RecordingSink) => void;
  drains = 0;
  end: ChannelEnd | undefined;
  /** Events after `closed`, which violate the contract. */
  eventsAfterEnd = 0;

  /** @param reaction Called after each event. */
  constructor(reaction: (sink: RecordingSink) => void = () => {}) {
    this.#reaction = reaction;
  }

  received(frame: Uint8Array): void {
    this.frames.push(frame);
    this.#eventReceived();
  }

  bufferedAmountLow(): void {
    this.drains++;
    this.#eventReceived();
  }

  closed(end: ChannelEnd): void {
    if (this.end) this.eventsAfterEnd++;
    this.end ??= end;
    this.#eventReceived(end);
  }

  /** Waits until enough frames have arrived. */
  async untilReceived(count: number): Promise<void> {
    await this.until(() => this.frames.length >= count, () => `frame ${count} comes`);
  }

  async ended(): Promise<ChannelEnd> {
    await this.until(() => this.end !== undefined, () => "the channel is closed");
    check(this.end, "ended");
    return this.end;
  }

  until(condition: () => boolean, what: () => string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) settle(resolve);
      };
      const timer = setTimeout(() => settle(() => reject(this.#late(what()))), DEADLINE_MS);
      const settle = (outcome: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        outcome();
      };
      this.#waiting.add(look);
    });
  }

  #eventReceived(end?: ChannelEnd): void {
    if (this.end && this.end !== end) this.eventsAfterEnd++;
    this.#reaction(this);
    for (const look of [...this.#waiting]) look();
  }

  #late(what: string): Error {
    const received = `${this.frames.length} frames, ${this.drains} drains`;
    return new Error(
      `waited too long until ${what}: received ${received}, ${JSON.stringify(this.end)}`,
    );
  }
}
