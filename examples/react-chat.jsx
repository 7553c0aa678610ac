/**
 * A chat in React, with names and "… is typing"; react-chat.html is its page.
 */

import { useChannel, useGroup, usePresence } from "netflux/react";
import React, { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

function Chat({ name }) {
  const group = useGroup("examples/react-chat", { signalingServer: "ws://localhost:8000" });
  const [others, setPresence] = usePresence(group, { name, typing: false });
  const [lines, setLines] = useState([]);
  const show = (speaker, text) => setLines((lines) => [...lines, `${speaker}: ${text}`]);
  const chat = useChannel(group, "chat", {
    onMessage: (id, text) => show(others.get(id)?.name, text),
  });
  const typing = [...others.values()].filter((other) => other.typing).map(({ name }) => name);
  const say = (event) => {
    event.preventDefault();
    const [input] = event.target.elements;
    chat.send(input.value);
    show("me", input.value);
    input.value = "";
    setPresence({ typing: false });
  };
  return (
    <>
      <p>{others.size + 1} are here. {typing.length > 0 && `${typing.join(", ")} is typing …`}</p>
      <ul>{lines.map((line, index) => <li key={index}>{line}</li>)}</ul>
      <form onSubmit={say}>
        <input aria-label="Message" onChange={() => setPresence({ typing: true })} />
      </form>
    </>
  );
}

const name = new URLSearchParams(location.search).get("name") ?? "Somebody";
createRoot(document.querySelector("#root")).render(
  <StrictMode>
    <Chat name={name} />
  </StrictMode>,
);
