import type { WebGroup } from "../../mod.ts";

/** Low load on a small machine, frequent enough to time the recovery. */
export const SEND_EVERY_MS = 200;

export interface View {
  /** 0 before a join. */
  readonly id: number;
  /** A number of `WebGroupState`. */
  readonly state: number;
  readonly members: readonly number[];
  /** How many of them have a channel to it. */
  readonly neighbors: number;
}

/** `at` is the time of the machine, in milliseconds. */
export type Report =
  & { readonly at: number }
  & (
    /** The id, the state or the members changed. */
    | { readonly type: "changed"; readonly view: View }
    | { readonly type: "joined" | "left"; readonly member: number; readonly view: View }
    /** It is about to send a message with this number to all members. */
    | { readonly type: "sent"; readonly number: number; readonly view: View }
    /** It received a message from the member with this id and name. */
    | {
      readonly type: "heard";
      readonly from: number;
      readonly by: string;
      readonly number: number;
    }
  );

export interface Traffic {
  quiet(): void;
}

/** Sends numbered messages to all, and reports them. */
export function startTraffic(
  name: string,
  group: WebGroup,
  report: (report: Report) => void,
): Traffic {
  const now = () => ({ at: Date.now() });
  const view = (): View => ({
    id: group.myId,
    state: group.state,
    members: group.members,
    neighbors: group.neighbors.length,
  });
  const changed = () => report({ ...now(), type: "changed", view: view() });
  group.onMyId = changed;
  group.onStateChange = changed;
  group.onMemberJoin = (member) => report({ ...now(), type: "joined", member, view: view() });
  group.onMemberLeave = (member) => report({ ...now(), type: "left", member, view: view() });
  group.onMessage = (from, data) => {
    const [by = "", number] = String(data).split(" ");
    report({ ...now(), type: "heard", from, by, number: Number(number) });
  };
  let number = 0;
  const timer = setInterval(() => {
    if (group.members.length <= 1) return;
    number++;
    report({ ...now(), type: "sent", number, view: view() });
    group.send(`${name} ${number}`);
  }, SEND_EVERY_MS);
  return { quiet: () => clearInterval(timer) };
}

export function parseReport(line: string): Report | undefined {
  if (!line.startsWith(REPORT_MARK)) return undefined;
  // Only members of this test print such lines.
  return JSON.parse(line.slice(REPORT_MARK.length)) as Report;
}

export function reportLine(report: Report): string {
  return `${REPORT_MARK}${JSON.stringify(report)}`;
}

/** Programs and pages may print other lines, too. */
const REPORT_MARK = "report ";
