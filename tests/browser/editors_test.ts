import { expect } from "expect";
import { findBrowser } from "../../scripts/browsers.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";
import { GroupServer } from "../../src/server/server.ts";
import { folderStore, persistence } from "../../src/yjs/server.ts";
import { type Browser, LAUNCHERS, type Page } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import type { EditorScope } from "./editors/editor_page.ts";

/** In Firefox only one tab can have the focus, so the other user has another browser. */
const CASES = [
  ["codemirror", "chromium"],
  ["codemirror", "firefox"],
  ["tiptap", "chromium"],
] as const;

type EditorName = (typeof CASES)[number][0];

for (const [editor, other] of CASES) {
  Deno.test({
    name: `${editor} in Chromium, shared with ${other}: typing, cursors, undo, and what is kept`,
    ignore: ["chromium" as const, other].some((name) => findBrowser(name) === undefined),
    // The driver of a browser has processes and sockets of its own.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using site = await Site.open(editor);
      await using browser = await LAUNCHERS.chromium();
      if (other === "chromium") return await edit(site, browser, browser);
      await using second = await LAUNCHERS[other]();
      await edit(site, browser, second);
    },
  });
}

/** The texts have no character in common. */
const ADA = "HELLO FROM ADA";
const BOB = "0123456789";

async function edit(site: Site, browser: Browser, other: Browser): Promise<void> {
  const ada = await Tab.open(browser, site.url("Ada"));
  const bob = await Tab.open(other, site.url("Bob"));
  // The server is the third member.
  for (const tab of [ada, bob]) await tab.isIn(3);

  await Promise.all([ada.type(ADA), bob.type(BOB)]);
  await same([ada, bob], (text) => sorted(text) === sorted(ADA + BOB));
  await ada.sees("Bob");
  await bob.sees("Ada");

  // An undo reverts only the own changes.
  await bob.type("()");
  await same([ada, bob], (text) => text.includes("()"));
  await ada.page.press("Control+z");
  await same([ada, bob], (text) => !text.includes(ADA));
  const undone = await ada.text();
  expect(sorted(undone).replace(/[A-Z ]/g, "")).toBe(sorted(`${BOB}()`));
  await bob.page.press("Control+z");
  await same([ada, bob], (text) => !text.includes(")"));
  const kept = await bob.text();

  await ada.page.close();
  await bob.sees();
  await bob.type("!");
  const last = await bob.text();
  expect(sorted(last)).toBe(sorted(`${kept}!`));
  await bob.page.close();
  await site.isLeft();
  const later = await Tab.open(browser, site.url("Carol"));
  await later.isIn(2);
  await same([later], (text) => text === last);
  await later.page.close();
}

function sorted(text: string): string {
  return [...text.replaceAll(/\s/g, "")].sort().join("");
}

/** Waits until all tabs show the same expected text. */
async function same(tabs: readonly Tab[], isExpected: (text: string) => boolean): Promise<void> {
  const texts = () => Promise.all(tabs.map((tab) => tab.text()));
  await until(`all show ${isExpected}`, async () => {
    const [first = "", ...others] = await texts();
    return isExpected(first) && others.every((text) => text === first);
  }, async () => [await texts(), tabs.map(({ page }) => page.logs)]);
}

class Tab {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, url: string): Promise<Tab> {
    return new Tab(await browser.open(url));
  }

  /** Waits for the document, in a group of this many members. */
  async isIn(members: number): Promise<void> {
    const state = () => this.page.evaluate(() => (globalThis as unknown as Scope).editor.state());
    await until(`${members} members share the document`, async () => {
      const { members: count, synced } = await state();
      return synced && count === members;
    }, async () => [await state(), this.page.logs]);
  }

  text(): Promise<string> {
    return this.page.evaluate(() => (globalThis as unknown as Scope).editor.text());
  }

  async type(text: string): Promise<void> {
    await this.page.evaluate(() => (globalThis as unknown as Scope).editor.focus());
    await this.page.type(text);
  }

  /** Waits for the cursors of these members. */
  async sees(...names: readonly string[]): Promise<void> {
    const seen = () => this.page.evaluate(() => (globalThis as unknown as Scope).editor.cursors());
    const isSeen = async () => (await seen()).join() === names.join();
    await until(`cursors of ${names.join() || "nobody"} are seen`, isSeen, seen);
  }
}

interface Scope {
  readonly editor: EditorScope;
}

class Site implements AsyncDisposable {
  readonly #folder: string;
  readonly #groups: GroupServer;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: string, script: string) {
    this.#folder = folder;
    this.#groups = new GroupServer({
      path: "/groups/",
      onGroup: persistence(folderStore(folder)),
    });
    const types = { "content-type": "text/html" };
    const page =
      '<!doctype html><meta charset="utf-8"><main></main><script src="/page.js"></script>';
    const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#http = Deno.serve(listen, (request, info) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/groups/")) return this.#groups.handler(request, info);
      return pathname === "/page.js"
        ? new Response(script, { headers: { "content-type": "text/javascript; charset=utf-8" } })
        : new Response(page, { headers: types });
    });
  }

  static async open(editor: EditorName): Promise<Site> {
    const entry = new URL(`editors/${editor}.ts`, import.meta.url);
    const script = await buildBrowser({ entry });
    return new Site(await Deno.makeTempDir({ prefix: "editors-" }), script);
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.#http.addr.port}/?room=a+room&name=${name}`;
  }

  /** Waits until the server has left the group. */
  async isLeft(): Promise<void> {
    await until("all have left", () => this.#groups.groups.size === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#groups.close();
    await this.#http.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
