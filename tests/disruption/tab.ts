import type { CDPSession, Page } from "puppeteer-core";
import { type Hooks, installHooks } from "./hooks.ts";
import type { ReceivedLine } from "./checker.ts";

declare const disruption: Hooks;

/** The last file that a page shows. */
export interface ShownFile {
  readonly state: string;
  readonly bytes: number;
  readonly verdict: string;
  /** At this end, and at the other one. */
  readonly hashes: readonly string[];
}

/** The other member that a page shows. */
export interface ShownMember {
  readonly route: string;
  readonly sentAgain: string;
}

export class Tab {
  readonly name: string;
  readonly #page: Page;
  readonly #session: CDPSession;

  private constructor(name: string, page: Page, session: CDPSession) {
    this.name = name;
    this.#page = page;
    this.#session = session;
  }

  /** @param front Another page, to be in front: a page in front does not sleep. */
  static async open(name: string, page: Page, url: string, front: Page): Promise<Tab> {
    await page.evaluateOnNewDocument(installHooks);
    await page.goto(url);
    await front.bringToFront();
    return new Tab(name, page, await page.createCDPSession());
  }

  async member(): Promise<ShownMember | undefined> {
    return await this.#page.evaluate(() => {
      const row = document.querySelector<HTMLElement>("[data-member]");
      if (row === null) return undefined;
      const again = [...row.querySelectorAll("dl div")].at(-1);
      return {
        route: row.querySelector(".route")?.textContent ?? "",
        sentAgain: again?.querySelector("dd")?.textContent ?? "",
      };
    });
  }

  /** Sends a file of random bytes by the form of the page. */
  async sendFile(megabytes: number): Promise<void> {
    await this.#page.evaluate(async (size) => {
      const select = document.querySelector<HTMLSelectElement>(".random-file select")!;
      select.value = size;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      await new Promise((done) => setTimeout(done));
      document.querySelector<HTMLButtonElement>(".random-file button")!.click();
    }, `${megabytes}`);
  }

  async file(): Promise<ShownFile | undefined> {
    return await this.#page.evaluate(() => {
      const card = [...document.querySelectorAll<HTMLElement>(".card")].at(-1);
      if (card === undefined) return undefined;
      return {
        state: card.dataset["progress"] ?? "",
        bytes: card.querySelector("progress")?.value ?? 0,
        verdict: card.querySelector(".verdict")?.textContent ?? "",
        hashes: [...card.querySelectorAll<HTMLElement>("[data-hash]")]
          .map(({ dataset }) => dataset["hash"] ?? ""),
      };
    });
  }

  async talk(everyMs: number): Promise<void> {
    await this.#page.evaluate((ms) => disruption.talk(ms), everyMs);
  }

  /** Returns the number of sent lines. */
  async quiet(): Promise<void> {
    await this.#page.evaluate(() => disruption.quiet());
  }

  async sentCount(): Promise<number> {
    return await this.#page.evaluate(() => disruption.sentCount);
  }

  async receivedLines(): Promise<readonly ReceivedLine[]> {
    return await this.#page.evaluate(() => disruption.received);
  }

  async events(): Promise<readonly string[]> {
    return await this.#page.evaluate(() => disruption.events);
  }

  async sleep(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "frozen" });
  }

  async wake(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "active" });
    await this.#page.bringToFront();
  }

  /** The library does not learn of it. */
  async killConnections(): Promise<void> {
    await this.#page.evaluate(() => disruption.killConnections());
  }

  /** Takes the browser offline and cuts its connections, or takes it online. */
  async cutOff(offline: boolean): Promise<void> {
    const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.#session.send("Network.emulateNetworkConditions", { offline, ...unlimited });
    await this.#page.evaluate((isCut) => disruption.cutOff(isCut), offline);
  }

  async screenshot(path: `${string}.png`): Promise<void> {
    await this.#page.screenshot({ path });
  }
}
