/**
 * A member of file-drop.html's group that keeps each file: `node file-keeper.js`.
 *
 * Newcomers get the files that were dropped before they came.
 */

import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { WebGroup } from "netflux";

const [signalingServer = "ws://localhost:8000"] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "files-"));
const kept = [];
let count = 0;

const group = new WebGroup({ signalingServer });
group.addEventListener("stream", async ({ name, size, mediaType, readable }) => {
  const path = join(folder, `${++count}`);
  const file = { path, name, size, type: mediaType };
  try {
    await readable.pipeTo(Writable.toWeb(createWriteStream(path)));
    kept.push(file);
    console.log(`${name} is in ${path}`);
  } catch (error) {
    console.log(`${name} did not arrive: ${error.message}`);
  }
});
group.onMemberJoin = async (id) => {
  for (const { path, ...info } of kept) {
    const bytes = Readable.toWeb(createReadStream(path));
    await bytes.pipeTo(group.openStream(id, info)).catch(({ message }) => console.log(message));
  }
};

await group.join("examples/file-drop");
console.log(`Keeps files in ${folder}`);
