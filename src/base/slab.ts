// Copies small content into shared blocks of memory, since a small ArrayBuffer costs more than its
// content.
// @sansio

export class Slab {
  #block = new ArrayBuffer(BLOCK_BYTES);
  #usedBytes = 0;

  copy(content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const { length } = content;
    if (length > SMALL_BYTES_MAX) return content.slice();
    if (this.#usedBytes + length > BLOCK_BYTES) {
      this.#block = new ArrayBuffer(BLOCK_BYTES);
      this.#usedBytes = 0;
    }
    const copy = new Uint8Array(this.#block, this.#usedBytes, length);
    copy.set(content);
    this.#usedBytes += length;
    return copy;
  }
}

const BLOCK_BYTES = 16_384;
const SMALL_BYTES_MAX = 1_024;
