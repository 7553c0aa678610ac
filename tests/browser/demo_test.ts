import axe, { type AxeResults } from "axe-core";
import { expect } from "expect";
import { networkHosts } from "../../demo/addresses.ts";
import { findBrowser } from "../../scripts/browsers.ts";
import { launchChromium, launchFirefox, type Page } from "../support/browsers.ts";
import {
  cancel,
  caretsAre,
  choose,
  dialogIsOpen,
  fileIs,
  focused,
  focusPad,
  giveFile,
  hasFile,
  hashOf,
  hasStats,
  hasText,
  idOf,
  isAnnounced,
  isAway,
  isGone,
  isSecure,
  isSynced,
  membersAre,
  namesAre,
  openDetails,
  padHas,
  padText,
  pictureIs,
  progressIsShown,
  roundTripsAreShown,
  say,
  selectionIs,
  sendFile,
  serverOf,
  showPanel,
  statesOf,
} from "./demo_page.ts";

/** Only a failing test takes so long: every wait ends when its condition holds. */
const DEADLINE_MS = 60_000;

const DRIVEN = { sanitizeOps: false, sanitizeResources: false };

const hasChromium = findBrowser("chromium") !== undefined;
const hasFirefox = findBrowser("firefox") !== undefined;

Deno.test({
  name: "demo: three tabs of Chromium and one of Firefox meet, talk, send files and part",
  ignore: !hasChromium,
  ...DRIVEN,
  async fn(test) {
    await using demo = await startDemo();
    await using chromium = await launchChromium();
    const tabs = [
      await chromium.open(demo.link),
      await chromium.open(demo.link),
      await chromium.open(demo.link),
    ] as const;
    const [left, middle, right] = tabs;

    await test.step("each sees the two others and the server, over rtc and ws", async () => {
      for (const tab of tabs) {
        await until(tab, membersAre, [["page", "rtc"], ["page", "rtc"], ["server", "ws"]]);
        expect(await tab.evaluate(statesOf)).toEqual(["joined", "checked"]);
      }
    });

    await test.step("what is said to all arrives at all", async () => {
      await left.evaluate(say, "hello, all");
      for (const tab of tabs) await until(tab, hasText, "hello, all", "");
    });

    await test.step("what is said to one arrives there alone", () => sayToOne(...tabs));

    await test.step("the server answers", async () => {
      await right.evaluate(choose, await right.evaluate(serverOf));
      await right.evaluate(say, "are you there?");
      await until(right, hasText, "You said: are you there?", "only to you");
    });

    await test.step("5 MB arrive at all with the right hash", async () => {
      await left.evaluate(sendFile, "5");
      await until(left, fileIs, "equal", "3 of 3 have its 5 MB");
      for (const tab of [middle, right]) await until(tab, fileIs, "equal", "the same SHA-256");
      const hashes = await Promise.all(tabs.map((tab) => tab.evaluate(hashOf)));
      expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(hashes).size).toBe(1);
    });

    await test.step("a file is chosen, or dropped on the text", () => giveFiles(left, tabs));

    await test.step("a file is cancelled from either end; talk goes on; all see how", async () => {
      await cancelFromBothEnds(left, middle);
      expect(await right.evaluate(hasText, "is it large?", "")).toBe(true);
      for (const tab of tabs) await until(tab, hasStats, 3);
    });

    await test.step({
      name: "a tab of Firefox joins, and gets what is said",
      ignore: !hasFirefox,
      fn: () => joinFromFirefox(demo.link, tabs),
    });

    await test.step("who closes a tab is seen to leave", async () => {
      await right.close();
      for (const tab of [left, middle]) {
        await until(tab, membersAre, [["page", "rtc"], ["server", "ws"]]);
      }
    });

    for (const tab of tabs) expect(tab.logs).toEqual([]);
  },
});

