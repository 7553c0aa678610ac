/**
 * Yjs documents stored by a server: {@linkcode persistence} with a folder, SQLite, or your own
 * store.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 * import { folderStore, persistence } from "@netflux/netflux/yjs/server";
 *
 * const server = new GroupServer({ onGroup: persistence(folderStore("./documents")) });
 * await server.close();
 * ```
 *
 * @module
 */

export type { DocumentStore } from "./document_store.ts";
export { folderStore } from "./folder_store.ts";
export { type DocumentPersistence, persistence, type PersistenceOptions } from "./persistence.ts";
export { sqliteStore } from "./sqlite_store.ts";
