import { type DataType, WebGroup, WebGroupState } from "netflux";

const signalingServer = process.argv[2] ?? "";
const key = `typed ${Math.random()}`;
const peers = [1, 2].map(() =>
  new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } })
);
const heard = peers.map((peer) =>
  new Promise<DataType>((resolve) => {
    peer.addEventListener("message", ({ data }) => resolve(data), { once: true });
    peer.addEventListener("memberjoin", ({ member }) => peer.sendTo(member, "hello"));
  })
);

for (const peer of peers) await peer.join(key);
console.log(await Promise.all(heard), peers.map(({ state }) => WebGroupState[state]));
await Promise.all(peers.map((peer) => peer.leave()));
