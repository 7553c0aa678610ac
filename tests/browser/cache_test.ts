import { expect } from "expect";
import { WebGroup } from "../../bot.ts";
import { findBrowser } from "../../scripts/browsers.ts";
import { launchChromium, type Page } from "../support/browsers.ts";
import { agree, DenoPeer, RTC, talk } from "../support/deno_peer.ts";
import { GroupSite } from "../support/group_page.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

interface Scope {
  readonly group: WebGroup;
  told: string[];
}

Deno.test({
  name:
    "WebGroup: a page leaves when it enters the back/forward cache, and rejoins when it is shown",
  ignore: findBrowser("chromium") === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using signaling = new Signaling();
    const signalingServer = signaling.url;
    await using site = await GroupSite.open();
    await using browser = await launchChromium({ keepsPages: true });
    const deno = new DenoPeer(new WebGroup({ signalingServer, ...RTC }));
    await deno.group.join("cache");
    const member = await site.page(browser, "ours", signalingServer);
    const { page } = member;
    await page.evaluate(noteWhatIsTold);
    await member.join("cache");
    const [before] = await agree([member, deno]);

    await goTo(page, "/original");
    await until("the page has left", () => deno.group.members.length === 1);
    await goTo(page, "back");
    const [after] = await agree([member, deno]);
    expect(after!.myId).not.toBe(before!.myId);
    const told = await page.evaluate(() => (globalThis as unknown as Scope).told);
    // The page is the same one, with its earlier events.
    expect(told.slice(0, 4)).toEqual(["JOINING", "JOINED", "pagehide true", "LEFT"]);
    // The order of the two events depends on the browser.
    expect(told.slice(4).sort()).toEqual(["JOINED", "JOINING", "pageshow true"]);
    await talk([member], [deno], "after it came back");
    await deno.group.leave();
    await page.close();
  },
});

function noteWhatIsTold(): void {
  const scope = globalThis as unknown as Scope;
  scope.told = [];
  scope.group.onStateChange = (state) => scope.told.push(["JOINING", "JOINED", "LEFT"][state]!);
  for (const type of ["pagehide", "pageshow"] as const) {
    addEventListener(type, ({ persisted }) => scope.told.push(`${type} ${persisted}`));
  }
}

/** Navigates a tab to another page of the site, or back. */
async function goTo(page: Page, place: string): Promise<void> {
  const from = await page.evaluate("location.href");
  await page.evaluate((place: string) => {
    // Delayed, so that this call gets its answer.
    setTimeout(() => place === "back" ? history.back() : location.assign(place));
  }, place);
  await until(`the tab shows ${place}`, async () => {
    // Between two pages no page answers.
    const href = await page.evaluate("location.href").catch(() => from);
    return href !== from;
  });
}
