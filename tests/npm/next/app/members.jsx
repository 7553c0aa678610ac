"use client";

/** A page that greets each member, and shows what it hears, and by which channel. */

import { useEffect, useState } from "react";
import { WebGroup, WebGroupState } from "netflux";

export default function Members() {
  // Made while the page is rendered on the server, too.
  const [idle] = useState(() => new WebGroup({ signalingServer: "/signaling/" }));
  const [me, setMe] = useState("");
  const [said, setSaid] = useState([]);

  useEffect(() => {
    const query = new URLSearchParams(location.search);
    const group = new WebGroup({
      signalingServer: query.get("signaling"),
      rtcConfiguration: { iceServers: [] },
    });
    group.addEventListener("memberjoin", ({ member }) => group.sendTo(member, "hello"));
    group.addEventListener("message", async ({ sender, data }) => {
      const stats = await group.getStats();
      setSaid((lines) => [...lines, `${sender} by ${stats.get(sender)?.channel}: ${data}`]);
    });
    group.join(query.get("key")).then(() => setMe(`${group.myId}`), () => {});
    return () => void group.leave();
  }, []);

  return (
    <>
      <output id="state">{WebGroupState[idle.state]}</output>
      <output id="server">{idle.signalingServer}</output>
      <output id="me">{me}</output>
      <ol id="said">{said.map((line) => <li key={line}>{line}</li>)}</ol>
    </>
  );
}