async function sayToOne(left: Page, middle: Page, right: Page): Promise<void> {
  await middle.evaluate(choose, await left.evaluate(idOf));
  await middle.evaluate(say, "only you");
  await until(left, hasText, "only you", "only to you");
  // Messages of one sender arrive in order: after the next one, the first cannot arrive.
  await middle.evaluate(choose, 0);
  await middle.evaluate(say, "afterwards");
  await until(right, hasText, "afterwards", "");
  expect(await right.evaluate(hasText, "only you", "")).toBe(false);
}

/** A file that is dropped on the text does not change the text. */
async function giveFiles(left: Page, tabs: readonly Page[]): Promise<void> {
  for (const how of ["choose", "drop"] as const) {
    await left.evaluate(giveFile, how, `${how}.txt`, "milk");
    for (const tab of tabs) await until(tab, hasFile, `${how}.txt`);
  }
  expect(await left.evaluate(padText)).toBe("");
}

async function cancelFromBothEnds(left: Page, middle: Page): Promise<void> {
  await left.evaluate(choose, await middle.evaluate(idOf));
  for (const [one, other] of [[left, middle], [middle, left]] as const) {
    await left.evaluate(sendFile, "200");
    for (const tab of [left, middle]) await until(tab, progressIsShown);
    for (const tab of [left, middle]) await until(tab, fileIs, "moving", "%");
    await middle.evaluate(say, "is it large?");
    await until(left, hasText, "is it large?", "");
    await one.evaluate(cancel);
    await until(one, fileIs, "stopped", "Cancelled by you");
    await until(other, fileIs, "stopped", "Cancelled at the other end");
  }
  await left.evaluate(choose, 0);
}

async function joinFromFirefox(link: string, tabs: readonly [Page, ...Page[]]): Promise<void> {
  await using firefox = await launchFirefox();
  const tab = await firefox.open(link);
  const others = [["page", "rtc"], ["page", "rtc"], ["page", "rtc"], ["server", "ws"]];
  for (const one of [tab, ...tabs]) await until(one, membersAre, others);
  await tab.evaluate(say, "hello from afar");
  for (const one of tabs) await until(one, hasText, "hello from afar", "");
  await tabs[0].evaluate(say, "hello, Firefox");
  await until(tab, hasText, "hello, Firefox", "");
  await tab.close();
}

Deno.test({
  name: "demo: two tabs of Chromium and one of Firefox edit one text, and see the participants",
  ignore: !hasChromium || !hasFirefox,
  ...DRIVEN,
  async fn(test) {
    await using demo = await startDemo();
    await using chromium = await launchChromium();
    await using firefox = await launchFirefox();
    const tabs = [
      await chromium.open(demo.link),
      await chromium.open(demo.link),
      await firefox.open(demo.link),
    ] as const;
    const [ada, bob, eve] = tabs;
    const PARTS = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];

    await test.step("each has the name that its user chose", async () => {
      for (const [index, name] of ["Ada", "Bob", "Eve"].entries()) await rename(tabs[index]!, name);
      await until(ada, namesAre, ["Bob", "Eve", "Server"]);
      await until(bob, namesAre, ["Ada", "Eve", "Server"]);
      await until(eve, namesAre, ["Ada", "Bob", "Server"]);
    });

    await test.step("all write at once, and have the same text", async () => {
      for (const tab of tabs) {
        await until(tab, isSynced);
        await tab.evaluate(focusPad);
      }
      await Promise.all(tabs.map((tab, index) => tab.type(PARTS[index]!)));
      for (const tab of tabs) await until(tab, padHas, PARTS);
      const texts = await Promise.all(tabs.map((tab) => tab.evaluate(padText)));
      expect(new Set(texts).size).toBe(1);
    });

    await test.step("each sees the carets of the others, and what they select", async () => {
      await until(ada, caretsAre, ["Bob", "Eve"]);
      await until(bob, caretsAre, ["Ada", "Eve"]);
      await until(eve, caretsAre, ["Ada", "Bob"]);
      await bob.press("Control+Home");
      for (let count = 0; count < 3; count++) await bob.press("Shift+ArrowRight");
      const selected = (await bob.evaluate(padText)).slice(0, 3);
      for (const tab of [ada, eve]) await until(tab, selectionIs, selected);
    });

    await test.step("the picture and its table show all members and lines", async () => {
      const lines = ["rtc", "rtc", "rtc", "ws", "ws", "ws"];
      for (const tab of tabs) {
        await until(tab, pictureIs, ["Ada", "Bob", "Eve", "Server"], lines);
        await until(tab, roundTripsAreShown);
      }
    });

    await test.step("a member that left goes from the picture and the text", () =>
      leave(eve, tabs));
    await test.step("a member that is not heard fades, and goes", () => vanish(bob, ada));

    await test.step("the text is there for a tab that comes when all have left", async () => {
      const text = await ada.evaluate(padText);
      expect(text.length).toBe(PARTS.join("").length);
      await ada.close();
      const late = await chromium.open(demo.link);
      await until(late, padHas, PARTS);
      expect(await late.evaluate(padText)).toBe(text);
      expect(late.logs).toEqual([]);
    });

    for (const tab of tabs) expect(tab.logs).toEqual([]);
  },
});

