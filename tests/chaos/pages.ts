// Pages as members, driven by Puppeteer, since Playwright keeps every page in the foreground, where
// it cannot be frozen.

import { type Browser, type CDPSession, launch, type Page } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";
import { CHROMIUM_ARGS } from "../support/browsers.ts";
import { EventLog } from "./event_log.ts";
import type { Meeting, Member } from "./members.ts";
import type { PageScope } from "./page.ts";

const LAUNCH_TIMEOUT_MS = 30_000;

export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #site: Deno.HttpServer<Deno.NetAddr>;

  private constructor(browser: Browser, site: Deno.HttpServer<Deno.NetAddr>) {
    this.#browser = browser;
    this.#site = site;
  }

  static async launch(): Promise<Chromium> {
    const script = await buildBrowser({ entry: new URL("page.ts", import.meta.url) });
    const browser = await launch({
      executablePath: findBrowser("chromium") ?? "",
      args: [...CHROMIUM_ARGS],
      timeout: LAUNCH_TIMEOUT_MS,
      // The driver closes it; by default, Puppeteer ends the driver at a signal.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    return new Chromium(browser, serve(script));
  }

  /** The new tab is in front. */
  async open(name: string, meeting: Meeting): Promise<PageMember> {
    const page = await this.#browser.newPage();
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await page.goto(`http://127.0.0.1:${this.#site.addr.port}/`);
    return new PageMember(name, meeting, { page, session: await page.createCDPSession(), lines });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#site.shutdown();
  }
}

interface Tab {
  readonly page: Page;
  readonly session: CDPSession;
  readonly lines: readonly string[];
}

export class PageMember implements Member {
  readonly name: string;
  readonly page: Page;
  /** Settings by the DevTools protocol last as long as this session. */
  readonly session: CDPSession;
  readonly #meeting: Meeting;
  readonly #lines: readonly string[];
  readonly #eventLog = new EventLog();
  #read = 0;

  constructor(name: string, meeting: Meeting, { page, session, lines }: Tab) {
    this.name = name;
    this.page = page;
    this.session = session;
    this.#meeting = meeting;
    this.#lines = lines;
  }

  get eventLog(): EventLog {
    while (this.#read < this.#lines.length) this.#eventLog.read(this.#lines[this.#read++] ?? "");
    return this.#eventLog;
  }

  async join(): Promise<void> {
    const { signalingServer, key } = this.#meeting;
    await this.page.evaluate(
      (name, server, key) => (globalThis as unknown as PageScope).join(name, server, key),
      this.name,
      signalingServer,
      key,
    );
  }

  async quiet(): Promise<void> {
    await this.page.evaluate(() => (globalThis as unknown as PageScope).quiet());
  }
}

function serve(script: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const isScript = new URL(url).pathname === "/page.js";
    const type = isScript ? "text/javascript" : "text/html";
    const headers = { "content-type": `${type}; charset=utf-8` };
    return new Response(isScript ? script : DOCUMENT, { headers });
  });
}

const DOCUMENT = `<!doctype html><meta charset="utf-8"><title>member</title>
<script src="/page.js"></script>`;
