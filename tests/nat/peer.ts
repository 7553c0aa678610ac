/**
 * A Deno peer of the laboratory as a program of its own: `peer.ts SIGNALING_SERVER KEY RTC`, RTC
 * being its `rtcConfiguration` as JSON, or empty for what a group does by itself.
 *
 * Orders: `join`, `greet`, `report`.
 *
 * @module
 */

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
