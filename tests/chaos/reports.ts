import type { WebGroup } from "../../mod.ts";

/** Low load on a small machine, and a resolution that shows when a member is heard again. */
export const SEND_EVERY_MS = 200;

/** The view of a member at a moment. */
export interface View {
  /** Its own id; 0 unless joined or joining. */
  readonly id: number;
  /** A number of `WebGroupState`. */
  readonly state: number;
  readonly members: readonly number[];
  /** How many of them it has a channel to. */
  readonly neighbors: number;
}

/** A report; `at` is the time of the machine, in milliseconds. */
export type Report =
  & { readonly at: number }
  & (
    /** It has another id, or another state. */
    | { readonly type: "changed"; readonly view: View }
    | { readonly type: "joined" | "left"; readonly member: number; readonly view: View }
    /** It is about to send its message of this number to all that it sees. */
    | { readonly type: "sent"; readonly number: number; readonly view: View }
    /** It got a message: from the member of this id, which runs under this name. */
    | {
      readonly type: "heard";
      readonly from: number;
      readonly by: string;
      readonly number: number;
    }
  );

/** A member that is talking. */
export interface Traffic {
  /** Stops sending; still receives. */
  quiet(): void;
}

/** Starts to send numbered messages to all, and to report. */
export function startTraffic(
  name: string,
  group: WebGroup,
  tell: (report: Report) => void,
): Traffic {
  const now = () => ({ at: Date.now() });
  const view = (): View => ({
    id: group.myId,
    state: group.state,
    members: group.members,
    neighbors: group.neighbors.length,
  });
  const changed = () => tell({ ...now(), type: "changed", view: view() });
  group.onMyId = changed;
  group.onStateChange = changed;
  group.onMemberJoin = (member) => tell({ ...now(), type: "joined", member, view: view() });
  group.onMemberLeave = (member) => tell({ ...now(), type: "left", member, view: view() });
  group.onMessage = (from, data) => {
    const [by = "", number] = String(data).split(" ");
    tell({ ...now(), type: "heard", from, by, number: Number(number) });
  };
  let number = 0;
  const timer = setInterval(() => {
    if (group.members.length <= 1) return;
    number++;
    tell({ ...now(), type: "sent", number, view: view() });
    group.send(`${name} ${number}`);
  }, SEND_EVERY_MS);
  return { quiet: () => clearInterval(timer) };
}

/** Reads a line that a member has written; `undefined` for a line that is no report. */
export function parseReport(line: string): Report | undefined {
  if (!line.startsWith(REPORT_MARK)) return undefined;
  // Only members of this test print such lines.
  return JSON.parse(line.slice(REPORT_MARK.length)) as Report;
}

/** The line of a report. */
export function reportLine(report: Report): string {
  return `${REPORT_MARK}${JSON.stringify(report)}`;
}

/** Programs and pages may write other lines, too. */
const REPORT_MARK = "report ";
