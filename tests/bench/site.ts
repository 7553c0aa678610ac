import { buildBrowser } from "../../scripts/build_browser.ts";
import { netflux4Script } from "../support/netflux4.ts";
import { Signaling } from "../support/signaling.ts";
import { EARLIER } from "./earlier_revision.ts";
import { EarlierSignaling } from "./earlier_signaling.ts";
import type { Meeting } from "./member.ts";
import { NostrRelay } from "./nostr_relay.ts";
import { Rendezvous } from "./rendezvous.ts";
import { isServed, type ServedLibrary, ServerProcess } from "./server_process.ts";

/** The published builds that a page loads before its own script. */
const BUILDS: Readonly<Record<string, () => Promise<string>>> = {
  netflux4: netflux4Script,
  trystero: () => buildPackage("npm:trystero@0.25.4", "trystero"),
  peerjs: () => buildPackage("npm:peerjs@1.5.5", "peerjs"),
  "socket.io volatile": () => buildPackage("npm:socket.io-client@4.8.4", "socketIo"),
};

export class Site implements AsyncDisposable {
  readonly signaling: Signaling;
  readonly #rendezvous = new Rendezvous();
  readonly #nostr = new NostrRelay();
  readonly #scripts = new Map<string, string>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #serverProcesses = new Map<ServedLibrary, ServerProcess>();
  readonly #hostname: string;
  readonly #earlier: URL | undefined;
  #earlierSignaling: EarlierSignaling | undefined;

  /**
   * @param earlier The folder of an earlier revision, if one is measured, too.
   * @param hostname The address at which it listens; by default, only this machine reaches it.
   */
  constructor(earlier?: URL, hostname = "127.0.0.1") {
    this.#earlier = earlier;
    this.#hostname = hostname;
    this.signaling = new Signaling(hostname);
    this.#server = Deno.serve(
      { hostname, port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://${this.#hostname}:${this.#server.addr.port}`;
  }

  /** Members of an earlier revision meet by the server of that. */
  async signalingUrlFor(library: string): Promise<string> {
    if (this.#earlier === undefined || !library.startsWith(EARLIER)) return this.signaling.url;
    this.#earlierSignaling ??= await EarlierSignaling.start(this.#earlier);
    return this.#earlierSignaling.url;
  }

  get servers(): Meeting["servers"] {
    return Object.fromEntries([...this.#serverProcesses].map(([name, { port }]) => [name, port]));
  }

  /** Builds the scripts for pages of a library once. */
  async prepare(library: string): Promise<void> {
    if (!this.#scripts.has("page")) {
      const page = await buildBrowser({ entry: new URL("page.ts", import.meta.url) });
      this.#scripts.set("page", page);
      const earlier = this.#earlier && new URL("tests/bench/page.ts", this.#earlier);
      if (earlier) this.#scripts.set("earlier", await buildBrowser({ entry: earlier }));
    }
    const build = BUILDS[library];
    if (build !== undefined && !this.#scripts.has(library)) {
      this.#scripts.set(library, await build());
    }
    if (isServed(library) && !this.#serverProcesses.has(library)) {
      this.#serverProcesses.set(library, await ServerProcess.start(library));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#serverProcesses.values()) await server[Symbol.asyncDispose]();
    await this.signaling[Symbol.asyncDispose]();
    await this.#earlierSignaling?.[Symbol.asyncDispose]();
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith("/rendezvous/")) return this.#rendezvous.admit(request);
    if (pathname === "/nostr") return this.#nostr.admit(request);
    const script = this.#scripts.get(decodeURIComponent(pathname.slice(1)).replace(/[.]js$/, ""));
    if (script !== undefined) return respond(script, "text/javascript");
    if (pathname !== "/") return new Response(null, { status: 404 });
    const library = searchParams.get("library") ?? "";
    const page = searchParams.get("build") === "earlier" ? "earlier" : "page";
    const scripts = [...library in BUILDS ? [library] : [], page];
    const tags = scripts.map((name) => `<script src="/${name}.js"></script>`).join("");
    return respond(`<!doctype html><meta charset="utf-8"><title>bench</title>${tags}`, "text/html");
  }
}

/** The URL of the page of a member, perhaps of an earlier revision of this library. */
export function pageUrlOf(site: string, library: string): string {
  const isEarlier = library.startsWith(EARLIER);
  const name = isEarlier ? library.slice(EARLIER.length) : library;
  const query = new URLSearchParams({ library: name, build: isEarlier ? "earlier" : "page" });
  return `${site}/?${query}`;
}

/** These headers give the page a clock with a resolution of 5 µs instead of 100 µs. */
function respond(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
}

function buildPackage(specifier: string, globalName: string): Promise<string> {
  return buildBrowser({ entry: new URL(specifier), globalName });
}
