// Checks that the browsers of the other tests start, open pages and connect them.

import { expect } from "expect";
import { type BrowserName, findBrowser } from "../../scripts/browsers.ts";
import { LAUNCHERS, type Page } from "../support/browsers.ts";

const BROWSER_NAMES: readonly BrowserName[] = ["chromium", "firefox"];
const PAGE = `<!doctype html><meta charset="utf-8"><title>harness</title>
<script>console.log("page is here");
setTimeout(() => { throw new Error("on purpose"); });</script>`;

interface PeerScope {
  peer: RTCPeerConnection;
  received: Promise<string>;
}

for (const name of BROWSER_NAMES) {
  Deno.test({
    name: `${name} opens a served page, evaluates in it and collects its logs`,
    ignore: isMissing(name),
    fn: async () => {
      await using site = serveSite();
      await using browser = await LAUNCHERS[name]();
      const page = await browser.open(site.url);
      expect(await page.evaluate("document.title")).toBe("harness");
      expect(await page.evaluate((a: number, b: number) => Promise.resolve(a + b), 20, 22)).toBe(
        42,
      );
      await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
      expect(page.logs).toContain("log: page is here");
      expect(page.logs.some((line) => /^pageerror: .*on purpose/.test(line))).toBe(true);
      await page.close();
      await page.close();
    },
  });

  Deno.test({
    name: `${name} opens a data channel between two connections of one page on loopback`,
    ignore: isMissing(name),
    fn: async () => {
      await using site = serveSite();
      await using browser = await LAUNCHERS[name]();
      const page = await browser.open(site.url);
      expect(await page.evaluate(connectWithinPage)).toBe("hello");
    },
  });

  Deno.test({
    name: `${name} opens a data channel between two tabs on loopback`,
    ignore: isMissing(name),
    fn: async () => {
      await using site = serveSite();
      await using browser = await LAUNCHERS[name]();
      const [left, right] = [await browser.open(site.url), await browser.open(site.url)];
      expect(await connectPages(left, right)).toBe("hello");
    },
  });
}

for (const [offering, answering] of [["chromium", "firefox"], ["firefox", "chromium"]] as const) {
  Deno.test({
    name: `${offering} opens a data channel to ${answering} on loopback`,
    ignore: isMissing("chromium") || isMissing("firefox"),
    fn: async () => {
      await using site = serveSite();
      await using left = await LAUNCHERS[offering]();
      await using right = await LAUNCHERS[answering]();
      expect(await connectPages(await left.open(site.url), await right.open(site.url)))
        .toBe("hello");
    },
  });
}

Deno.test({
  name: "chromium closes one page abruptly, and keeps the other tabs",
  ignore: isMissing("chromium"),
  fn: async () => {
    await using site = serveSite();
    await using browser = await LAUNCHERS.chromium();
    const witness = await browser.open(site.url);
    await witness.evaluate(listenForGoodbyes);
    for (const [abrupt, goodbyes] of [[false, 1], [true, 1]] as const) {
      const page = await browser.open(site.url);
      await page.evaluate(sayGoodbyeAtPageHide);
      await page.close({ abrupt });
      await witness.evaluate(() => new Promise((done) => setTimeout(done, 100)));
      expect(await witness.evaluate("globalThis.goodbyes")).toBe(goodbyes);
    }
    expect(await witness.evaluate("1 + 1")).toBe(2);
  },
});

interface Site extends AsyncDisposable {
  readonly url: string;
}

function serveSite(): Site {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function isMissing(name: BrowserName): boolean {
  return findBrowser(name) === undefined;
}

/** The offer contains all candidates. Returns what the answering page received. */
async function connectPages(offering: Page, answering: Page): Promise<string> {
  const offer = await offering.evaluate(createOffer);
  const answer = await answering.evaluate(createAnswer, offer);
  await offering.evaluate(acceptAnswer, answer);
  return await answering.evaluate(() => (globalThis as unknown as PeerScope).received);
}

// Runs in the page, so it uses no variable outside.

async function connectWithinPage(): Promise<string> {
  const left = new RTCPeerConnection({ iceServers: [] });
  const right = new RTCPeerConnection({ iceServers: [] });
  left.onicecandidate = ({ candidate }) => right.addIceCandidate(candidate ?? undefined);
  right.onicecandidate = ({ candidate }) => left.addIceCandidate(candidate ?? undefined);
  const received = new Promise<string>((resolve) => {
    right.ondatachannel = ({ channel }) => channel.onmessage = ({ data }) => resolve(data);
  });
  const channel = left.createDataChannel("harness");
  channel.onopen = () => channel.send("hello");
  await left.setLocalDescription();
  await right.setRemoteDescription(left.localDescription!);
  await right.setLocalDescription();
  await left.setRemoteDescription(right.localDescription!);
  return await received;
}

async function createOffer(): Promise<string> {
  const peer = new RTCPeerConnection({ iceServers: [] });
  (globalThis as unknown as PeerScope).peer = peer;
  const channel = peer.createDataChannel("harness");
  channel.onopen = () => channel.send("hello");
  await peer.setLocalDescription();
  await new Promise<void>((resolve) => {
    const check = () => peer.iceGatheringState === "complete" && resolve();
    peer.onicegatheringstatechange = check;
    check();
  });
  return peer.localDescription!.sdp;
}

async function createAnswer(sdp: string): Promise<string> {
  const peer = new RTCPeerConnection({ iceServers: [] });
  const scope = globalThis as unknown as PeerScope;
  scope.peer = peer;
  scope.received = new Promise((resolve) => {
    peer.ondatachannel = ({ channel }) => channel.onmessage = ({ data }) => resolve(data);
  });
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription();
  await new Promise<void>((resolve) => {
    const check = () => peer.iceGatheringState === "complete" && resolve();
    peer.onicegatheringstatechange = check;
    check();
  });
  return peer.localDescription!.sdp;
}

async function acceptAnswer(sdp: string): Promise<void> {
  await (globalThis as unknown as PeerScope).peer.setRemoteDescription({ type: "answer", sdp });
}

function listenForGoodbyes(): void {
  const scope = globalThis as unknown as { goodbyes: number };
  scope.goodbyes = 0;
  new BroadcastChannel("goodbye").onmessage = () => scope.goodbyes++;
}

function sayGoodbyeAtPageHide(): void {
  const channel = new BroadcastChannel("goodbye");
  addEventListener("pagehide", () => channel.postMessage("bye"));
}
