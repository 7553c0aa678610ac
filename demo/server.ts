/**
 * All servers of the demo at one port: the page, the signaling server and a bot.
 *
 * | path             | what is there                 |
 * |------------------|-------------------------------|
 * | `/`              | the page; its key is the URL's fragment, which no server is told |
 * | `/signaling/KEY` | Sigver                        |
 * | `/bot/`          | the bot                       |
 *
 * @module
 */

import { Bot } from "../bot.ts";
import type { WebGroup } from "../mod.ts";
import { createHandler, Sigver } from "../sigver.ts";
import { HASHES } from "./hashes.ts";
import { type Fact, Participant } from "./participant.ts";

export interface DemoOptions {
  /** The address to listen on; by default, only this machine reaches it. */
  readonly hostname?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The page's script; without it there is no page. */
  readonly script?: string;
  /** Called with each event of the bot. */
  readonly botTold?: (fact: Fact, bot: Participant) => void;
}

/** Servers that run. */
export interface Demo extends AsyncDisposable {
  readonly port: number;
  /** For peers of the same machine. */
  readonly signalingServer: string;
  readonly bot: Bot;
  /** The bot joins a group without an invitation. */
  join(key: string, signal: AbortSignal): Promise<void>;
  /** Ends all. */
  close(): Promise<void>;
}

/** Members of the demo are on one machine: they need no server to learn their addresses. */
export const RTC_CONFIGURATION: RTCConfiguration = { iceServers: [] };

/**
 * Starts the servers.
 *
 * @throws {Deno.errors.AddrInUse} The port is in use.
 */
export function serveDemo(options: DemoOptions): Demo {
  const { hostname = "127.0.0.1" } = options;
  const sigver = new Sigver();
  const signal = createHandler(sigver);
  const page = pageHandler(options.script);
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname, port: options.port, onListen: () => {} },
    (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/signaling/")) return signal(request);
      if (pathname.startsWith("/bot/")) return bot.handler(request);
      return page(pathname);
    },
  );
  const { port } = server.addr;
  const signalingServer = `ws://${hostname}:${port}/signaling`;
  const bot = new Bot({
    url: `ws://${hostname}:${port}/bot/`,
    // The bot waits for members that come back.
    leaveOnceAlone: false,
    webGroupOptions: { signalingServer, rtcConfiguration: RTC_CONFIGURATION },
  });
  bot.onWebGroup = (group) => {
    attend(group, options.botTold);
  };
  bot.onError = () => {}; // Participants are told.
  let closed: Promise<void> | undefined;
  const join = async (key: string, signal: AbortSignal) => {
    attend(await bot.join(key, { signal }), options.botTold);
  };
  const close = () => closed ??= closeAll(bot, sigver, server);
  return { port, signalingServer, bot, join, close, [Symbol.asyncDispose]: close };
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

async function closeAll(bot: Bot, sigver: Sigver, server: Deno.HttpServer): Promise<void> {
  await bot.close();
  sigver.close();
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
