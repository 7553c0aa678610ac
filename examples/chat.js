/**
 * A chat in the terminal: `node chat.js Ada`, and in another one `node chat.js Bob`.
 *
 * It needs a signaling server: `npx sigver`.
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { WebGroup } from "netflux";

const [name = "Somebody", signalingServer = "ws://localhost:8000"] = process.argv.slice(2);
const names = new Map();

const group = new WebGroup({ signalingServer });
group.onMemberJoin = (id) => group.sendTo(id, JSON.stringify({ name }));
group.onMemberLeave = (id) => {
  console.log(`* ${names.get(id) ?? id} has left`);
  names.delete(id);
};
group.onMessage = (id, data) => {
  const { name, text } = JSON.parse(data);
  if (name !== undefined) {
    names.set(id, name);
    console.log(`* ${name} is here`);
  }
  if (text !== undefined) console.log(`${names.get(id)}: ${text}`);
};

await group.join("examples/chat");
console.log("* Type, and end with Ctrl-D");
for await (const text of createInterface({ input: process.stdin })) {
  group.send(JSON.stringify({ text }));
}
await group.leave();
