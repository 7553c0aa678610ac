import { expect } from "expect";
import { Bot, WebGroup } from "../../bot.ts";
import { findBrowser } from "../../scripts/browsers.ts";
import { type Browser, launchChromium, launchFirefox, type Page } from "../support/browsers.ts";
import { agree, DenoPeer, RTC, talk } from "../support/deno_peer.ts";
import { GroupSite } from "../support/group_page.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

const browsersMissing = findBrowser("chromium") === undefined ||
  findBrowser("firefox") === undefined;

interface Stage {
  readonly signalingServer: string;
  readonly site: GroupSite;
  readonly chromium: Browser;
  readonly firefox: Browser;
}

Deno.test({
  name: "Chromium, Firefox, Deno and a bot are one group",
  ignore: browsersMissing,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using signaling = new Signaling();
    const signalingServer = signaling.url;
    await using site = await GroupSite.open();
    await using chromium = await launchChromium();
    await using firefox = await launchFirefox();
    const stage = { signalingServer, site, chromium, firefox };
    await test.step("browsers only", () => browsersOnly(stage));
    await test.step("all together", () => allTogether(stage));
    await test.step("two that cannot connect, through the bot", () => throughTheBot(stage));
  },
});

async function browsersOnly({ signalingServer, site, chromium, firefox }: Stage): Promise<void> {
  const pages = [
    await site.page(chromium, "ours", signalingServer),
    await site.page(chromium, "ours", signalingServer),
    await site.page(firefox, "ours", signalingServer),
  ];
  await Promise.all(pages.map((page) => page.join("browsers only")));
  await agree(pages);
  await talk(pages, [], "browsers only");
  await pages[0]!.page.close();
  await agree(pages.slice(1));
  for (const { page } of pages.slice(1)) await page.close();
}

async function allTogether({ signalingServer, site, chromium, firefox }: Stage): Promise<void> {
  await using bot = new Bot({ signalingServer, webGroupOptions: RTC });
  const bots: DenoPeer[] = [];
  bot.onWebGroup = (group) => bots.push(new DenoPeer(group));
  await bot.listen({ hostname: "127.0.0.1" });
  const deno = new DenoPeer(new WebGroup({ signalingServer, ...RTC }));
  const one = await site.page(chromium, "ours", signalingServer);
  const two = await site.page(firefox, "ours", signalingServer);
  await two.join("all together");
  await agree([two]);
  await Promise.all([one.join("all together"), deno.group.join("all together")]);
  await agree([one, two, deno]);
  await two.invite(bot.url);
  await until("the bot is invited", () => bots.length === 1);
  await agree([one, two, deno, ...bots]);
  await talk([one, two], [deno, ...bots], "all together");
  await until("the Deno peer has a channel to each", async () => {
    const stats = await deno.group.getStats();
    return [...stats.values()].every(({ channel }) => channel !== "relay");
  });
  for (const { page } of [one, two]) await showCandidates(page);
  for (const page of [one, two]) await echo(deno.group, (await page.report()).myId);
  await deno.group.leave();
  await Promise.all([one.page.close(), two.page.close()]);
}

/** Only the data channels of the group have candidate pairs. */
async function showCandidates(page: Page): Promise<void> {
  const shown = await page.evaluate(async () => {
    const { group } = globalThis as unknown as { group: WebGroup };
    const stats = [...(await group.getStats()).values()];
    return stats.map(({ channel, localCandidateType, remoteCandidateType, protocol }) =>
      [channel, localCandidateType, remoteCandidateType, protocol].join(" ").trim()
    );
  });
  expect(shown.length).toBeGreaterThan(1);
  for (const line of shown) expect(line).toMatch(/^(rtc (host|prflx) (host|prflx) udp|ws|relay)$/);
  expect(shown.filter((line) => line.startsWith("rtc")).length).toBeGreaterThan(0);
}

/** The page sends the file back. It is larger than the window of a stream. */
async function echo(group: WebGroup, page: number): Promise<void> {
  const content = Uint8Array.from({ length: 6_000_000 }, (_, index) => index * index % 251);
  const back = new Promise<ArrayBuffer>((resolve, reject) =>
    group.addEventListener("stream", ({ readable, ...event }) => {
      expect([event.sender, event.name, event.size]).toEqual([page, "file", content.length]);
      new Response(readable).arrayBuffer().then(resolve, reject);
    }, { once: true })
  );
  const sent = group.openStream(page, { name: "file", size: content.length });
  await new Blob([content]).stream().pipeTo(sent);
  const bytes = new Uint8Array(await back);
  expect(bytes.length).toBe(content.length);
  expect(bytes.every((byte, index) => byte === content[index])).toBe(true);
}

async function throughTheBot({ signalingServer, site, chromium, firefox }: Stage): Promise<void> {
  await using bot = new Bot({ signalingServer, webGroupOptions: RTC });
  const bots: DenoPeer[] = [];
  bot.onWebGroup = (group) => bots.push(new DenoPeer(group));
  await bot.listen({ hostname: "127.0.0.1" });
  const one = await site.page(chromium, "ours without WebRTC", signalingServer);
  const two = await site.page(firefox, "ours without WebRTC", signalingServer);
  await one.join("through the bot");
  await agree([one]);
  await one.invite(bot.url);
  await until("the bot is invited", () => bots.length === 1);
  await agree([one, ...bots]);
  await two.join("through the bot");
  await agree([one, two, ...bots]);
  await talk([one, two], bots, "through the bot");
  for (const { page } of [one, two]) {
    const neighbors = await page.evaluate(
      () => (globalThis as unknown as { group: WebGroup }).group.neighbors.length,
    );
    expect(neighbors).toBe(1);
    await page.close();
  }
  await until("the bot left once alone", () => bot.webGroups.size === 0);
}
