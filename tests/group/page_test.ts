import { expect } from "expect";
import { CHECK_INTERVAL_MS, CHECK_JITTER_MS } from "../../src/base/limits.ts";
import { SignalingState } from "../../src/group/state.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import type { PageHideKind } from "../../src/platform/platform.ts";
import type { SimMachine } from "../../src/testing/world.ts";
import { SimNetwork } from "../sim/sim_network.ts";

class Page {
  readonly machine: SimMachine;
  readonly group: WebGroup;
  readonly states: number[] = [];
  readonly signaling: number[] = [];
  /** Whether timers stand still, as in a frozen page. */
  sleeps = false;

  constructor(network: SimNetwork, options: { readonly autoRejoin?: boolean } = {}) {
    this.machine = network.world.addMachine("page");
    const { platform, transport } = this.machine;
    const { clock } = platform;
    const at = (deadlineMs: number, wake: () => void) =>
      clock.at(deadlineMs, () => {
        if (!this.sleeps) wake();
      });
    const world = { platform: { ...platform, clock: { now: () => clock.now(), at } }, transport };
    this.group = new WebGroup({ signalingServer: SimNetwork.SIGNALING, ...options }, world);
    this.group.onStateChange = (state) => this.states.push(state);
    this.group.onSignalingStateChange = (state) => this.signaling.push(state);
  }

  /** The event of a navigation to another page. */
  goAway(how: PageHideKind): void {
    this.machine.hidePage(how);
    this.machine.setPageStatus({ online: true, visible: false });
  }

  /** The event of a navigation back to the page. */
  comeBack(): void {
    this.machine.showPage();
  }
}

/** The second member is not a page. */
function pair(options: { readonly autoRejoin?: boolean } = {}) {
  const network = new SimNetwork({ seed: 1 });
  const page = new Page(network, options);
  const other = network.add("other");
  page.group.join("key");
  other.group.join("key");
  network.run(3_000);
  expect(page.group.members.length).toBe(2);
  return { network, page, other: other.group };
}

Deno.test("WebGroup: a page that enters the cache leaves, and rejoins as another member", () => {
  const { network, page, other } = pair();
  const { myId } = page.group;
  page.goAway("persisted");
  expect(page.states).toEqual([0, 1, 2]);
  expect([page.group.myId, page.group.members.length]).toEqual([0, 0]);
  network.run(200);
  expect(other.members).toEqual([other.myId]);
  network.run(60_000);
  expect(page.states).toEqual([0, 1, 2]);
  page.comeBack();
  network.run(3_000);
  expect(page.states).toEqual([0, 1, 2, 0, 1]);
  expect(page.group.key).toBe("key");
  expect(page.group.myId).not.toBe(myId);
  expect(other.members).toContain(page.group.myId);
});

Deno.test("WebGroup: an unloading page delivers messages of the same turn", () => {
  for (const how of ["unloaded", "persisted"] as const) {
    const { network, page, other } = pair({ autoRejoin: false });
    const { myId } = page.group;
    const told: (string | number)[] = [];
    other.onMessage = (_, data) => told.push(data.length);
    other.addEventListener("memberleave", ({ member, reason }) => {
      expect([member, reason]).toEqual([myId, "left"]);
      told.push("left");
    });
    for (let count = 0; count < 8; count++) page.group.send(new Uint8Array(70_000));
    page.goAway(how);
    network.run(2_000);
    expect({ how, told }).toEqual({ how, told: [...Array(8).fill(70_000), "left"] });
  }
});

Deno.test("WebGroup: a page rejoins when it is shown, even if it was never hidden", () => {
  const { network, page } = pair();
  page.machine.hidePage("persisted");
  network.run(1_000);
  page.machine.resumePage();
  network.run(3_000);
  expect(page.states).toEqual([0, 1, 2, 0, 1]);
});

Deno.test("WebGroup: a page without autoRejoin does not rejoin", () => {
  const { network, page } = pair({ autoRejoin: false });
  page.goAway("persisted");
  page.comeBack();
  network.run(3_000);
  expect(page.states).toEqual([0, 1, 2]);
});

Deno.test("WebGroup listens to the page from join() until the group is left for good", () => {
  const network = new SimNetwork({ seed: 1 });
  const page = new Page(network);
  expect(page.machine.isSubscribedToPage).toBe(false);
  for (const leave of [() => page.group.leave(), () => page.goAway("unloaded")]) {
    page.group.join("key");
    network.run(1_000);
    page.goAway("persisted");
    expect(page.machine.isSubscribedToPage).toBe(true);
    page.comeBack();
    network.run(1_000);
    expect([page.machine.isSubscribedToPage, page.group.state]).toEqual([true, 1]);
    leave();
    expect([page.machine.isSubscribedToPage, page.group.state]).toEqual([false, 2]);
  }
  page.group.join("key");
  network.run(1_000);
  page.goAway("persisted");
  page.group.leave();
  expect(page.machine.isSubscribedToPage).toBe(false);
});

Deno.test("WebGroup: a page that wakes up handles due deadlines without delay", () => {
  for (const wakes of [false, true]) {
    const network = new SimNetwork({ seed: 1 });
    const page = new Page(network);
    page.group.join("key");
    network.run(1_000);
    page.sleeps = true;
    network.run(CHECK_INTERVAL_MS + CHECK_JITTER_MS);
    page.signaling.length = 0;
    // A lone member checks with the server periodically.
    if (wakes) page.machine.resumePage();
    expect(page.signaling.includes(SignalingState.CHECKING)).toBe(wakes);
  }
});
