import type { Page } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import type { Program, Project } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

export const PAGE_ROWS: readonly Row[] = [
  bundled("vite", "dist"),
  bundled("esbuild", "."),
  bundled("webpack", "."),
  bundled("react", "dist"),
  bundled("react-18", "dist", "react", "react@18.3.1", "react-dom@18.3.1"),
  plain("script-tag"),
  plain("browser-module"),
  { name: "mixed", check: mixed },
];

/** @param served Where the bundler puts index.html. */
function bundled(
  name: string,
  served: string,
  fixture = name,
  ...packages: readonly string[]
): Row {
  return {
    name,
    check: async (stage) => {
      const project = await stage.projectNamed(name, fixture, ...packages);
      await project.run("npm", ["run", "build"]);
      await refuseServers(`${project.folder}/dist`);
      await using site = new Site((path) =>
        Deno.readFile(`${project.folder}/${served}/${path === "" ? "index.html" : path}`)
      );
      await twoTabs(stage, site, name);
    },
  };
}

/** A page without a bundler, with a file of the package as it is. */
function plain(name: string): Row {
  return {
    name,
    check: async (stage) => {
      await using site = plainSite(stage, name);
      await twoTabs(stage, site, name);
    },
  };
}

function plainSite({ plain }: Stage, name: string): Site {
  const page = new URL(`pages/${name}.html`, import.meta.url);
  return new Site((path) => Deno.readFile(path === "" ? page : inBrowserFolder(plain, path)));
}

function inBrowserFolder({ folder }: Project, path: string): string {
  return `${folder}/node_modules/netflux/browser/${path}`;
}

const OF_SERVERS: readonly RegExp[] = [
  /node-datachannel/,
  /require\(["'`]ws["'`]\)/,
  /from\s*["'`]ws["'`]/,
  /["'`]node:/,
];

/** A bundle for pages may contain no modules of servers. */
async function refuseServers(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await refuseServers(path);
    if (!name.endsWith(".js")) continue;
    const text = await Deno.readTextFile(path);
    const found = OF_SERVERS.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
    if (found.length > 0) throw new Error(`${name} has ${found.join(" and ")} in it`);
  }
}

/** Both tabs join, and receive from each other over a data channel. */
export async function twoTabs(
  stage: Stage,
  site: Pick<Site, "url">,
  key: string,
): Promise<void> {
  const browser = await stage.browser();
  const tabs: Page[] = [];
  try {
    for (let count = 0; count < 2; count++) {
      tabs.push(await browser.open(site.url(stage.signalingServer, key)));
    }
    const [one, two] = await Promise.all(tabs.map(idOf));
    await hears(tabs[0]!, `${two} by rtc: hello`);
    await hears(tabs[1]!, `${one} by rtc: hello`);
  } finally {
    for (const tab of tabs) await tab.close();
  }
}

/** A peer in Node, one in Deno and a tab receive from each other. */
async function mixed(stage: Stage): Promise<void> {
  const { signalingServer } = stage;
  const project = await stage.project("mixed");
  await using site = plainSite(stage, "browser-module");
  const key = "mixed";
  await using node = project.start("node", ["peer.js", signalingServer, key]);
  const source = new URL("mixed_peer.ts", import.meta.url).href;
  await using deno = project.start(Deno.execPath(), ["run", "-A", source, signalingServer, key]);
  const tab = await (await stage.browser()).open(site.url(signalingServer, key));
  try {
    const tabId = await idOf(tab);
    const [nodeId, denoId] = await Promise.all([node, deno].map(idPrintedBy));
    for (const other of [nodeId, denoId]) await hears(tab, `${other} by`);
    const pairs = [[node, [tabId, denoId]], [deno, [tabId, nodeId]]] as const;
    for (const [peer, others] of pairs) {
      const heard = () => others.every((other) => peer.printed.includes(`${other} by`));
      await until(`${others} are heard`, heard, () => peer.printed);
    }
    const codes = [await node.end(), await deno.end()];
    if (codes.join() !== "0,0") throw new Error(`Told to end, they end with ${codes}`);
  } finally {
    await tab.close();
  }
}

async function idPrintedBy(peer: Program): Promise<string> {
  const id = () => /I am (\d+)/.exec(peer.printed)?.[1];
  await until("the peer has joined", () => id() !== undefined, () => peer.printed);
  return id() ?? "";
}

/** Waits until the page has joined. */
export async function idOf(tab: Page): Promise<string> {
  await until("the page has joined", async () => await textOf(tab, "#me") !== "", () => tab.logs);
  return await textOf(tab, "#me");
}

function hears(tab: Page, wanted: string): Promise<void> {
  return shows(tab, "#said", wanted);
}

export async function shows(tab: Page, selector: string, wanted: string): Promise<void> {
  const text = () => textOf(tab, selector);
  const isShown = async () => (await text()).includes(wanted);
  await until(`the page shows "${wanted}"`, isShown, async () => [await text(), tab.logs]);
}

function textOf(tab: Page, selector: string): Promise<string> {
  return tab.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);
}

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };

class Site implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param read Reads the file of a path; the path of the page is empty. */
  constructor(read: (path: string) => Promise<Uint8Array<ArrayBuffer>>) {
    const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#server = Deno.serve(listen, async ({ url }) => {
      const path = new URL(url).pathname.slice(1);
      try {
        const type = TYPES[path.split(".").at(-1) ?? ""] ?? "text/html";
        return new Response(await read(path), { headers: { "content-type": type } });
      } catch (error) {
        return new Response(String(error), { status: 404 });
      }
    });
  }

  url(signalingServer: string, key: string): string {
    const query = new URLSearchParams({ signaling: signalingServer, key });
    return `http://127.0.0.1:${this.#server.addr.port}/?${query}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
