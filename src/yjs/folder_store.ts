// Stores documents in a folder: one file for each key, in which a length precedes each update.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import { unusable } from "../base/describe_value.ts";
import type { DocumentStore } from "./document_store.ts";

const LENGTH_BYTES = 4;

/** File names have at most 255 bytes, including `.yjs.new`. */
const NAME_LENGTH_MAX = 247;

/** The characters of a longer name that are kept before its hash. */
const HEAD_LENGTH = 180;

/**
 * Stores documents as files in a folder. If the process ends while it writes a file, the incomplete
 * last update is lost. The next change moves bytes that cannot be read to a file whose name ends in
 * `.bad`.
 *
 * @param path The folder; it is created if it does not exist.
 *
 * @example
 * ```ts
 * import { folderStore, persistence } from "@netflux/netflux/yjs/server";
 * import { GroupServer } from "@netflux/netflux/server";
 *
 * const server = new GroupServer({ onGroup: persistence(folderStore("./documents")) });
 * await server.close();
 * ```
 */
export function folderStore(path: string): DocumentStore {
  if (typeof path !== "string" || path === "") {
    throw unusable(path, "path", "the path of a folder");
  }
  const fileOf = async (key: string) => {
    await mkdir(path, { recursive: true });
    return `${path}/${shortened(nameOf(key))}.yjs`;
  };
  /** Files whose end could not be read, unless another process was just writing it. */
  const torn = new Set<string>();
  /** Removes a torn end, which would make later updates unreadable. */
  const repair = async (file: string) => {
    if (!torn.has(file)) return;
    const content = await readFile(file).catch((error) => {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    });
    const { wholeBytes } = readUpdates(content);
    if (wholeBytes < content.length) {
      await appendFile(`${file}.bad`, content.subarray(wholeBytes));
      await truncate(file, wholeBytes);
    }
    torn.delete(file);
  };
  return {
    async load(key) {
      try {
        const file = await fileOf(key);
        const content = await readFile(file);
        const { updates, wholeBytes } = readUpdates(content);
        if (wholeBytes < content.length) torn.add(file);
        return updates;
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    async append(key, update) {
      const file = await fileOf(key);
      await repair(file);
      const size = await sizeOf(file);
      try {
        await appendFile(file, frameOf(update));
      } catch (error) {
        await truncate(file, size).catch(() => {});
        throw error;
      }
    },
    async replace(key, update) {
      const file = await fileOf(key);
      await repair(file);
      // Renaming replaces the file atomically, also if the machine crashes after the flush.
      await writeFile(`${file}.new`, frameOf(update), { flush: true });
      await rename(`${file}.new`, file);
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "ENOENT";
}

/**
 * Encodes a key, which may contain any character, as the name of a file. It has no capital letters,
 * because some file systems ignore case.
 */
function nameOf(key: string): string {
  return encodeURIComponent(key)
    .replace(/%..|[A-Z.*]/g, (part) => part.length > 1 ? part.toLowerCase() : escaped(part));
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** Shortens a name. The dot separates shortened names from others, which have none. */
function shortened(name: string): string {
  if (name.length <= NAME_LENGTH_MAX) return name;
  const hash = createHash("sha256").update(name).digest("hex");
  return `${name.slice(0, HEAD_LENGTH)}.${hash}`;
}

function frameOf(update: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(LENGTH_BYTES + update.length);
  frame.writeUInt32BE(update.length);
  frame.set(update, LENGTH_BYTES);
  return frame;
}

/** Returns the updates, and the number of bytes up to the end of the last one. */
function readUpdates(content: Buffer): { updates: Uint8Array[]; wholeBytes: number } {
  const updates: Uint8Array[] = [];
  let start = 0;
  while (start + LENGTH_BYTES <= content.length) {
    const length = content.readUInt32BE(start);
    const end = start + LENGTH_BYTES + length;
    // No update is empty: after a crash of the machine, a file can end with zeros.
    if (length === 0 || end > content.length) break;
    updates.push(content.subarray(start + LENGTH_BYTES, end));
    start = end;
  }
  return { updates, wholeBytes: start };
}
