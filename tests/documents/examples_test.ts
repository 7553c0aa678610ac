// Tests the programs in examples/ that Deno runs. tests/npm tests those of npm and pages.

import { expect } from "expect";
import { WebGroup } from "../../bot.ts";
import { RTC } from "../support/deno_peer.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";
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

Deno.test("file-keeper.js keeps files that are sent at the same time apart", async () => {
  await using signaling = new Signaling();
  await using keeper = new Running(EXAMPLES, "file-keeper.js", [signaling.url]);
  await keeper.shows("Keeps files");
  const options = { signalingServer: signaling.url, ...RTC };
  await using sender = new WebGroup(options);
  await sender.join("examples/file-drop");
  const [id] = sender.members.filter((id) => id !== sender.myId);
  const names = ["first", "second"];
  const writers = names.map((name) => sender.openStream(id!, { name }).getWriter());
  for (const [index, writer] of writers.entries()) {
    await writer.write(new TextEncoder().encode(`of ${names[index]}`));
  }
  for (const writer of writers) await writer.close();
  for (const name of names) await keeper.shows(`${name} is in`);

  await using newcomer = new WebGroup(options);
  const given: string[] = [];
  newcomer.addEventListener("stream", async ({ name, readable }) => {
    given.push(`${name}: ${await new Response(readable).text()}`);
  });
  await newcomer.join("examples/file-drop");
  await until("the files come", () => given.length === 2, () => given);
  expect(given.toSorted()).toEqual(["first: of first", "second: of second"]);
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
