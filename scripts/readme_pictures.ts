// deno run -A scripts/readme_pictures.ts              # writes those of README.md to docs/images
// deno run -A scripts/readme_pictures.ts dark FOLDER  # dark ones, to another folder

import { type Browser, chromium, type Page } from "playwright-core";
import { serveDemo } from "../demo/server.ts";
import { CHROMIUM_ARGS } from "../tests/support/browsers.ts";
import { ensureBrowsers, findBrowser } from "./browsers.ts";
import { buildBrowser, pathOf } from "./build_browser.ts";

const IMAGES = new URL("../docs/images", import.meta.url);
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const KEY = "our-first-group";

const TEXT = `Saturday at the lake

We meet at nine at the station, and take the train at 9:12. Bring something to swim in, a towel \
and good shoes: the way around the lake takes two hours, with a stop at the old mill.

Who brings what

Ada: bread, cheese, tomatoes
Bob: the big blanket, a ball`;

type Scheme = "light" | "dark";

if (import.meta.main) {
  const [scheme = "light", folder = pathOf(IMAGES)] = Deno.args;
  if (scheme !== "light" && scheme !== "dark") {
    throw new TypeError(`Cannot take pictures: light or dark expected, ${scheme} came`);
  }
  await takePictures(scheme, folder);
}

async function takePictures(scheme: Scheme, folder: string): Promise<void> {
  await ensureBrowsers();
  const script = await buildBrowser({ entry: new URL("../demo/page.tsx", import.meta.url) });
  await using demo = serveDemo({ port: 0, script });
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error("Cannot take a picture: there is no Chromium");
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGS] });
  try {
    const link = `http://127.0.0.1:${demo.port}/#${KEY}`;
    const ada = await open(browser, link, "Ada", scheme, WIDE);
    const bob = await open(browser, link, "Bob", scheme, PHONE);
    await waitForDirectChannels([ada, bob]);
    await talk(ada, bob);
    await writeAndSelect(ada, bob);
    await ada.screenshot({ path: `${folder}/demo.png` });
    await bob.screenshot({ path: `${folder}/demo-phone.png` });
    if (Deno.args.length < 2) return;
    for (const [panel, name] of [[2, "chat"], [3, "people"]] as const) {
      await bob.click(`nav button:nth-child(${panel})`);
      await bob.screenshot({ path: `${folder}/demo-phone-${name}.png` });
    }
  } finally {
    await browser.close();
  }
}

async function open(
  browser: Browser,
  link: string,
  name: string,
  colorScheme: Scheme,
  viewport: typeof WIDE,
): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme });
  const tab = await context.newPage();
  await tab.goto(link);
  await tab.fill(".me input", name);
  await tab.press(".me input", "Enter");
  return tab;
}

async function waitForDirectChannels(tabs: readonly Page[]): Promise<void> {
  for (const tab of tabs) {
    await tab.waitForFunction(() => {
      const rows = [...document.querySelectorAll<HTMLElement>("[data-member]")];
      const channels = rows.map(({ dataset }) => dataset["channel"]);
      return channels.toSorted().join() === "rtc,ws";
    });
    await tab.waitForSelector('.pad[data-synced="true"]');
  }
}

async function talk(ada: Page, bob: Page): Promise<void> {
  await bob.click("nav button:nth-child(2)");
  await say(bob, "Nine is fine for me. Here is the map.");
  await sendFile(bob, 5);
  await ada.waitForSelector('.card[data-progress="equal"]');
  await say(ada, "Got it, thank you! The photos of last year:");
  await sendFile(ada, 60);
  await ada.waitForFunction(() =>
    [...document.querySelectorAll('.card[data-progress="moving"]')].some(({ textContent }) =>
      /MB\/s/.test(textContent ?? "")
    )
  );
}

async function writeAndSelect(ada: Page, bob: Page): Promise<void> {
  await ada.click(".cm-content");
  await ada.keyboard.insertText(TEXT);
  await bob.click("nav button:nth-child(1)");
  await bob.waitForFunction(() =>
    document.querySelector(".cm-content")?.textContent?.includes("a ball")
  );
  await bob.focus(".cm-content");
  await bob.keyboard.press("Control+End");
  await bob.keyboard.type(", frisbee");
  for (let count = 0; count < "frisbee".length; count++) {
    await bob.keyboard.press("Shift+ArrowLeft");
  }
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("End");
  await bob.waitForSelector(".pad-caret");
  await ada.waitForSelector(".pad-selection");
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.fill(".say input", text);
  await tab.click(".say button[type=submit]");
}

async function sendFile(tab: Page, megabytes: number): Promise<void> {
  await tab.selectOption(".random-file select", `${megabytes}`);
  await tab.click(".random-file button");
}
