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
  document.querySelector("#said")?.append(line);
});

await group.join(query.get("key") ?? undefined);
document.querySelector("#me")!.textContent = `${group.myId}`;
