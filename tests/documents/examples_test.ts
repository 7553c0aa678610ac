/**
 * The programs of examples/ that Deno runs. Those of npm and the pages are rows in tests/npm.
 *
 * @module
 */

import { expect } from "expect";
import { Signaling } from "../support/signaling.ts";
import { freePort, Running } from "./running.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

Deno.test("chat.js: two members learn their names, talk, and leave", async () => {
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

Deno.test("bot-deno.ts: a newcomer gets what was said before it came", async () => {
  const port = freePort();
  await using bot = new Running(EXAMPLES, "bot-deno.ts", [], { PORT: `${port}` });
  await bot.shows(`The archive is at ws://localhost:${port}/bot/`);
  const signalingServer = `ws://localhost:${port}/signaling/`;
  await using ada = new Running(EXAMPLES, "chat.js", ["Ada", signalingServer]);
  await ada.shows("* Archive is here");
  await ada.type("to be remembered");
  expect(await ada.endInput()).toBe(0);
  await using bob = new Running(EXAMPLES, "chat.js", ["Bob", signalingServer]);
  await bob.shows("Archive: Ada said: to be remembered");
  const groups = await (await fetch(`http://localhost:${port}/`)).json();
  expect(groups.map(({ key }: { readonly key: string }) => key)).toEqual(["examples/chat"]);
});

Deno.test("examples have less than 60 lines, and README.md lists each", async () => {
  const list = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  for await (const { name } of Deno.readDir(EXAMPLES)) {
    if (name === "README.md") continue;
    const lines = (await Deno.readTextFile(new URL(name, EXAMPLES))).split("\n").length;
    expect({ name, isShort: lines < 60 }).toEqual({ name, isShort: true });
    expect(list).toContain(`[${name}](${name})`);
  }
});
