// Documents in files of a folder: one for each key, with the length before each update.

import { Buffer } from "node:buffer";
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { type DocumentStore, nameOf } from "./document_store.ts";

const LENGTH_BYTES = 4;

/**
 * Keeps documents in files of a folder, which is made where it is missing. A file that was cut off
 * while it was written loses the update that was cut.
 *
 * @param path The folder.
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
  const fileOf = async (key: string) => {
    await mkdir(path, { recursive: true });
    return `${path}/${nameOf(key)}.yjs`;
  };
  return {
    async load(key) {
      try {
        return readUpdates(await readFile(await fileOf(key)));
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === "ENOENT") return [];
        throw error;
      }
    },
    async append(key, update) {
      await appendFile(await fileOf(key), frameOf(update));
    },
    async replace(key, update) {
      const file = await fileOf(key);
      // A rename is whole, or does not happen.
      await writeFile(`${file}.new`, frameOf(update));
      await rename(`${file}.new`, file);
    },
  };
}

function frameOf(update: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(LENGTH_BYTES + update.length);
  frame.writeUInt32BE(update.length);
  frame.set(update, LENGTH_BYTES);
  return frame;
}

function readUpdates(content: Buffer): Uint8Array[] {
  const updates: Uint8Array[] = [];
  for (let start = 0; start + LENGTH_BYTES <= content.length;) {
    const end = start + LENGTH_BYTES + content.readUInt32BE(start);
    if (end > content.length) break;
    updates.push(content.subarray(start + LENGTH_BYTES, end));
    start = end;
  }
  return updates;
}
