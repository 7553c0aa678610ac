/**
 * A Deno peer as a program of its own: `peer.ts NAME SIGNALING_SERVER KEY`.
 *
 * Orders: `join`, `invite URL`, `quiet`.
 *
 * @module
 */

import { WebGroup } from "../../bot.ts";
import { serveCommands, tell } from "./commands.ts";
import { startTraffic } from "./reports.ts";

const [name = "", signalingServer = "", key = ""] = Deno.args;
const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
const { quiet } = startTraffic(name, group, tell);

await serveCommands({ join: () => group.join(key), invite: (url) => group.invite(url), quiet });