Deno.test({
  name: "demo: a tab is used by keyboard only",
  ignore: !hasChromium,
  ...DRIVEN,
  async fn() {
    await using demo = await startDemo();
    await using chromium = await launchChromium();
    const tab = await chromium.open(demo.link);
    await until(tab, membersAre, [["server", "ws"]]);
    const next = async (name: string) => {
      await tab.press("Tab");
      expect(await tab.evaluate(focused)).toBe(name);
    };
    await next("Your name");
    await tab.press("Control+a");
    await tab.type("Ada");
    await next("Invite");
    await tab.press("Enter");
    await until(tab, dialogIsOpen, true);
    await tab.press("Escape");
    await until(tab, dialogIsOpen, false);
    expect(await tab.evaluate(focused)).toBe("Invite");
    await next("Shared text");
    await tab.type("milk");
    await until(tab, padHas, ["milk"]);
    await tab.press("Control+z");
    await until(tab, padHas, [""]);
    // The editor does not trap the focus.
    await next("Messages");
    await tab.press("Tab");
    // Selects an option by its first letters.
    await tab.type("only Server");
    await tab.press("Tab");
    expect(await tab.evaluate(focused)).toBe("Send a file…");
    await next("Message");
    await tab.type("are you there?");
    await tab.press("Enter");
    await until(tab, hasText, "You said: are you there?", "only to you");
    await until(tab, isAnnounced, "Server: You said: are you there?");
    expect(tab.logs).toEqual([]);
  },
});

Deno.test({
  name: "demo: axe finds nothing serious in a page",
  ignore: !hasChromium,
  ...DRIVEN,
  async fn(test) {
    await using demo = await startDemo();
    for (const colorScheme of ["light", "dark"] as const) {
      for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
        await test.step(`${colorScheme}, ${viewport.width} px wide`, async () => {
          await using chromium = await launchChromium({ colorScheme, viewport });
          const link = `${demo.link}-${colorScheme}-${viewport.width}`;
          const tabs = [await chromium.open(link), await chromium.open(link)] as const;
          await fill(...tabs);
          await audit(tabs[0]);
        });
      }
    }
  },
});

/** Fills the first tab with everything that a page can show. */
async function fill(tab: Page, other: Page): Promise<void> {
  await rename(other, "Bob");
  await until(tab, namesAre, ["Bob", "Server"]);
  await other.evaluate(focusPad);
  await other.type("milk");
  await until(tab, caretsAre, ["Bob"]);
  await other.evaluate(say, "hello");
  await until(tab, hasText, "hello", "");
  await other.evaluate(sendFile, "1");
  await until(tab, fileIs, "equal", "the same SHA-256");
  await tab.evaluate(choose, await tab.evaluate(serverOf));
  await tab.evaluate(say, "only you");
  await tab.evaluate(openDetails);
  await until(tab, roundTripsAreShown);
}

