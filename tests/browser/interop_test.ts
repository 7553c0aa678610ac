import { expect } from "expect";
import { Bot, WebGroup } from "../../bot.ts";
import { findBrowser } from "../../scripts/browsers.ts";
import { type Browser, launchChromium } from "../support/browsers.ts";
import { FlakyProxy } from "../support/flaky_proxy.ts";
import { agree, DenoPeer, reportsOf, RTC, talk } from "../support/deno_peer.ts";
import { GroupSite } from "../support/group_page.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";

Deno.test({
  name: "Netflux 4 is first and later member of groups with this library",
  ignore: findBrowser("chromium") === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using signaling = new Signaling();
    const signalingServer = signaling.url;
    await using site = await GroupSite.open();
    await using browser = await launchChromium();

    await test.step("the original is first; our page, our Deno peer and our bot come", async () => {
      await using bot = new Bot({ signalingServer, webGroupOptions: RTC });
      const bots: DenoPeer[] = [];
      bot.onWebGroup = (group) => bots.push(new DenoPeer(group));
      await bot.listen({ hostname: "127.0.0.1" });
      const original = await site.page(browser, "original", signalingServer);
      const ours = await site.page(browser, "ours", signalingServer);
      const deno = new DenoPeer(new WebGroup({ signalingServer, ...RTC }));
      await original.join("original first");
      await agree([original]);
      await ours.join("original first");
      await agree([original, ours]);
      await deno.group.join("original first");
      await agree([original, ours, deno]);
      await talk([original, ours], [deno], "before the bot");
      await original.invite(bot.url);
      await until("the bot is invited", () => bots.length === 1);
      await agree([original, ours, deno, ...bots]);
      await talk([original, ours], [deno, ...bots], "with the bot");

      await ours.leave();
      const rest = await agree([original, deno, ...bots], 3);
      for (const { left } of rest) expect(left.length).toBe(1);
      await deno.group.leave();
      await original.leave();
      await until("the bot left once alone", () => bot.webGroups.size === 0);
      await Promise.all([original.page.close(), ours.page.close()]);
    });

    await test.step("a lone original loses a socket that the server takes for alive", () =>
      loneOriginal(signalingServer, site, browser));

    await test.step("our page is first; originals come later, and at once", async () => {
      const ours = await site.page(browser, "ours", signalingServer);
      const deno = new DenoPeer(new WebGroup({ signalingServer, ...RTC }));
      const one = await site.page(browser, "original", signalingServer);
      const two = await site.page(browser, "original", signalingServer);
      await ours.join("ours first");
      await agree([ours]);
      await Promise.all([
        deno.group.join("ours first"),
        one.join("ours first"),
        two.join("ours first"),
      ]);
      const [report] = await agree([ours, deno, one, two]);
      await talk([ours, one, two], [deno], "together");
      await one.sendTo(report!.myId, "only for you");
      await until("the private text arrives", async () => {
        const { messages } = await ours.report();
        return messages.some(([, data]) => data === "only for you");
      });
      for (const { messages } of await reportsOf([deno, two])) {
        expect(messages.some(([, data]) => data === "only for you")).toBe(false);
      }
      await one.leave();
      await agree([ours, deno, two], 3);
      await deno.group.leave();
      await Promise.all([ours.page.close(), one.page.close(), two.page.close()]);
    });
  },
});

async function loneOriginal(
  signalingServer: string,
  site: GroupSite,
  browser: Browser,
): Promise<void> {
  const network = new FlakyProxy(Number(new URL(signalingServer).port));
  const original = await site.page(browser, "original", `ws://127.0.0.1:${network.port}`);
  await original.join("lone original");
  await agree([original]);
  network.cutClients();
  const deno = new DenoPeer(new WebGroup({ signalingServer, ...RTC }));
  await deno.group.join("lone original");
  await agree([original, deno]);
  await deno.group.leave();
  await original.page.close();
  await network.close();
}
