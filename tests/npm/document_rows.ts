/**
 * README.md and the tutorial, followed as their readers do.
 *
 * @module
 */

import { blocksOf } from "../support/code_blocks.ts";
import { until } from "../support/until.ts";
import { ChatTabs } from "./chat_tabs.ts";
import { SIGNALING_SERVER } from "./page_project.ts";
import { freePort, type Program, urlIn } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

/** One row each. */
export const DOCUMENT_ROWS: readonly Row[] = [
  { name: "readme", check: readme },
  { name: "tutorial", check: tutorial },
];

/** The chat of README.md: its page, its three commands, and a server that goes away. */
async function readme(stage: Stage): Promise<void> {
  const port = freePort();
  const page = stage.pageProject("readme", { [SIGNALING_SERVER]: `ws://localhost:${port}` });
  await page.follow(await blocksOf("README.md", "A chat in three commands"));
  await using sigver = page.start("npx sigver", { env: { SIGVER_PORT: `${port}` } });
  await using vite = page.start("npx vite");
  await using tabs = await ChatTabs.open(stage, await urlIn(vite));
  await tabs.talk();
  await sigver.end();
  await tabs.talk();
}

/** All steps of docs/tutorial.md, one after the other. */
async function tutorial(stage: Stage): Promise<void> {
  const [port, botPort] = [freePort(), freePort()];
  const page = stage.pageProject("tutorial", {
    [SIGNALING_SERVER]: `ws://localhost:${port}`,
    "9000": `${botPort}`,
  });
  const step = async (heading: string) =>
    await page.follow(await blocksOf("docs/tutorial.md", heading));
  const startSigver = () => page.start("npx sigver", { env: { SIGVER_PORT: `${port}` } });

  await step("1. The folder");
  await step("2. Two tabs that talk");
  await using vite = page.start("npx vite");
  const url = await urlIn(vite);
  {
    await using sigver = startSigver();
    await using tabs = await ChatTabs.open(stage, url);
    await tabs.talk();
    await sigver.end();
    await tabs.talk();
  }

  await using _sigver = startSigver();
  await step("3. Names");
  await using tabs = await ChatTabs.open(stage, `${url}#Ada`, "Ada is here");
  await tabs.talk();

  await step("4. A server that remembers");
  await using bot: Program = page.start("node bot.js");
  await tabs.show("Archive is here");
  await tabs.say("to be remembered");
  await using later = await ChatTabs.open(stage, url, "Ada: to be remembered");
  await later.talk();
  const place = `The archive is at ws://127.0.0.1:${botPort}`;
  await until("the bot says where it is", () => bot.printed.includes(place), () => bot.printed);

  await step("5. A test");
  await page.run("node --test");
}
