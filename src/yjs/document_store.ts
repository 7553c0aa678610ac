// The interface of document stores: a list of updates for each key, regularly compacted.

/**
 * Stores Yjs documents by key: that of the group, followed by the name of the document if it has
 * one.
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
  /** Returns all updates of a document, in any order; an empty list for a new document. */
  load(key: string): Promise<readonly Uint8Array[]>;
  /** Adds an update to a document. */
  append(key: string, update: Uint8Array): Promise<void>;
  /** Replaces all updates of a document by one that contains their changes. */
  replace(key: string, update: Uint8Array): Promise<void>;
}
