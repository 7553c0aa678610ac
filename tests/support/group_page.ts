// A page with one group, of this library or of Netflux 4. This library is the published build, byte
// for byte, so that wrongly renamed properties fail here.

import { publishedModule, publishedScript } from "../../scripts/published_builds.ts";
import type { Browser, Page } from "./browsers.ts";
import { netflux4Script } from "./netflux4.ts";

/** The module of this library, Netflux 4, or the script with a global without WebRTC. */
export type Library = "ours" | "original" | "ours without WebRTC";

export interface GroupReport {
  readonly myId: number;
  readonly state: number;
  readonly members: readonly number[];
  /** Bytes are reported by their length and sum. */
  readonly messages: readonly (readonly [number, string | readonly [number, number]])[];
  readonly joined: readonly number[];
  readonly left: readonly number[];
}

export class GroupSite implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(scripts: Readonly<Record<Library, string>>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
      const [library, file] = decodeURI(new URL(url).pathname).slice(1).split("/");
      const script = scripts[library as Library];
      if (script === undefined) return new Response(null, { status: 404 });
      if (file === "script.js") return respond(script, "text/javascript");
      const load = library === "ours" ? MODULE : `<script src="/${library}/script.js"></script>`;
      return respond(
        `<!doctype html><meta charset="utf-8"><title>${library}</title>` +
          `${load}<script>${DRIVER}</script>`,
        "text/html",
      );
    });
  }

  static async open(): Promise<GroupSite> {
    const { code: ours } = await publishedModule();
    const { code: script } = await publishedScript();
    const original = await netflux4Script();
    const without = `delete globalThis.RTCPeerConnection;\n${script}`;
    return new GroupSite({ ours, original, "ours without WebRTC": without });
  }

  async page(browser: Browser, library: Library, signalingServer: string): Promise<GroupPage> {
    const page = await browser.open(`http://127.0.0.1:${this.#server.addr.port}/${library}`);
    await page.evaluate(
      (server: string) => (globalThis as unknown as DriverScope).makeGroup(server),
      signalingServer,
    );
    return new GroupPage(page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

export class GroupPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  join(key: string): Promise<void> {
    return this.page.evaluate(
      (key: string) => void (globalThis as unknown as DriverScope).group.join(key),
      key,
    );
  }

  leave(): Promise<void> {
    return this.page.evaluate(() => void (globalThis as unknown as DriverScope).group.leave());
  }

  invite(url: string): Promise<void> {
    return this.page.evaluate(
      (url: string) => void (globalThis as unknown as DriverScope).group.invite(url),
      url,
    );
  }

  send(text: string): Promise<void> {
    return this.page.evaluate(
      (text: string) => void (globalThis as unknown as DriverScope).group.send(text),
      text,
    );
  }

  sendTo(id: number, text: string): Promise<void> {
    return this.page.evaluate(
      (id: number, text: string) =>
        void (globalThis as unknown as DriverScope).group.sendTo(id, text),
      id,
      text,
    );
  }

  sendBytes(length: number, value: number): Promise<void> {
    return this.page.evaluate(
      (length: number, value: number) =>
        void (globalThis as unknown as DriverScope).group.send(new Uint8Array(length).fill(value)),
      length,
      value,
    );
  }

  report(): Promise<GroupReport> {
    return this.page.evaluate(() => (globalThis as unknown as DriverScope).report());
  }
}

interface DriverScope {
  makeGroup(signalingServer: string): void;
  report(): GroupReport;
  readonly group: {
    join(key: string): unknown;
    leave(): unknown;
    invite(url: string): unknown;
    send(data: string | Uint8Array): unknown;
    sendTo(id: number, data: string | Uint8Array): unknown;
  };
}

/** Assigns the exports to the global of the other builds, before the page has loaded. */
const MODULE = `<script type="module">
  import * as netflux from "/ours/script.js";
  globalThis.netflux = netflux;
</script>`;

/** Runs in the page, after the library. It sends back the bytes of each stream. */
const DRIVER = `
  const [messages, joined, left] = [[], [], []];
  function makeGroup(signalingServer) {
    const group = new netflux.WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
    group.onMessage = (id, data) => messages.push([
      id,
      typeof data === "string" ? data : [data.length, data.reduce((sum, byte) => sum + byte, 0)],
    ]);
    group.addEventListener?.("stream", ({ sender, name, size, mediaType: type, readable }) => {
      readable.pipeTo(group.openStream(sender, { name, size, type })).catch(console.error);
    });
    group.onMemberJoin = (id) => joined.push(id);
    group.onMemberLeave = (id) => left.push(id);
    globalThis.group = group;
  }
  function report() {
    const { myId, state, members } = globalThis.group;
    return { myId, state, members: [...members].sort((a, b) => a - b), messages, joined, left };
  }
`;

function respond(body: string, type: string): Response {
  return new Response(body, { headers: { "content-type": `${type}; charset=utf-8` } });
}
