import { type BrowserContext, chromium, type Page as ChromiumPage } from "playwright-core";
import { type KeyInput, launch, type Page as FirefoxPage } from "puppeteer-core";
import { type BrowserName, findBrowser } from "../../scripts/browsers.ts";

/** A running browser with a profile of its own, which `close()` removes. */
export interface Browser extends AsyncDisposable {
  readonly name: BrowserName;
  open(url: string): Promise<Page>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface Page {
  /** The console output of the page (`type: text`), and uncaught errors (`pageerror: …`). */
  readonly logs: readonly string[];
  evaluate<T>(expression: string): Promise<T>;
  /** The function closes over nothing; arguments and result travel as JSON. */
  evaluate<T, Args extends readonly unknown[]>(
    body: (...args: Args) => T | Promise<T>,
    ...args: Args
  ): Promise<T>;
  /** Types into the focused element. */
  type(text: string): Promise<void>;
  /** Presses a key, or several at once: `Control+z`. */
  press(keys: string): Promise<void>;
  screenshot(path: string): Promise<void>;
  /**
   * Idempotent. `abrupt` kills the process of the tab (Chromium only): without `pagehide` or closed
   * channels, as when a device loses power.
   * @throws {TypeError} This browser cannot close abruptly.
   */
  close(options?: { readonly abrupt?: boolean }): Promise<void>;
}

const LAUNCH_TIMEOUT_MS = 30_000;

/** Without the sandbox, which root cannot use: tests load only their own pages. */
export const CHROMIUM_ARGS: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  // No throttling of background tabs: all tabs but one are in the background.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  // mDNS names instead of addresses would need a resolver that a container does not have.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  // One process per tab, so that the end of one leaves the others alone.
  "--process-per-tab",
];

const FIREFOX_PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
  // As above: no mDNS names.
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.no_host": false,
  // As above: no throttling.
  "dom.min_background_timeout_value": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
  // A closed page keeps no socket alive in the back/forward cache.
  "browser.sessionhistory.max_total_viewers": 0,
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "services.settings.server": "data:,",
};

export interface ChromiumOptions {
  /** A page that is left is kept in the back/forward cache; otherwise it ends. */
  readonly keepsPages?: boolean;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
}

export async function launchChromium(
  { keepsPages = false, ...look }: ChromiumOptions = {},
): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: requireBrowser("chromium"),
    args: [...CHROMIUM_ARGS],
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
    timeout: LAUNCH_TIMEOUT_MS,
  });
  const context = await browser.newContext(look);
  return createBrowser("chromium", {
    openPage: async (url) => {
      const page = await context.newPage();
      const logs = collectChromiumLogs(page);
      await page.goto(url, { waitUntil: "load" });
      return createPage(logs, {
        evaluate: (expression) => page.evaluate(expression),
        type: (text) => page.keyboard.type(text),
        press: (keys) => page.keyboard.press(keys),
        screenshot: (path) => page.screenshot({ path }),
        close: () => page.close({ runBeforeUnload: true }),
        crash: () => crashChromiumPage(context, page),
      });
    },
    close: () => browser.close(),
  });
}

export async function launchFirefox(): Promise<Browser> {
  const browser = await launch({
    browser: "firefox",
    executablePath: requireBrowser("firefox"),
    extraPrefsFirefox: { ...FIREFOX_PREFERENCES },
    timeout: LAUNCH_TIMEOUT_MS,
  });
  return createBrowser("firefox", {
    openPage: async (url) => {
      const page = await browser.newPage();
      const logs = collectFirefoxLogs(page);
      await page.goto(url, { waitUntil: "load" });
      return createPage(logs, {
        evaluate: (expression) => page.evaluate(expression),
        type: (text) => page.keyboard.type(text),
        press: (keys) => pressInFirefox(page, keys),
        screenshot: (path) => page.screenshot({ path: path as `${string}.png` }),
        close: () => page.close(),
        // WebDriver BiDi has no command that kills the process of a page.
        crash: undefined,
      });
    },
    close: () => browser.close(),
  });
}

export const LAUNCHERS: Readonly<Record<BrowserName, () => Promise<Browser>>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
};

function requireBrowser(name: BrowserName): string {
  const path = findBrowser(name);
  if (path === undefined) {
    throw new Error(`Cannot launch ${name}: not found; see scripts/browsers.ts`);
  }
  return path;
}

interface BrowserDriver {
  openPage(url: string): Promise<Page>;
  close(): Promise<void>;
}

function createBrowser(name: BrowserName, driver: BrowserDriver): Browser {
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => closed ??= driver.close();
  return {
    name,
    open: (url) => driver.openPage(url),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface PageDriver {
  evaluate(expression: string): Promise<unknown>;
  type(text: string): Promise<void>;
  press(keys: string): Promise<void>;
  screenshot(path: string): Promise<unknown>;
  close(): Promise<void>;
  /** `undefined` if this browser cannot. */
  readonly crash: (() => Promise<void>) | undefined;
}

function createPage(logs: readonly string[], driver: PageDriver): Page {
  let closed: Promise<void> | undefined;
  return {
    logs,
    async evaluate<T, Args extends readonly unknown[]>(
      body: string | ((...args: Args) => T | Promise<T>),
      ...args: Args
    ): Promise<T> {
      const expression = typeof body === "string" ? body : callExpression(body.toString(), args);
      // The caller states the type, which cannot be checked at run time.
      return await driver.evaluate(expression) as T;
    },
    type: (text) => driver.type(text),
    press: (keys) => driver.press(keys),
    async screenshot(path: string): Promise<void> {
      await driver.screenshot(path);
    },
    close: async (options) => {
      if (options?.abrupt !== true) return await (closed ??= driver.close());
      if (driver.crash === undefined) {
        throw new TypeError("Cannot close a page abruptly: this browser has no such command");
      }
      await (closed ??= driver.crash());
    },
  };
}

function callExpression(source: string, args: readonly unknown[]): string {
  const list = args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ");
  return `(${source})(${list})`;
}

/** Holds all keys but the last, presses that, and releases the others. */
async function pressInFirefox({ keyboard }: FirefoxPage, keys: string): Promise<void> {
  // Names of keys are not checked: an unknown one makes the driver throw.
  const names = keys.split("+") as KeyInput[];
  const held = names.slice(0, -1);
  for (const key of held) await keyboard.down(key);
  await keyboard.press(names.at(-1)!);
  for (const key of held.toReversed()) await keyboard.up(key);
}

/** Kills the process of the page, then closes its tab. */
async function crashChromiumPage(context: BrowserContext, page: ChromiumPage): Promise<void> {
  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // The command gets no reply, as its process is gone. Closing the tab rejects it.
  session.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

function collectChromiumLogs(page: ChromiumPage): readonly string[] {
  const logs: string[] = [];
  page.on("console", (message) => logs.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => logs.push(`pageerror: ${error.message}`));
  return logs;
}

function collectFirefoxLogs(page: FirefoxPage): readonly string[] {
  const logs: string[] = [];
  page.on("console", (message) => logs.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => {
    logs.push(`pageerror: ${error instanceof Error ? error.message : String(error)}`);
  });
  return logs;
}
