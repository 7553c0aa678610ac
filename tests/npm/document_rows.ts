import { blocksOf, filesIn } from "../support/code_blocks.ts";
import { ChatTabs } from "./chat_tabs.ts";
import { type PageProject, SIGNALING_SERVER } from "./page_project.ts";
import { freePort, urlIn } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

export const DOCUMENT_ROWS: readonly Row[] = [
  { name: "readme", check: readme },
  { name: "tutorial", check: tutorial },
];

/** The chat of README.md: its page, its three commands, and a server that stops. */
async function readme(stage: Stage): Promise<void> {
  const port = freePort();
  const page = stage.pageProject("readme", { [SIGNALING_SERVER]: `ws://localhost:${port}` });
  await page.follow(await blocksOf("README.md", "A chat in three commands"));
  await using sigver = page.start("npx sigver --relay needed", { env: { SIGVER_PORT: `${port}` } });
  await using vite = page.start("npx vite");
  const url = await urlIn(vite);
  {
    await using tabs = await ChatTabs.open(stage, url);
    await tabs.talk();
    await sigver.end();
    await tabs.talk();
  }
  await groupServer(stage, page, url);
}

/** The server of README.md: the same page at its address gets replies. */
async function groupServer(stage: Stage, page: PageProject, url: string): Promise<void> {
  const port = freePort();
  const files = filesIn(await blocksOf("README.md", "A group server"));
  for (const [path, text] of files) await page.write(path, text.replaceAll("3000", `${port}`));
  await using server = page.project.start("node", [...files.keys()]);
  await urlIn(server);
  const chat = await page.project.read("index.html");
  await page.write("index.html", chat.replace(/ws:[^"]*/, `ws://localhost:${port}/groups/`));
  await using tabs = await ChatTabs.open(stage, url);
  await tabs.talk();
  await tabs.show("The server has message");
}

async function tutorial(stage: Stage): Promise<void> {
  const port = freePort();
  const page = stage.pageProject("tutorial", {
    [SIGNALING_SERVER]: `ws://localhost:${port}`,
    "port: 8000": `port: ${port}`,
  });
  const step = async (heading: string) =>
    await page.follow(await blocksOf("docs/tutorial.md", heading));
  const startSigver = () =>
    page.start("npx sigver --relay needed", { env: { SIGVER_PORT: `${port}` } });

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

  await using sigver = startSigver();
  await step("3. Names");
  await using tabs = await ChatTabs.open(stage, `${url}#Ada`, "Ada is here");
  await tabs.talk();

  await step("4. A server that remembers");
  await sigver.end();
  await using _server = page.start("node server.js");
  await tabs.show("Archive is here");
  await tabs.say("to be remembered");
  await using later = await ChatTabs.open(stage, url, "Ada: to be remembered");
  await later.talk();

  await step("5. A test");
  await page.run("node --test");
}