async function audit(tab: Page): Promise<void> {
  for (const panel of [0, 1, 2]) {
    await tab.evaluate(showPanel, panel);
    expect(await violationsOf(tab)).toEqual([]);
  }
  await tab.evaluate(() => document.querySelector<HTMLElement>(".invite")!.click());
  await until(tab, dialogIsOpen, true);
  expect(await violationsOf(tab)).toEqual([]);
}

Deno.test("axe finds a serious violation where there is one", {
  ignore: !hasChromium,
  ...DRIVEN,
}, async () => {
  await using chromium = await launchChromium();
  const tab = await chromium.open(
    "data:text/html,<html lang=en><title>x</title><main><input></main>",
  );
  expect(await violationsOf(tab)).toEqual([expect.stringMatching(/^label: /)]);
});

const [networkHost] = networkHosts("0.0.0.0");

Deno.test({
  name: "demo over http from the network: a file arrives, without a hash, as the page explains",
  ignore: !hasChromium || networkHost === undefined,
  ...DRIVEN,
  async fn() {
    await using demo = await startDemo("0.0.0.0");
    await using chromium = await launchChromium();
    const link = new URL(demo.link);
    const near = await chromium.open(link.href);
    link.hostname = networkHost!;
    const far = await chromium.open(link.href);
    expect([await near.evaluate(isSecure), await far.evaluate(isSecure)]).toEqual([true, false]);
    await until(near, membersAre, [["page", "rtc"], ["server", "ws"]]);
    await near.evaluate(choose, await far.evaluate(idOf));
    await near.evaluate(sendFile, "5");
    const unchecked = "All 5 MB are there. Not compared: SHA-256 needs a page of https.";
    for (const tab of [near, far]) await until(tab, fileIs, "unchecked", unchecked);
    await far.evaluate(focusPad);
    await far.type("milk");
    await until(near, padHas, ["milk"]);
    for (const tab of [near, far]) expect(tab.logs).toEqual([]);
  },
});

async function leave(eve: Page, [ada, bob]: readonly [Page, Page, Page]): Promise<void> {
  const gone = await eve.evaluate(idOf);
  await eve.close();
  for (const tab of [ada, bob]) {
    await until(tab, isGone, gone);
    await until(tab, isAnnounced, "Eve left");
  }
  await until(ada, caretsAre, ["Bob"]);
}

/** Kills its process; the others list it until the grace time ends. */
async function vanish(bob: Page, ada: Page): Promise<void> {
  const lost = await bob.evaluate(idOf);
  await bob.close({ abrupt: true });
  await until(ada, isAway, lost);
  await until(ada, isGone, lost);
}

async function rename(tab: Page, name: string): Promise<void> {
  await tab.evaluate(() => document.querySelector<HTMLInputElement>(".me input")!.select());
  await tab.type(name);
  await tab.press("Enter");
}

async function violationsOf(tab: Page): Promise<readonly string[]> {
  // Colors are wrong during animations.
  await tab.evaluate(`Promise.all(document.getAnimations().map((one) => one.finish()))`);
  const { violations } = await tab.evaluate<AxeResults>(`(() => {
    ${axe.source}
    return axe.run(document, { resultTypes: ["violations"] });
  })()`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

interface RunningDemo extends AsyncDisposable {
  readonly link: string;
}

/** @param host The host of the page's URL; by default, this machine. */
async function startDemo(host?: string): Promise<RunningDemo> {
  const script = new URL("../../scripts/demo.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, "--port", "0", ...(host === undefined ? [] : ["--host", host])],
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

/** A failure prints the page. */
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
