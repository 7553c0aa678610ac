// Stores documents in an SQLite database: one row for each update.

import type { DatabaseSync } from "node:sqlite";
import { unusable } from "../base/describe_value.ts";
import type { DocumentStore } from "./document_store.ts";

/** How long a write waits for another process that writes to the same file. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Stores documents in an SQLite database, with `node:sqlite` (Deno, and Node 22.5 or later).
 *
 * @param path The file, created if it does not exist; `:memory:` for a database in memory.
 * @returns The store; its `close()` closes the database. Rejects if `node:sqlite` is missing or the
 * file cannot be opened.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 * import { persistence, sqliteStore } from "@netflux/netflux/yjs/server";
 *
 * const store = await sqliteStore(":memory:");
 * const server = new GroupServer({ onGroup: persistence(store) });
 * await server.close();
 * store.close();
 * ```
 */
export async function sqliteStore(
  path: string,
): Promise<DocumentStore & { close(): void }> {
  // SQLite deletes a database without a name when it is closed.
  if (typeof path !== "string" || path === "") throw unusable(path, "path", "the path of a file");
  const { DatabaseSync } = await import("node:sqlite");
  return storeOf(new DatabaseSync(path));
}

function storeOf(database: DatabaseSync): DocumentStore & { close(): void } {
  database.exec(`
    PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS updates (key TEXT NOT NULL, content BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS updates_by_key ON updates (key);
  `);
  const select = database.prepare("SELECT content FROM updates WHERE key = ? ORDER BY rowid");
  const insert = database.prepare("INSERT INTO updates (key, content) VALUES (?, ?)");
  const clear = database.prepare("DELETE FROM updates WHERE key = ?");
  return {
    load: (key) => settle(() => select.all(key).map(({ content }) => content as Uint8Array)),
    append: (key, update) => settle(() => void insert.run(key, update)),
    replace: (key, update) =>
      settle(() => {
        database.exec("BEGIN IMMEDIATE");
        try {
          clear.run(key);
          insert.run(key, update);
          database.exec("COMMIT");
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      }),
    close: () => database.close(),
  };
}

/** The result of a synchronous call, as a promise. */
function settle<Value>(act: () => Value): Promise<Value> {
  return new Promise((resolve) => resolve(act()));
}
