/**
 * Two tabs of a chat of the documentation: an input `say`, or a form with one, and a list `log`.
 *
 * @module
 */

import type { Page } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import type { Stage } from "./stage.ts";

/** Two tabs that see each other. */
export class ChatTabs implements AsyncDisposable {
  readonly #tabs: readonly [Page, Page];
  #said = 0;

  private constructor(tabs: readonly [Page, Page]) {
    this.#tabs = tabs;
  }

  /** Opens a page twice, and waits until each tab shows that the other is there. */
  static async open(stage: Stage, url: string, arrival = "is here"): Promise<ChatTabs> {
    const browser = await stage.browser();
    const tabs = new ChatTabs([await browser.open(url), await browser.open(url)]);
    for (const tab of tabs.#tabs) await tabs.#shows(tab, arrival);
    return tabs;
  }

  /** Each tab says something, and both show it. */
  async talk(): Promise<void> {
    for (const tab of this.#tabs) await this.say(`message ${++this.#said}`, tab);
  }

  /** A tab says something, and both show it. */
  async say(text: string, tab: Page = this.#tabs[0]): Promise<void> {
    await tab.evaluate(say, text);
    await this.show(text);
  }

  /** Waits until both tabs show a text. */
  async show(text: string): Promise<void> {
    for (const tab of this.#tabs) await this.#shows(tab, text);
  }

  async #shows(tab: Page, text: string): Promise<void> {
    const seen = () => tab.evaluate(() => document.querySelector("#log")?.textContent ?? "");
    const isSeen = async () => (await seen()).includes(text);
    await until(`the page shows "${text}"`, isSeen, async () => [await seen(), tab.logs]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tab of this.#tabs) await tab.close();
  }
}

/** Runs in the page. */
function say(text: string): void {
  const input = document.querySelector<HTMLInputElement>("#say")!;
  input.value = text;
  if (input.form) input.form.requestSubmit();
  else input.dispatchEvent(new Event("change", { bubbles: true }));
}
