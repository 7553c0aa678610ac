/**
 * The server of the demo, at one port: the page, and a group server beside it.
 *
 * | path          | what is there                 |
 * |---------------|-------------------------------|
 * | `/`           | the page; its key is the URL's fragment, which it keeps to itself and the group |
 * | `/groups/KEY` | the GroupServer, a member of each group, which keeps the text of its pad |
 *
 * @module
 */

import type { WebGroup } from "../mod.ts";
import { GroupServer, type RelayMode } from "../src/server/server.ts";
import { type DocumentStore, persistence } from "../src/yjs/server.ts";
import { localHost, networkHosts } from "./addresses.ts";
import { HASHES } from "./hashes.ts";
import { padStore } from "./pads.ts";
import { type Fact, Participant } from "./participant.ts";
import type { Person } from "./people.ts";
import { siteHandler } from "./site.ts";

export interface DemoOptions {
  /** The address to listen on; by default, only this machine reaches it. */
  readonly hostname?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The page's script; without it there is no page. */
  readonly script?: string;
  /** When the server is a member of a group; `always` by default. */
  readonly relay?: RelayMode;
  /** Where it keeps the texts of pads; in memory by default. */
  readonly store?: DocumentStore;
  /** Called with each event of the server as a member. */
  readonly serverTold?: (fact: Fact, me: Participant) => void;
}

/** A server that runs. */
export interface Demo extends AsyncDisposable {
  readonly port: number;
  /** The URLs of the page for other devices, best first; none, if they cannot reach it. */
  readonly networkUrls: readonly string[];
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
  const { hostname = "127.0.0.1", relay = "always", store = padStore(undefined) } = options;
  const keepText = persistence(store);
  const onGroup = (group: WebGroup) => {
    keepText(group);
    attend(group, options.serverTold);
  };
  const groupServer = new GroupServer({
    path: GROUPS,
    relay,
    onGroup: relay === "never" ? undefined : onGroup,
    webGroupOptions: { rtcConfiguration: RTC_CONFIGURATION },
  });
  const networkUrls: string[] = [];
  const site = siteHandler({ script: options.script, networkUrl: () => networkUrls[0] ?? "" });
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname, port: options.port, onListen: () => {} },
    (request, info) => {
      const { pathname } = new URL(request.url);
      return pathname.startsWith(GROUPS) ? groupServer.handler(request, info) : site(request);
    },
  );
  const { port } = server.addr;
  networkUrls.push(...networkHosts(hostname).map((host) => `http://${host}:${port}/`));
  const signalingServer = `ws://${localHost(hostname)}:${port}${GROUPS}`;
  let closed: Promise<void> | undefined;
  const close = () => closed ??= closeAll(groupServer, server);
  return {
    port,
    networkUrls,
    signalingServer,
    groupServer,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The server takes part as the pages do. */
function attend(group: WebGroup, told: DemoOptions["serverTold"]): void {
  const me = new Participant(group, { person: SERVER, shelf: HASHES }, (fact, me) => {
    answer(fact, me);
    told?.(fact, me);
  });
  me.report();
}

const SERVER: Person = { name: "Server", color: 7, role: "server" };

/** The server replies to messages for it alone. */
function answer(fact: Fact, me: Participant): void {
  if (fact.type !== "said" || fact.audience !== "you") return;
  // A member that has left does not wait for a reply.
  me.say(`You said: ${fact.text}`, fact.sender).catch(() => {});
}

async function closeAll(groupServer: GroupServer, server: Deno.HttpServer): Promise<void> {
  await groupServer.close();
  await server.shutdown();
}
