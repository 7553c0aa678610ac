// Where documents are kept: a list of updates for each key, which is compacted from time to time.

/**
 * Keeps documents of Yjs, by key.
 *
 * @example
 * ```ts
 * import { type DocumentStore, persistence } from "@netflux/netflux/yjs/server";
 *
 * const updates = new Map<string, Uint8Array[]>();
 * const store: DocumentStore = {
 *   load: (key) => Promise.resolve(updates.get(key) ?? []),
 *   append: async (key, update) => void updates.set(key, [...await store.load(key), update]),
 *   replace: (key, update) => Promise.resolve(void updates.set(key, [update])),
 * };
 * persistence(store);
 * ```
 */
export interface DocumentStore {
  /** Returns all updates of a document, in any order; none where it is a new one. */
  load(key: string): Promise<readonly Uint8Array[]>;
  /** Adds an update. */
  append(key: string, update: Uint8Array): Promise<void>;
  /** Replaces all updates by one that has their changes. */
  replace(key: string, update: Uint8Array): Promise<void>;
}

/** The name of the file, or of the row, of a key: keys may have any characters. */
export function nameOf(key: string): string {
  return encodeURIComponent(key).replaceAll(".", "%2E").replaceAll("*", "%2A");
}
