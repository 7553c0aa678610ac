import type { Scenario } from "./scenario.ts";
import type { Testbed } from "./testbed.ts";

const PEERS = ["a", "b"];
const OTHERS = [...PEERS, "other"];
/** The other page is in front, since a page in front is not frozen. */
const CAST = { peers: PEERS, pages: ["page", "other"] };

export const PAGE_SCENARIOS: readonly Scenario[] = [
  frozenPage(10),
  frozenPage(30),
  lostPage("page-close", "a page closed (`Page.close`)", closePage),
  lostPage("page-close-target", "a page closed (`Target.closeTarget`)", closeTarget),
  lostPage("page-crash", "a page crashed (`Page.crash`)", crash),
  {
    name: "page-offline-10s",
    fault: "a page told to be offline for 10 s",
    needs: ["chromium"],
    participants: CAST,
    // Its data channels stay open.
    impact: {},
    begin: (testbed) => emulateNetwork(testbed, true),
    lastsMs: 10_000,
    end: (testbed) => emulateNetwork(testbed, false),
  },
];

function frozenPage(seconds: number): Scenario {
  return {
    name: `page-frozen-${seconds}s`,
    fault: `a page frozen for ${seconds} s`,
    ...(seconds === 10 && { short: true }),
    needs: ["chromium"],
    participants: CAST,
    impact: { paused: ["page"], apart: [OTHERS, ["page"]] },
    begin: freeze,
    lastsMs: seconds * 1_000,
    end: wakeUp,
  };
}

async function freeze(testbed: Testbed): Promise<void> {
  await testbed.page("page").session.send("Page.setWebLifecycleState", { state: "frozen" });
}

async function wakeUp(testbed: Testbed): Promise<void> {
  const { page, session } = testbed.page("page");
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await page.bringToFront();
}

function lostPage(name: string, fault: string, begin: Scenario["begin"]): Scenario {
  return {
    name,
    fault,
    needs: ["chromium"],
    participants: CAST,
    impact: { ended: ["page"] },
    begin,
    lastsMs: 0,
  };
}

async function closePage(testbed: Testbed): Promise<void> {
  await testbed.page("page").session.send("Page.close");
}

async function closeTarget(testbed: Testbed): Promise<void> {
  const { session } = testbed.page("page");
  const { targetInfo: { targetId } } = await session.send("Target.getTargetInfo");
  await session.send("Target.closeTarget", { targetId });
}

function crash(testbed: Testbed): void {
  // The call never settles before the browser closes, as the process of the page is gone.
  testbed.page("page").session.send("Page.crash").catch(() => {});
}

async function emulateNetwork(testbed: Testbed, offline: boolean): Promise<void> {
  const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  const conditions = { offline, ...unlimited };
  await testbed.page("page").session.send("Network.emulateNetworkConditions", conditions);
}
