/**
 * A Deno peer as a program of its own: `peer.ts NAME SIGNALING_SERVER KEY`.
 *
 * Orders: `join`, `invite URL`, `quiet`.
 *
 * @module
 */

import { WebGroup } from "../../bot.ts";
import { obey, tell } from "./program.ts";
import { talk } from "./reports.ts";

const [name = "", signalingServer = "", key = ""] = Deno.args;
const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
const { quiet } = talk(name, group, tell);

await obey({ join: () => group.join(key), invite: (url) => group.invite(url), quiet });
