// A worker that holds the write lock of an SQLite database for a moment.

import { DatabaseSync } from "node:sqlite";

const HOLD_MS = 200;

self.onmessage = ({ data: file }: MessageEvent<string>) => {
  const database = new DatabaseSync(file);
  database.exec("BEGIN IMMEDIATE");
  self.postMessage("held");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HOLD_MS);
  database.exec("COMMIT");
  database.close();
};
