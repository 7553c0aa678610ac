/**
 * A server that keeps the documents of Yjs: `node server-documents.js`. pad.html edits one.
 *
 * It is a member of each group, so the first page of a group has the text with no other page open.
 */

import { createServer } from "node:http";
import process from "node:process";
import { GroupServer } from "netflux/server";
import { folderStore, persistence } from "netflux/yjs/server";

const port = process.env.PORT ?? 3001;
const documents = persistence(folderStore("./documents"));
const groups = new GroupServer({ onGroup: documents });
const server = createServer((_request, response) => response.end("The pages come from Vite\n"));
groups.attach(server, { path: "/groups/" });
server.listen(port, () => console.log(`http://localhost:${port}`));

// Ctrl-C, and the end that a host asks for.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    await groups.close();
    await documents.stored();
    process.exit();
  });
}
