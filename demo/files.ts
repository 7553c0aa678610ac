/**
 * Files of the demo: made at random, put together as they come, and known by their SHA-256.
 *
 * @module
 */

import type { FileNote } from "./notes.ts";

/** A file of random bytes. */
export function drawFile(bytes: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(bytes);
  for (let start = 0; start < bytes; start += RANDOM_BYTES_MAX) {
    crypto.getRandomValues(file.subarray(start, start + RANDOM_BYTES_MAX));
  }
  return file;
}

/** The most that `getRandomValues` gives at a time (https://w3c.github.io/webcrypto). */
const RANDOM_BYTES_MAX = 65_536;

/** The hash of a file in hexadecimal. */
export async function sha256Of(file: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file of which not all is here. */
export interface Arrival {
  readonly note: FileNote;
  readonly content: Uint8Array<ArrayBuffer>;
  /** How much of it is here. */
  received: number;
}

/** The files that are on their way, by who sends them. */
export class Arrivals {
  readonly #pending = new Map<number, Arrival[]>();

  /** Expects a file; false when too many of the same sender are. */
  announce(sender: number, note: FileNote): boolean {
    const pending = this.#pending.get(sender) ?? [];
    if (pending.length >= PENDING_MAX) return false;
    pending.push({ note, content: new Uint8Array(note.bytes), received: 0 });
    this.#pending.set(sender, pending);
    return true;
  }

  /** Takes what came; gives the file that it belongs to, or `undefined` when it fits none. */
  add(sender: number, bytes: Uint8Array): Arrival | undefined {
    const pending = this.#pending.get(sender) ?? [];
    const [arrival] = pending;
    if (arrival === undefined || bytes.length > arrival.note.bytes - arrival.received) {
      return undefined;
    }
    arrival.content.set(bytes, arrival.received);
    arrival.received += bytes.length;
    if (arrival.received === arrival.note.bytes) pending.shift();
    return arrival;
  }

  /** The sender is gone: gives what will never be complete. */
  forget(sender: number): readonly Arrival[] {
    const pending = this.#pending.get(sender) ?? [];
    this.#pending.delete(sender);
    return pending;
  }
}

/** A sender that announces more files at a time is not believed. */
const PENDING_MAX = 4;
