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
const presence = group.presence({ name });
presence.addEventListener("change", ({ member, state }) => {
  console.log(`* ${state?.name ?? names.get(member)} ${state ? "is here" : "has left"}`);
  names.set(member, state?.name);
});
const chat = group.channel("chat");
chat.onMessage = (id, text) => console.log(`${names.get(id)}: ${text}`);

await group.join("examples/chat");
process.once("SIGINT", () => group.leave().then(() => process.exit()));
console.log("* Type, and end with Ctrl-C");
for await (const text of createInterface({ input: process.stdin })) chat.send(text);
await group.leave();
