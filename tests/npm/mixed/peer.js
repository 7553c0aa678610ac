/** A member in Node that greets each member, and prints what it hears, until it is told to end. */

import { WebGroup } from "netflux";

const [, , signalingServer, key] = process.argv;
const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });

group.addEventListener("memberjoin", ({ member }) => group.sendTo(member, "hello"));
group.addEventListener("message", async ({ sender, data }) => {
  const stats = await group.getStats();
  console.log(`${sender} by ${stats.get(sender)?.channel}: ${data}`);
});

await group.join(key);
console.log(`I am ${group.myId}`);
process.once("SIGTERM", () => group.leave());
