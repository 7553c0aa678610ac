// Tests the programs in examples/ that Deno runs. tests/npm tests those of npm and pages.

import { expect } from "expect";
import { Signaling } from "../support/signaling.ts";
import { freePort, Running } from "./running.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

Deno.test("chat.js: two members exchange names and messages, and leave", async () => {
  await using signaling = new Signaling();
  await using ada = new Running(EXAMPLES, "chat.js", ["Ada", signaling.url]);
  await ada.shows("* Type");
  await using bob = new Running(EXAMPLES, "chat.js", ["Bob", signaling.url]);
  await ada.shows("* Bob is here");
  await bob.shows("* Ada is here");
  await bob.type("hello");
  await ada.shows("Bob: hello");
  expect(await bob.endInput()).toBe(0);
  await ada.shows("* Bob has left");
  expect(await ada.endInput()).toBe(0);
});

Deno.test("server-deno.ts: a newcomer receives earlier messages", async () => {
  const port = freePort();
  await using server = new Running(EXAMPLES, "server-deno.ts", [], { PORT: `${port}` });
  await server.shows("Listening");
  const signalingServer = `ws://localhost:${port}/groups/`;
  await using ada = new Running(EXAMPLES, "chat.js", ["Ada", signalingServer]);
  await ada.shows("* Archive is here");
  const groups = await (await fetch(`http://localhost:${port}/`)).json();
  expect(groups).toEqual(["examples/chat"]);
  await ada.type("to be remembered");
  expect(await ada.endInput()).toBe(0);
  await using bob = new Running(EXAMPLES, "chat.js", ["Bob", signalingServer]);
  await bob.shows("Archive: Ada said: to be remembered");
});

Deno.test("examples have fewer than 60 lines, and README.md lists each", async () => {
  const list = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  for await (const { name } of Deno.readDir(EXAMPLES)) {
    if (name === "README.md") continue;
    const lines = (await Deno.readTextFile(new URL(name, EXAMPLES))).split("\n").length;
    expect({ name, isShort: lines < 60 }).toEqual({ name, isShort: true });
    expect(list).toContain(`[${name}](${name})`);
  }
});
