/**
 * Files outside a page: hashed as they come, and not kept.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { FileStore, FileWriter, Source } from "./files.ts";

/** Hashes files, and forgets them. */
export const HASHES: FileStore = {
  keep: () => makeKeeper(),
  async hash(file) {
    const keeper = makeKeeper();
    for await (const bytes of file.stream()) keeper.add(bytes);
    return (await keeper.finish()).sha256;
  },
};

function makeKeeper(): FileWriter {
  const hash = createHash("sha256");
  return {
    add: (bytes) => void hash.update(bytes),
    finish: () => Promise.resolve({ sha256: hash.digest("hex") }),
  };
}

/**
 * A file of this machine, read as it is sent.
 *
 * @throws {Error} It is not there, or no file.
 */
export async function openFile(path: string): Promise<Source> {
  const info = await stat(path);
  if (!info.isFile()) throw new Error(`Cannot send ${path}: it is no file`);
  return {
    name: basename(path),
    size: info.size,
    type: "",
    // Node's types of web streams are their own.
    stream: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>,
  };
}
