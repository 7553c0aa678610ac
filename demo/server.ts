/**
 * The server of the demo, at one port: the page, and a server in the room beside it.
 *
 * | path          | what is there                 |
 * |---------------|-------------------------------|
 * | `/`           | the page; its key is the URL's fragment, which it keeps to itself and the group |
 * | `/groups/KEY` | the GroupServer, which is the bot of each group |
 *
 * @module
 */

import type { WebGroup } from "../mod.ts";
import { GroupServer, type RelayMode } from "../src/server/server.ts";
import { HASHES } from "./hashes.ts";
import { type Fact, Participant } from "./participant.ts";

export interface DemoOptions {
  /** The address to listen on; by default, only this machine reaches it. */
  readonly hostname?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The page's script; without it there is no page. */
  readonly script?: string;
  /** When the bot is a member of a group; `always` by default. */
  readonly relay?: RelayMode;
  /** Called with each event of the bot. */
  readonly botTold?: (fact: Fact, bot: Participant) => void;
}

/** A server that runs. */
export interface Demo extends AsyncDisposable {
  readonly port: number;
  /** For peers of the same machine. */
  readonly signalingServer: string;
  readonly groupServer: GroupServer;
  /** Ends all. */
  close(): Promise<void>;
}

/** Members of the demo are on one machine: they need no server to learn their addresses. */
export const RTC_CONFIGURATION: RTCConfiguration = { iceServers: [] };

/** The path of the GroupServer. */
const GROUPS = "/groups/";

/**
 * Starts the server.
 *
 * @throws {Deno.errors.AddrInUse} The port is in use.
 */
export function serveDemo(options: DemoOptions): Demo {
  const { hostname = "127.0.0.1", relay = "always" } = options;
  const groupServer = new GroupServer({
    path: GROUPS,
    relay,
    onGroup: (group) => attend(group, options.botTold),
    webGroupOptions: { rtcConfiguration: RTC_CONFIGURATION },
  });
  const page = pageHandler(options.script);
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname, port: options.port, onListen: () => {} },
    (request, info) => {
      const { pathname } = new URL(request.url);
      return pathname.startsWith(GROUPS) ? groupServer.handler(request, info) : page(pathname);
    },
  );
  const { port } = server.addr;
  const signalingServer = `ws://${hostname}:${port}${GROUPS}`;
  let closed: Promise<void> | undefined;
  const close = () => closed ??= closeAll(groupServer, server);
  return { port, signalingServer, groupServer, close, [Symbol.asyncDispose]: close };
}

function attend(group: WebGroup, told: DemoOptions["botTold"]): void {
  new Participant(group, { role: "bot", shelf: HASHES }, (fact, me) => {
    answer(fact, me);
    told?.(fact, me);
  });
}

/** The bot replies to messages for it alone. */
function answer(fact: Fact, bot: Participant): void {
  if (fact.type !== "said" || fact.audience !== "you") return;
  // A member that has left does not wait for a reply.
  bot.say(`You said: ${fact.text}`, fact.sender).catch(() => {});
}

async function closeAll(groupServer: GroupServer, server: Deno.HttpServer): Promise<void> {
  await groupServer.close();
  await server.shutdown();
}

function pageHandler(script: string | undefined): (pathname: string) => Promise<Response> {
  const none = () => Promise.resolve(new Response("Not found\n", { status: 404 }));
  return async (pathname) => {
    if (script === undefined) return none();
    switch (pathname) {
      case "/":
        return respond(await read("index.html"), "text/html", {
          "content-security-policy": POLICY,
        });
      case "/style.css":
        return respond(await read("style.css"), "text/css");
      case "/page.js":
        return respond(script, "text/javascript");
      default:
        return none();
    }
  };
}

/** The page needs nothing from elsewhere, and gets nothing. */
const POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

function respond(body: string, type: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    headers: { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store", ...headers },
  });
}
