import type { MemberStats, WebGroup } from "../../mod.ts";
import { print } from "../chaos/commands.ts";

export type Route = Pick<
  MemberStats,
  "id" | "channel" | "via" | "localCandidateType" | "remoteCandidateType"
>;

/** The state of a peer at a moment. */
export interface Report {
  /** 0 before a join. */
  readonly id: number;
  /** A number of `WebGroupState`. */
  readonly state: number;
  readonly members: readonly number[];
  readonly received: readonly number[];
  readonly routes: readonly Route[];
  /** For people. */
  readonly errors: readonly string[];
}

export interface Presence {
  /** Each member gets a message of its own. */
  greet(): void;
  report(): void;
}

export function present(group: WebGroup): Presence {
  const received = new Set<number>();
  const errors: string[] = [];
  group.onMessage = (id) => received.add(id);
  group.addEventListener("error", ({ error }) => errors.push(String(error)));
  return {
    greet() {
      for (const id of group.members) group.sendTo(id, "hello");
    },
    async report() {
      const stats = await group.getStats();
      const routes = [...stats.values()].map((
        { id, channel, via, localCandidateType, remoteCandidateType },
      ) => ({ id, channel, via, localCandidateType, remoteCandidateType }));
      const { myId: id, state, members } = group;
      writeReport({ id, state, members, received: [...received], routes, errors });
    },
  };
}

export function reportAbsence(): void {
  writeReport({ id: 0, state: 2, members: [], received: [], routes: [], errors: [] });
}

function writeReport(report: Report): void {
  print(`${REPORT_MARK}${JSON.stringify(report)}`);
}

/** Returns `undefined` for a line that is no report. */
export function parseReport(line: string): Report | undefined {
  if (!line.startsWith(REPORT_MARK)) return undefined;
  // Only peers of this test print such lines.
  return JSON.parse(line.slice(REPORT_MARK.length)) as Report;
}

const REPORT_MARK = "report ";
