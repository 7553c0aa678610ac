// A page of React that greets each member once by a shared document of Yjs and a channel, and shows
// what it hears, and by which channel.
import { useChannel, useGroup, useGroupState, useMembers } from "netflux/react";
import { WebGroupProvider } from "netflux/yjs";
import { createElement, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Doc } from "yjs";

const query = new URLSearchParams(location.search);
const options = {
  signalingServer: query.get("signaling"),
  rtcConfiguration: { iceServers: [] },
};

function Room() {
  const group = useGroup(query.get("key"), options);
  const isJoined = useGroupState(group) === 1;
  const members = useMembers(group);
  const [said, setSaid] = useState([]);
  const [shared, setShared] = useState("");
  const chat = useChannel(group, "chat", {
    onMessage: async (sender, text) => {
      const channel = (await group.getStats()).get(sender)?.channel;
      setSaid((said) => [...said, `${sender} by ${channel}: ${text}`]);
    },
  });
  useEffect(() => {
    const timer = setInterval(() => chat?.send("hello"), 500);
    return () => clearInterval(timer);
  }, [chat]);
  useEffect(() => {
    const doc = new Doc();
    const provider = new WebGroupProvider(group, doc);
    doc.on("update", () => setShared([...doc.getMap("here").keys()].sort().join()));
    provider.whenSynced.then(() => doc.getMap("here").set(`${group.myId}`, true));
    return () => void provider.destroy();
  }, [group]);
  return [
    createElement("output", { key: "me", id: "me" }, isJoined ? `${group.myId}` : ""),
    createElement("ol", { key: "said", id: "said" }, said.join(" | ")),
    createElement("p", { key: "shared", id: "shared" }, `${members.length}: ${shared}`),
  ];
}

createRoot(document.querySelector("#root")).render(
  createElement(StrictMode, null, createElement(Room)),
);
