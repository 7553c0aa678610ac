/**
 * The published Netflux 4 in one group with our page, our Deno peer and our bot, through our Sigver.
 *
 * @module
 */

import { expect } from "expect";
import { Bot, type DataType, WebGroup } from "../../bot.ts";
import { findBrowser } from "../../scripts/browsers.ts";
import { createHandler, Sigver } from "../../sigver.ts";
import { launchChromium } from "../support/browsers.ts";
import { type GroupPage, type GroupReport, GroupSite } from "../support/group_page.ts";
import { until } from "../support/until.ts";

const RTC = { rtcConfiguration: { iceServers: [] } };
const BYTES = 40_000;

/** A Deno peer that reports as a page does. */
class DenoPeer {
  readonly group: WebGroup;
  readonly #messages: (readonly [number, string | readonly [number, number]])[] = [];
  readonly #joined: number[] = [];
  readonly #left: number[] = [];

  constructor(group: WebGroup) {
    this.group = group;
    group.onMessage = (id, data) => this.#messages.push([id, digest(data)]);
    group.onMemberJoin = (id) => this.#joined.push(id);
    group.onMemberLeave = (id) => this.#left.push(id);
  }

  report(): GroupReport {
    const { myId, state, members } = this.group;
    return {
      myId,
      state,
      members: [...members].sort((a, b) => a - b),
      messages: this.#messages,
      joined: this.#joined,
      left: this.#left,
    };
  }
}

function digest(data: DataType): string | readonly [number, number] {
  if (typeof data === "string") return data;
  return [data.length, data.reduce((sum, byte) => sum + byte, 0)];
}

type Member = Pick<GroupPage, "report"> | DenoPeer;

async function reportsOf(members: readonly Member[]): Promise<GroupReport[]> {
  return await Promise.all(members.map((member) => member.report()));
}

/** Waits until all members are joined and see exactly each other. */
async function agree(members: readonly Member[], count = members.length): Promise<GroupReport[]> {
  await until(`${count} members agree`, async () => {
    const reports = await reportsOf(members);
    const everyone = JSON.stringify(reports[0]!.members);
    return reports[0]!.members.length === count &&
      reports.every(({ members, state }) => state === 1 && JSON.stringify(members) === everyone);
  }, () => reportsOf(members));
  return await reportsOf(members);
}

/** Everyone sends a text and bytes to all: everyone gets them from everyone else. */
async function talk(
  pages: readonly GroupPage[],
  peers: readonly DenoPeer[],
  round: string,
): Promise<void> {
  const all: Member[] = [...pages, ...peers];
  for (const page of pages) {
    await page.send(`${round} text`);
    await page.sendBytes(BYTES, 3);
  }
  for (const { group } of peers) {
    group.send(`${round} text`);
    group.send(new Uint8Array(BYTES).fill(3));
  }
  const ids = (await reportsOf(all)).map(({ myId }) => myId);
  await until(`all hear all in ${round}`, async () => {
    const reports = await reportsOf(all);
    return reports.every(({ myId, messages }) =>
      ids.every((id) =>
        id === myId ||
        [`${round} text`, [BYTES, BYTES * 3]].every((data) =>
          messages.some((message) => JSON.stringify(message) === JSON.stringify([id, data]))
        )
      )
    );
  }, () => reportsOf(all));
}

Deno.test({
  name: "the published Netflux 4 is first and later member of groups of ours",
  ignore: findBrowser("chromium") === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    const sigver = new Sigver();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      createHandler(sigver),
    );
    const signalingServer = `ws://127.0.0.1:${server.addr.port}`;
    await using site = await GroupSite.open();
    await using browser = await launchChromium();

    await test.step("the original is first; our page, our Deno peer and our bot come", async () => {
      await using bot = new Bot({ signalingServer, webGroupOptions: RTC });
      const bots: DenoPeer[] = [];
      bot.onWebGroup = (group) => bots.push(new DenoPeer(group));
      bot.listen({ hostname: "127.0.0.1" });
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

    sigver.close();
    await server.shutdown();
  },
});
