/**
 * The demo in real browsers: tabs see each other and the bot, talk, and send files.
 *
 * @module
 */

import { expect } from "expect";
import { findBrowser } from "../../scripts/browsers.ts";
import { launchChromium, launchFirefox, type Page } from "../support/browsers.ts";

/** Only a failing test takes so much time: every wait ends when its condition holds. */
const DEADLINE_MS = 60_000;

const hasChromium = findBrowser("chromium") !== undefined;
const hasFirefox = findBrowser("firefox") !== undefined;

Deno.test({
  name: "demo: three tabs of Chromium and one of Firefox meet, talk, send files and part",
  ignore: !hasChromium,
  // Leaks of the browser driver are not checked.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using demo = await startDemo();
    await using chromium = await launchChromium();
    const tabs = [
      await chromium.open(demo.link),
      await chromium.open(demo.link),
      await chromium.open(demo.link),
    ] as const;
    const [left, middle, right] = tabs;

    await test.step("each sees the two others and the bot, over rtc and ws", async () => {
      for (const tab of tabs) {
        await until(tab, membersAre, [["page", "rtc"], ["page", "rtc"], ["bot", "ws"]]);
        expect(await tab.evaluate(statesOf)).toEqual(["joined", "checked"]);
      }
    });

    await test.step("what is said to all arrives at all", async () => {
      await left.evaluate(say, "hello, all");
      for (const tab of tabs) await until(tab, hasText, "hello, all", "");
    });

    await test.step("what is said to one arrives there alone", async () => {
      await middle.evaluate(choose, await left.evaluate(idOf));
      await middle.evaluate(say, "only you");
      await until(left, hasText, "only you", "only to you");
      // Messages of one sender arrive in order: when the next is here, the first will not come.
      await middle.evaluate(chooseAll);
      await middle.evaluate(say, "afterwards");
      await until(right, hasText, "afterwards", "");
      expect(await right.evaluate(hasText, "only you", "")).toBe(false);
    });

    await test.step("the bot answers", async () => {
      await right.evaluate(choose, await right.evaluate(botOf));
      await right.evaluate(say, "are you there?");
      await until(right, hasText, "You said: are you there?", "only to you");
    });

    await test.step("5 MB arrive at all with the right hash", async () => {
      await left.evaluate(sendFile, "5");
      await until(left, fileIs, "equal", "3 of 3 have it");
      for (const tab of [middle, right]) await until(tab, fileIs, "equal", "the same SHA-256");
      const hashes = await Promise.all(tabs.map((tab) => tab.evaluate(hashOf)));
      expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(hashes).size).toBe(1);
    });

    await test.step("a file is cancelled from either end; talk goes on; all see how", async () => {
      await cancelFromBothEnds(left, middle);
      expect(await right.evaluate(hasText, "is it large?", "")).toBe(true);
      for (const tab of tabs) await until(tab, hasStats);
    });

    await test.step({
      name: "a tab of Firefox joins, and gets what is said",
      ignore: !hasFirefox,
      fn: () => joinFromFirefox(demo.link, tabs),
    });

    await test.step("who closes a tab is seen to leave", async () => {
      await right.close();
      for (const tab of [left, middle]) {
        await until(tab, membersAre, [["page", "rtc"], ["bot", "ws"]]);
      }
    });

    for (const tab of tabs) expect(tab.logs).toEqual([]);
  },
});

async function cancelFromBothEnds(left: Page, middle: Page): Promise<void> {
  await left.evaluate(choose, await middle.evaluate(idOf));
  for (const [one, other] of [[left, middle], [middle, left]] as const) {
    await left.evaluate(sendFile, "200");
    for (const tab of [left, middle]) await until(tab, fileIs, "moving", "%");
    await middle.evaluate(say, "is it large?");
    await until(left, hasText, "is it large?", "");
    await one.evaluate(cancel);
    await until(one, fileIs, "stopped", "cancelled by you");
    await until(other, fileIs, "stopped", "cancelled at the other end");
  }
  await left.evaluate(chooseAll);
}

async function joinFromFirefox(link: string, tabs: readonly [Page, ...Page[]]): Promise<void> {
  await using firefox = await launchFirefox();
  const tab = await firefox.open(link);
  const others = [["page", "rtc"], ["page", "rtc"], ["page", "rtc"], ["bot", "ws"]];
  for (const one of [tab, ...tabs]) await until(one, membersAre, others);
  await tab.evaluate(say, "hello from afar");
  for (const one of tabs) await until(one, hasText, "hello from afar", "");
  await tabs[0].evaluate(say, "hello, Firefox");
  await until(tab, hasText, "hello, Firefox", "");
  await tab.close();
}

