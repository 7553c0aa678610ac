// A member in Deno, from the sources. It greets members, and prints messages, until it is stopped.

// deno-lint-ignore-file no-console -- a program that talks to whoever runs it
import { WebGroup } from "../../bot.ts";

const [signalingServer = "", key = ""] = Deno.args;
const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });

group.addEventListener("memberjoin", ({ member }) => group.sendTo(member, "hello"));
group.addEventListener("message", async ({ sender, data }) => {
  const stats = await group.getStats();
  console.log(`${sender} by ${stats.get(sender)?.channel}: ${data}`);
});
Deno.addSignalListener("SIGTERM", async () => {
  await group.leave();
  Deno.exit();
});

await group.join(key);
console.log(`I am ${group.myId}`);
