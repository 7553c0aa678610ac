/**
 * A GroupServer of the laboratory as a program of its own: `server.ts HOST PORT`. It is a member of
 * the group when somebody needs it.
 *
 * Orders: `join`, which it does not need, `greet`, `report`.
 *
 * @module
 */

import { GroupServer } from "../../src/server/server.ts";
import { serveCommands } from "../chaos/commands.ts";
import { type Presence, present, tellAbsence } from "./report.ts";

const [hostname = "", port = ""] = Deno.args;
let presence: Presence | undefined;
const server = new GroupServer({
  relay: "needed",
  onGroup: (group) => presence = present(group),
});
await server.listen({ hostname, port: Number(port) });

await serveCommands({
  join: () => {},
  greet: () => presence?.greet(),
  report: () => presence === undefined ? tellAbsence() : presence.report(),
});
