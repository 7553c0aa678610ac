// `bot.ts SIGNALING_SERVER KEY HOST` accepts WebSockets at HOST, and uses no STUN or TURN.
// Commands: `join`, `greet`, `report`.

import { Bot } from "../../bot.ts";
import { serveCommands } from "../chaos/commands.ts";
import { type Presence, present, reportAbsence } from "./report.ts";

const [signalingServer = "", key = "", hostname = ""] = Deno.args;
const rtcConfiguration = { iceServers: [] };
const bot = new Bot({
  signalingServer,
  leaveOnceAlone: false,
  webGroupOptions: { rtcConfiguration },
});
await bot.listen({ hostname });
let presence: Presence | undefined;

await serveCommands({
  join: async () => presence = present(await bot.join(key)),
  greet: () => presence?.greet(),
  report: () => presence === undefined ? reportAbsence() : presence.report(),
});
