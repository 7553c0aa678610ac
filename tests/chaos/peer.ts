// `peer.ts NAME SIGNALING_SERVER KEY`. Commands: `join`, `invite URL`, `quiet`.

import { WebGroup } from "../../bot.ts";
import { serveCommands, writeReport } from "./commands.ts";
import { startTraffic } from "./reports.ts";

const [name = "", signalingServer = "", key = ""] = Deno.args;
const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
const { quiet } = startTraffic(name, group, writeReport);

await serveCommands({ join: () => group.join(key), invite: (url) => group.invite(url), quiet });
