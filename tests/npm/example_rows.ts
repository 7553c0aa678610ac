import type { Page } from "../support/browsers.ts";
import { blocksOf } from "../support/code_blocks.ts";
import { until } from "../support/until.ts";
import { SIGNALING_SERVER } from "./page_project.ts";
import { freePort, urlIn } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

export const EXAMPLE_ROWS: readonly Row[] = [{ name: "examples", check: examples }];

/** Follows examples/README.md, which has readers copy and start the folder. */
async function examples(stage: Stage): Promise<void> {
  const port = freePort();
  const documents = freePort();
  const page = stage.pageProject("examples", {
    [SIGNALING_SERVER]: `ws://localhost:${port}`,
    "ws://localhost:3001": `ws://localhost:${documents}`,
  });
  await page.follow(await blocksOf("examples/README.md"));
  for await (const { name } of Deno.readDir(EXAMPLES)) {
    await page.write(name, await Deno.readTextFile(new URL(name, EXAMPLES)));
  }
  await using _sigver = page.start("npx sigver", { env: { SIGVER_PORT: `${port}` } });
  await using vite = page.start("npx vite");
  const site = await urlIn(vite);
  await inTwoTabs(stage, `${site}cursors.html`, cursors);
  await inTwoTabs(stage, `${site}react-chat.html?name=Ada`, reactChat);
  {
    await using keeper = page.start("node file-keeper.js");
    await until("the keeper has joined", () => /Keeps files/.test(keeper.printed));
    await inTwoTabs(stage, `${site}file-drop.html`, fileDrop);
    await until("the keeper has the file", () => /small\.txt is in/.test(keeper.printed));
    await inTwoTabs(stage, `${site}file-drop.html`, (first, second) => areGiven([first, second]));
  }
  await using _documents = page.start("node server-documents.js", {
    env: { PORT: `${documents}` },
  });
  await inTwoTabs(stage, `${site}pad.html?name=Ada`, pad);
  await inTwoTabs(stage, `${site}pad.html?name=Bob`, (first, second) => areKept([first, second]));

  const env = { PORT: `${freePort()}` };
  await using server = page.start("node server-express.js", { env });
  const origin = (await urlIn(server)).replace("http:", "ws:");
  const joinChat = () => page.start("node chat.js Ada", { args: [`${origin}/groups/`] });
  await using ada = joinChat();
  await until("the server is a member", () => /Archive is here/.test(ada.printed));
  await ada.type("to be remembered");
  await using later = joinChat();
  const isTold = () => /Archive: Ada said: to be remembered/.test(later.printed);
  await until("a newcomer gets what was said", isTold, () => later.printed);

  await using first = page.start("node observables.js");
  await using second = page.start("node observables.js");
  for (const program of [first, second]) {
    await until("ticks come", () => /\b2 ticks\n/.test(program.printed), () => program.printed);
  }
}

async function inTwoTabs(
  stage: Stage,
  url: string,
  check: (first: Page, second: Page) => Promise<void>,
): Promise<void> {
  const browser = await stage.browser();
  const [first, second] = [await browser.open(url), await browser.open(url)];
  try {
    await check(first, second);
  } finally {
    for (const tab of [first, second]) await tab.close();
  }
}

/** A pointer moves in the other tab, too. */
async function cursors(first: Page, second: Page): Promise<void> {
  const isThere = async () => {
    // Before both have joined, a message has no recipient.
    await first.evaluate(() => {
      dispatchEvent(new PointerEvent("pointermove", { clientX: 40, clientY: 40 }));
    });
    return await second.evaluate(() => document.querySelector(".cursor") !== null);
  };
  await until("the cursor is shown", isThere, () => [first.logs, second.logs]);
  const left = await second.evaluate(() =>
    document.querySelector<HTMLElement>(".cursor")?.style.left
  );
  if (left !== "40px") throw new Error(`The cursor is at ${left}`);
}

async function fileDrop(first: Page, second: Page): Promise<void> {
  const textOf = (tab: Page) => tab.evaluate(() => document.querySelector("#files")!.textContent);
  const isThere = async () => {
    await first.evaluate(() => {
      const input = document.querySelector("input")!;
      const files = new DataTransfer();
      files.items.add(new File(["twelve bytes"], "small.txt"));
      input.files = files.files;
      input.dispatchEvent(new Event("change"));
    });
    return /small\.txt from \d+, 12 bytes/.test(await textOf(second));
  };
  await until("the file is there", isThere, () => [first.logs, second.logs]);
  const isAcknowledged = async () => /small\.txt: \d+ has it/.test(await textOf(first));
  await until("the sender knows", isAcknowledged, () => textOf(first));
}

/** Later pages get the file of the keeper. */
async function areGiven(pages: readonly Page[]): Promise<void> {
  for (const page of pages) {
    const list = () => page.evaluate(() => document.querySelector("#files")!.textContent);
    await until("the kept file comes", async () => /small\.txt from \d+/.test(await list()), list);
  }
}

async function reactChat(first: Page, second: Page): Promise<void> {
  const textOf = (page: Page) => page.evaluate(() => document.body.textContent);
  for (const page of [first, second]) {
    await until(
      "both are here",
      async () => /2 are here/.test(await textOf(page)),
      () => page.logs,
    );
  }
  await first.evaluate(type, "input", "hello");
  const isTyping = async () => /Ada is typing/.test(await textOf(second));
  await until("typing is shown", isTyping, () => textOf(second));
  await first.evaluate(() => document.querySelector("form")!.requestSubmit());
  const isSaid = async () => /Ada: hello/.test(await textOf(second));
  await until("the line is shown", isSaid, () => textOf(second));
}

async function pad(first: Page, second: Page): Promise<void> {
  const textOf = (page: Page) =>
    page.evaluate(() => document.querySelector(".cm-content")?.textContent ?? "");
  for (const page of [first, second]) {
    await until(
      "the editor is there",
      () => page.evaluate(() => document.querySelector(".cm-content") !== null),
      () => page.logs,
    );
  }
  await first.evaluate(type, ".cm-content", "to be kept");
  const isThere = async () => /to be kept/.test(await textOf(second));
  await until("the text is shown", isThere, () => textOf(second));
  await until("the cursor is shown", async () => /Ada/.test(await textOf(second)));
}

async function areKept(pages: readonly Page[]): Promise<void> {
  for (const page of pages) {
    const text = () =>
      page.evaluate(() => document.querySelector(".cm-content")?.textContent ?? "");
    await until("the text is kept", async () => /to be kept/.test(await text()), text);
  }
}

function type(selector: string, text: string): void {
  document.querySelector<HTMLElement>(selector)!.focus();
  document.execCommand("insertText", false, text);
}
