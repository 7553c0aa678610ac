/**
 * Files as a page has them: Blobs, which the browser moves to a disk when they are large.
 *
 * @module
 */

/** A file to be sent; a `File` is one. */
export interface Source {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Its bytes, from the beginning, each time. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A file that was sent or received here. */
export interface StoredFile {
  /** In hexadecimal; `undefined` where it cannot be computed. */
  readonly sha256: string | undefined;
  /** The file, where it is kept. */
  readonly content?: Blob;
}

/** Writes a file as its chunks arrive. */
export interface FileWriter {
  add(bytes: Uint8Array<ArrayBuffer>): void;
  /** That was all. */
  finish(): Promise<StoredFile>;
}

/** Stores files, in memory or elsewhere. */
export interface FileStore {
  /** A file is about to come. */
  keep(type: string): FileWriter;
  /** The hash of a file that is sent, in hexadecimal; `undefined` where it cannot be computed. */
  hash(file: Source): Promise<string | undefined>;
}

/** A file of random bytes. */
export function drawFile(bytes: number, name: string): File {
  const parts: Blob[] = [];
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, bytes - start));
    for (let at = 0; at < piece.length; at += RANDOM_BYTES_MAX) {
      crypto.getRandomValues(piece.subarray(at, at + RANDOM_BYTES_MAX));
    }
    parts.push(new Blob([piece]));
  }
  return new File(parts, name, { type: "application/octet-stream" });
}

/** Larger files are handed to the browser in pieces of this size, not kept in memory. */
const PIECE_BYTES = 1_048_576;

/** The maximum of `getRandomValues` (https://w3c.github.io/webcrypto). */
const RANDOM_BYTES_MAX = 65_536;

/**
 * Keeps files in Blobs. WebCrypto hashes no stream: they are in memory while they are hashed. A
 * page has no WebCrypto if it was loaded by http from another machine: there it hashes nothing.
 */
export const BLOBS: FileStore = {
  keep: (type) => new BlobKeeper(type),
  hash: (file) => sha256Of(file instanceof Blob ? file : new Response(file.stream())),
};

class BlobKeeper implements FileWriter {
  readonly #type: string;
  readonly #pieces: Blob[] = [];
  #recent: Uint8Array<ArrayBuffer>[] = [];
  #recentBytes = 0;

  constructor(type: string) {
    this.#type = type;
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#recent.push(bytes);
    this.#recentBytes += bytes.length;
    if (this.#recentBytes >= PIECE_BYTES) this.#putAway();
  }

  async finish(): Promise<StoredFile> {
    this.#putAway();
    const content = new Blob(this.#pieces, { type: this.#type });
    return { sha256: await sha256Of(content), content };
  }

  #putAway(): void {
    this.#pieces.push(new Blob(this.#recent));
    this.#recent = [];
    this.#recentBytes = 0;
  }
}

/** The hash of a file in hexadecimal; `undefined` where there is no WebCrypto. */
export async function sha256Of(
  file: { arrayBuffer(): Promise<ArrayBuffer> },
): Promise<string | undefined> {
  // The types of TypeScript are those of secure contexts.
  const subtle: SubtleCrypto | undefined = crypto.subtle;
  if (subtle === undefined) return undefined;
  const hash = new Uint8Array(await subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An id that no other file has; `crypto.randomUUID()` is for secure contexts only. */
export function drawId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A hash that people can compare at a glance. */
export function shortHash(sha256: string): string {
  return `${sha256.slice(0, 8)}…${sha256.slice(-4)}`;
}
