import type { Page } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import type { Stage } from "./stage.ts";

export class ChatTabs implements AsyncDisposable {
  readonly #tabs: readonly [Page, Page];
  #said = 0;
  #haveMet = false;

  private constructor(tabs: readonly [Page, Page]) {
    this.#tabs = tabs;
  }

  /** Opens a page twice; each tab shows that the other one is there. */
  static async open(stage: Stage, url: string, arrival = "is here"): Promise<ChatTabs> {
    const browser = await stage.browser();
    const tabs = new ChatTabs([await browser.open(url), await browser.open(url)]);
    for (const tab of tabs.#tabs) await tabs.#shows(tab, arrival);
    return tabs;
  }

  /** Both tabs show what either sends. */
  async talk(): Promise<void> {
    if (!this.#haveMet) await this.#meet();
    for (const tab of this.#tabs) await this.say(`message ${++this.#said}`, tab);
  }

  /**
   * Sends until each tab has received from the other. A tab that shows a third member, such as a
   * server, may not list the other tab yet, and then sends nothing to it.
   */
  async #meet(): Promise<void> {
    for (const [speaker, listener] of [this.#tabs, this.#tabs.toReversed()]) {
      const greeting = `greeting ${++this.#said}`;
      const isHeard = async () => {
        await speaker!.evaluate(say, greeting);
        return (await textOf(listener!)).includes(greeting);
      };
      await until("the other tab hears it", isHeard, () => textOf(listener!));
    }
    this.#haveMet = true;
  }

  async say(text: string, tab: Page = this.#tabs[0]): Promise<void> {
    await tab.evaluate(say, text);
    await this.show(text);
  }

  async show(text: string): Promise<void> {
    for (const tab of this.#tabs) await this.#shows(tab, text);
  }

  async #shows(tab: Page, text: string): Promise<void> {
    const isSeen = async () => (await textOf(tab)).includes(text);
    await until(`the page shows "${text}"`, isSeen, async () => [await textOf(tab), tab.logs]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tab of this.#tabs) await tab.close();
  }
}

function textOf(tab: Page): Promise<string> {
  return tab.evaluate(() => document.querySelector("#log")?.textContent ?? "");
}

function say(text: string): void {
  const input = document.querySelector<HTMLInputElement>("#say")!;
  input.value = text;
  if (input.form) input.form.requestSubmit();
  else input.dispatchEvent(new Event("change", { bubbles: true }));
}
