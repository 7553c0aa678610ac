/**
 * A bot as a program of its own: `bot.ts NAME SIGNALING_SERVER`. It first prints its URL.
 *
 * Orders: `quiet`.
 *
 * @module
 */

import { Bot } from "../../bot.ts";
import { obey, print, tell } from "./program.ts";
import { talk } from "./reports.ts";

const [name = "", signalingServer = ""] = Deno.args;
const rtcConfiguration = { iceServers: [] };
const bot = new Bot({ signalingServer, webGroupOptions: { rtcConfiguration } });
let quiet = () => {};
bot.onWebGroup = (group) => quiet = talk(name, group, tell).quiet;
await bot.listen({ hostname: "127.0.0.1" });
print(`listens at ${bot.url}`);

await obey({ quiet: () => quiet() });
