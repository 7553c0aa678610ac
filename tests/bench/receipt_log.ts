// Which of the messages that were sent were received, whole and in order, and when.
// message = kind (1 byte) number (4 bytes) zeros, and the lowest byte of the number at the end

/** The purpose of a message. */
export const KIND = { data: 1, ping: 2, pong: 3, filler: 4, position: 5 } as const;

/** A message of some kind with a number in it. */
export function stamp(kind: number, index: number, bytes: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(bytes);
  data[0] = kind;
  new DataView(data.buffer).setUint32(1, index);
  data[bytes - 1] = index;
  return data;
}

export interface Receipts {
  /** Messages, each counted once. */
  readonly received: number;
  /** Those that came before one that was sent earlier, came twice, or not as they were sent. */
  readonly faulty: number;
  /** When the last one came; `undefined` when none did. */
  readonly last: number | undefined;
}

const LOOK_EVERY_MS = 20;

/** One receiver's books. */
export class ReceiptLog {
  readonly #now: () => number;
  #seen = new Uint8Array(0);
  #bytes = 0;
  #received = 0;
  #faulty = 0;
  #next = 0;
  #last: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resets the log, for a number of messages of this size. */
  open(messages: number, bytes: number): void {
    this.#seen = new Uint8Array(messages);
    this.#bytes = bytes;
    this.#received = this.#faulty = this.#next = 0;
    this.#last = undefined;
  }

  /** Notes a message. */
  note(data: Uint8Array): void {
    const index = new DataView(data.buffer, data.byteOffset).getUint32(1);
    const isWhole = data.length === this.#bytes && data[this.#bytes - 1] === (index & 255);
    if (this.#seen[index] !== 0 || !isWhole) return void this.#faulty++;
    if (index < this.#next) this.#faulty++;
    this.#next = index + 1;
    this.#seen[index] = 1;
    this.#received++;
    this.#last = this.#now();
  }

  /** The receipts, once all messages are there, or none came for this long. */
  async close(quietMs: number): Promise<Receipts> {
    let [count, changed] = [this.#received, this.#now()];
    while (this.#received < this.#seen.length && this.#now() - changed < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (this.#received !== count) [count, changed] = [this.#received, this.#now()];
    }
    return { received: this.#received, faulty: this.#faulty, last: this.#last };
  }
}