interface RunningDemo extends AsyncDisposable {
  readonly link: string;
}

async function startDemo(): Promise<RunningDemo> {
  const script = new URL("../../scripts/demo.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, "--port", "0"],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Ctrl-C")) {
    const { done, value } = await out.read();
    if (done) throw new Error(`Cannot start the demo: it ended after ${JSON.stringify(text)}`);
    text += value;
  }
  const [link = ""] = /http:\S+/.exec(text) ?? [];
  return {
    link,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      expect((await child.status).code).toBe(0);
      await out.cancel();
    },
  };
}

/** Waits until a condition holds in a page; a failure prints the page. */
async function until<Args extends readonly unknown[]>(
  page: Page,
  condition: (...args: Args) => boolean,
  ...args: Args
): Promise<void> {
  const list = JSON.stringify(args).slice(1, -1);
  const shown = await page.evaluate<string>(`(async () => {
    const end = performance.now() + ${DEADLINE_MS};
    while (!(${condition})(${list})) {
      if (performance.now() > end) return document.body.innerText;
      await new Promise((next) => setTimeout(next, 20));
    }
    return "";
  })()`);
  if (shown !== "") throw new Error(`Never ${condition.name}(${list}):\n${shown}`);
}

// Runs in the page, so it uses no variable outside.

/** Whether the others are of these roles and reached by these channels. */
function membersAre(expected: readonly (readonly string[])[]): boolean {
  const rows = [...document.querySelectorAll("[data-member]")];
  const found = rows.map((row) => {
    const [role] = row.querySelector("small")?.textContent?.split(" ") ?? [];
    return `${role} ${row.querySelector(".channel")?.textContent}`;
  });
  const wanted = expected.map((pair) => pair.join(" "));
  return JSON.stringify(found.sort()) === JSON.stringify(wanted.sort());
}

function statesOf(): readonly string[] {
  return [...document.querySelectorAll(".state dd")].map((state) => state.textContent ?? "");
}

function idOf(): number {
  return Number(document.querySelector(".me small")?.textContent?.split(" ").at(-1));
}

function botOf(): number {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-member]")];
  const bot = rows.find((row) => row.querySelector("[data-role=bot]"));
  return Number(bot?.dataset["member"]);
}

function choose(member: number): Promise<void> {
  document.querySelector<HTMLElement>(`input[value="${member}"]`)!.click();
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

function chooseAll(): Promise<void> {
  document.querySelector<HTMLElement>("fieldset input")!.click();
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}

async function say(text: string): Promise<void> {
  const input = document.querySelector<HTMLInputElement>(".say input")!;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  const button = document.querySelector<HTMLButtonElement>(".say button[type=submit]")!;
  while (button.disabled) await new Promise((next) => setTimeout(next, 5));
  button.click();
}

function hasText(text: string, audience: string): boolean {
  return [...document.querySelectorAll(".chat")].some((chat) =>
    chat.querySelector(".text")?.textContent === text &&
    (chat.querySelector(".private")?.textContent ?? "").includes(audience)
  );
}

async function sendFile(megabytes: string): Promise<void> {
  const select = document.querySelector("select")!;
  select.value = `${megabytes}`;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await new Promise((done) => setTimeout(done));
  document.querySelector<HTMLButtonElement>("form.file button")!.click();
}

/** Whether the last file is in a state. */
function fileIs(progress: string, verdict: string): boolean {
  const card = [...document.querySelectorAll<HTMLElement>(".card")].at(-1);
  return card?.dataset["progress"] === progress &&
    (card.querySelector(".verdict")?.textContent ?? "").includes(verdict);
}

function cancel(): void {
  [...document.querySelectorAll<HTMLElement>(".card button")].at(-1)!.click();
}

function hashOf(): string {
  return document.querySelector<HTMLElement>(".card")?.dataset["sha256"] ?? "";
}

/** Whether path, round trip and bytes of each member are shown. */
function hasStats(): boolean {
  const shown = [...document.querySelectorAll<HTMLElement>(".stats")].map((one) => one.innerText);
  const isDirect = /direct · ((host|prflx) ↔ (host|prflx) · udp|WebSocket)/;
  return shown.length === 3 &&
    shown.every((text) => isDirect.test(text) && /\d [kM]?B/.test(text)) &&
    // Retransmitted chunks give no RTT sample (RFC 6298), and there are few messages in here.
    shown.some((text) => /\d ms/.test(text));
}
