// A page that names no server but its own, greets each member, and shows what it hears, and how each
// member is reached.
import { WebGroup } from "netflux";

const group = new WebGroup({
  signalingServer: "/groups/",
  rtcConfiguration: { iceServers: [] },
});
group.onMemberJoin = (id) => group.sendTo(id, "hello");
group.onMessage = (id, data) => {
  const line = document.createElement("li");
  line.textContent = `${id}: ${data}`;
  document.querySelector("#said").append(line);
};
await group.join("a room");
document.querySelector("#me").textContent = `${group.myId}`;
setInterval(async () => {
  const stats = [...(await group.getStats()).values()];
  const channels = stats.map(({ id, channel }) => `${id} by ${channel}`);
  document.querySelector("#channels").textContent = channels.join(", ");
}, 200);
