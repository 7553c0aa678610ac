// `bot.ts NAME SIGNALING_SERVER` first prints its URL. Commands: `quiet`.

import { Bot } from "../../bot.ts";
import { print, serveCommands, writeReport } from "./commands.ts";
import { startTraffic } from "./reports.ts";

const [name = "", signalingServer = ""] = Deno.args;
const rtcConfiguration = { iceServers: [] };
const bot = new Bot({ signalingServer, webGroupOptions: { rtcConfiguration } });
let quiet = () => {};
bot.onWebGroup = (group) => quiet = startTraffic(name, group, writeReport).quiet;
await bot.listen({ hostname: "127.0.0.1" });
print(`listens at ${bot.url}`);

await serveCommands({ quiet: () => quiet() });
