import { WebGroup } from "../../mod.ts";
import { reportLine, startTraffic } from "./reports.ts";

export interface PageScope {
  join(name: string, signalingServer: string, key: string): void;
  quiet(): void;
}

const scope = globalThis as unknown as PageScope;

scope.join = (name, signalingServer, key) => {
  const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
  // deno-lint-ignore no-console -- a frozen page cannot be queried, so it reports on the console
  const { quiet } = startTraffic(name, group, (report) => console.log(reportLine(report)));
  scope.quiet = quiet;
  group.join(key);
};
