/**
 * Where the server keeps the texts of pads: in memory, or in a folder.
 *
 * @module
 */

import { type DocumentStore, folderStore } from "../src/yjs/server.ts";

/** A store in a folder; without one, the texts are there as long as the program runs. */
export function padStore(folder: string | undefined): DocumentStore {
  return folder === undefined ? memoryStore() : folderStore(folder);
}

function memoryStore(): DocumentStore {
  const updates = new Map<string, readonly Uint8Array[]>();
  return {
    load: (key) => Promise.resolve(updates.get(key) ?? []),
    append: async (key, update) => {
      updates.set(key, [...updates.get(key) ?? [], update]);
      await Promise.resolve();
    },
    replace: async (key, update) => {
      updates.set(key, [update]);
      await Promise.resolve();
    },
  };
}
