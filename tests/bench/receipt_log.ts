// Records which messages were received, complete and in order, and when.
//
//   message := kind (1 byte) • number (4 bytes) • zeros • lowest byte of the number

export const KIND = { data: 1, ping: 2, pong: 3, filler: 4, position: 5 } as const;

export function stamp(kind: number, index: number, bytes: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(bytes);
  data[0] = kind;
  new DataView(data.buffer).setUint32(1, index);
  data[bytes - 1] = index;
  return data;
}

export interface Receipts {
  /** Without duplicates. */
  readonly received: number;
  /** Messages out of order, duplicated or damaged. */
  readonly faulty: number;
  /** When the last one arrived, if any. */
  readonly last: number | undefined;
}

const LOOK_EVERY_MS = 20;

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

  open(messages: number, bytes: number): void {
    this.#seen = new Uint8Array(messages);
    this.#bytes = bytes;
    this.#received = this.#faulty = this.#next = 0;
    this.#last = undefined;
  }

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

  /** Returns the receipts when all messages have arrived, or after a silence. */
  async close(quietMs: number): Promise<Receipts> {
    let [count, changed] = [this.#received, this.#now()];
    while (this.#received < this.#seen.length && this.#now() - changed < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (this.#received !== count) [count, changed] = [this.#received, this.#now()];
    }
    return { received: this.#received, faulty: this.#faulty, last: this.#last };
  }
}
