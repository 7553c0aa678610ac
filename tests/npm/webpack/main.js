/** A page that greets each member, and shows what it hears, and by which channel. */

import { WebGroup } from "netflux";

const query = new URLSearchParams(location.search);
const group = new WebGroup({
  signalingServer: query.get("signaling") ?? "",
  rtcConfiguration: { iceServers: [] },
});

group.addEventListener("memberjoin", ({ member }) => group.sendTo(member, "hello"));
group.addEventListener("message", async ({ sender, data }) => {
  const stats = await group.getStats();
  const line = document.createElement("li");
  line.textContent = `${sender} by ${stats.get(sender)?.channel}: ${data}`;
  document.querySelector("#said").append(line);
});
group.join(query.get("key")).then(() => {
  document.querySelector("#me").textContent = `${group.myId}`;
});
