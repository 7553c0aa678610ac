/**
 * Takes the picture of the demo for README.md: two members of one group, side by side.
 *
 * ```sh
 * deno run -A scripts/picture.ts   # writes docs/images/demo.png
 * ```
 *
 * @module
 */

import { chromium, type Page } from "playwright-core";
import { serveDemo } from "../demo/server.ts";
import { CHROMIUM_ARGS } from "../tests/support/browsers.ts";
import { ensureBrowsers, findBrowser } from "./browsers.ts";
import { buildBrowser, pathOf } from "./build_browser.ts";

const PICTURE = new URL("../docs/images/demo.png", import.meta.url);
/** Of one tab. */
const VIEWPORT = { width: 740, height: 780 };
const GAP_PX = 8;
const KEY = "our-first-group";

if (import.meta.main) await takePicture();

async function takePicture(): Promise<void> {
  await ensureBrowsers();
  const script = await buildBrowser({ entry: new URL("../demo/page.tsx", import.meta.url) });
  await using demo = serveDemo({ port: 0, script });
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error("Cannot take a picture: there is no Chromium");
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGS] });
  try {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme: "light" });
    const tabs = [await context.newPage(), await context.newPage()] as const;
    for (const tab of tabs) await tab.goto(`http://127.0.0.1:${demo.port}/#${KEY}`);
    await stage(tabs);
    await shootBoth(await browser.newPage(), tabs);
  } finally {
    await browser.close();
  }
}

/** The tabs side by side, drawn by a page. */
async function shootBoth(page: Page, tabs: readonly Page[]): Promise<void> {
  const { width, height } = VIEWPORT;
  await page.setViewportSize({ width: tabs.length * (width + GAP_PX) - GAP_PX, height });
  const shots = await Promise.all(tabs.map((tab) => tab.screenshot()));
  const images = shots.map((shot) => `<img src="data:image/png;base64,${shot.toBase64()}">`);
  await page.setContent(
    `<body style="display: flex; gap: ${GAP_PX}px; margin: 0">${images.join("")}`,
  );
  await page.screenshot({ path: pathOf(PICTURE) });
}

/** Both are there, talk, and one has sent a file. */
async function stage([left, right]: readonly [Page, Page]): Promise<void> {
  for (const tab of [left, right]) await tab.waitForSelector("[data-member] >> nth=1");
  await say(left, "Is the new sketch ready?");
  await right.waitForSelector(".chat");
  await say(right, "Here it comes.");
  await right.selectOption("select", "5");
  await right.click("form.file button");
  for (const tab of [left, right]) await tab.waitForSelector('.card[data-progress="equal"]');
  await say(left, "Got it. 5 MB, the same hash.");
  await right.waitForSelector(".chat >> nth=2");
  for (const tab of [left, right]) await tab.waitForSelector(".stats >> nth=1");
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.fill(".say input", text);
  await tab.click(".say button[type=submit]");
}
