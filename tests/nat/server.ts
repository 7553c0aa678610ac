// `server.ts HOST PORT`: a GroupServer, which is a member when another member needs it. Commands:
// `join` (does nothing), `greet`, `report`.

import { GroupServer } from "../../src/server/server.ts";
import { serveCommands } from "../chaos/commands.ts";
import { type Presence, present, reportAbsence } from "./report.ts";

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
  report: () => presence === undefined ? reportAbsence() : presence.report(),
});
