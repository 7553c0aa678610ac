// `peer.ts SIGNALING_SERVER KEY RTC`: RTC is its `rtcConfiguration` as JSON, or empty for the
// default. Commands: `join`, `greet`, `report`.

import { WebGroup } from "../../bot.ts";
import { serveCommands } from "../chaos/commands.ts";
import { present } from "./report.ts";

const [signalingServer = "", key = "", rtc = ""] = Deno.args;
const group = new WebGroup({
  signalingServer,
  ...(rtc !== "" && { rtcConfiguration: JSON.parse(rtc) }),
});
const { greet, report } = present(group);

await serveCommands({ join: () => group.join(key), greet, report });
