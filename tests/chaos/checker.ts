import { WebGroupState } from "../../src/group/state.ts";
import type { Report, View } from "./reports.ts";

/** The expected effect of the fault on members. */
export interface Impact {
  /** These members are gone. */
  readonly ended?: readonly string[];
  /** These members do nothing during the fault, and notice nothing. */
  readonly paused?: readonly string[];
  /** Two parts without any path to each other during the fault. */
  readonly apart?: readonly [readonly string[], readonly string[]];
  /** All members lose the signaling server. */
  readonly sigver?: true;
}

/** The reports of each member, in order. */
export interface History {
  readonly reportsOf: ReadonlyMap<string, readonly Report[]>;
  readonly impact: Impact;
  readonly beganAt: number;
  /** In ms; 0 for a permanent fault. */
  readonly lastsMs: number;
  readonly endedAt: number;
}

export interface Verdict {
  /** From the start of the fault until the last member that noticed it did. */
  readonly noticeMs: number | undefined;
  /** How many members noticed the loss of how many others, in sum. */
  readonly noticed: number;
  readonly toNotice: number;
  /** Until all agree and receive from each other permanently; `undefined`: never. */
  readonly healMs: number | undefined;
  /** Leaves that were reported although the fault left a path. */
  readonly wrongLeaves: number;
  /** Messages lost without a report to sender or receiver. */
  readonly lostInSilence: number;
  /** Duplicates, reordering, silent loss, and disagreement. */
  readonly violations: readonly string[];
}

const SILENCE_MS = 6_000;

const REPORT_DELAY_MAX_MS = 1_000;

/** A longer delivery is late. */
const LATE_MS = 1_000;

/** Checks a complete history: the members are quiet, and all messages have arrived. */
export function checkHistory(history: History): Verdict {
  const owners = ownersOf(history);
  const disagreement = disagreementAt(history, Infinity);
  const lostInSilence = lostOf(history, owners);
  return {
    ...noticeOf(history, owners),
    healMs: disagreement === undefined ? healOf(history) : undefined,
    wrongLeaves: wrongLeavesOf(history, owners),
    lostInSilence,
    violations: [
      ...(disagreement === undefined ? [] : [`at the end ${disagreement}`]),
      ...(lostInSilence === 0 ? [] : [`${lostInSilence} messages were lost in silence`]),
      ...disorderOf(history),
    ],
  };
}

/** Returns why the fault had no effect, such as a member that continued as before. */
export function missingEffect(history: History): string | undefined {
  const { reportsOf, impact: { ended = [], paused = [], apart = [[], []], sigver }, beganAt } =
    history;
  const goesOn = (name: string, until: number, from?: readonly string[]) =>
    reportsOf.get(name)!.some((report) =>
      report.at > beganAt + REPORT_DELAY_MAX_MS && report.at < until &&
      (from === undefined || report.type === "heard" && from.includes(report.by))
    );
  const overAt = beganAt + history.lastsMs;
  const [left, right] = apart;
  const unharmed = ended.find((name) => goesOn(name, Infinity)) ??
    paused.find((name) => goesOn(name, overAt)) ??
    left.find((name) => goesOn(name, overAt, right)) ??
    right.find((name) => goesOn(name, overAt, left));
  if (unharmed !== undefined) return `${unharmed} did not feel it`;
  return sigver && checkHistory(history).noticed === 0 ? "nobody missed Sigver" : undefined;
}

/** Returns how the remaining members disagree at a time; `undefined` if they agree. */
export function disagreementAt(history: History, at: number): string | undefined {
  const views = survivorsOf(history).map((name) => [name, viewAt(history, name, at)] as const);
  const everyone = views.map(([, view]) => view.id).sort().join();
  for (const [name, { state, members }] of views) {
    if (state !== WebGroupState.JOINED) return `${name} is ${WebGroupState[state as 0 | 1 | 2]}`;
    if ([...members].sort().join() !== everyone) {
      return `${name} sees ${members.length} members, not the ${views.length} that there are`;
    }
  }
  return undefined;
}

function survivorsOf({ reportsOf, impact }: History): readonly string[] {
  return [...reportsOf.keys()].filter((name) => !impact.ended?.includes(name));
}

const NOTHING: View = { id: 0, state: WebGroupState.LEFT, members: [], neighbors: 0 };

function viewAt({ reportsOf }: History, name: string, at: number): View {
  return reportsOf.get(name)?.findLast((report): report is Report & { readonly view: View } =>
    report.at <= at && report.type !== "heard"
  )?.view ?? NOTHING;
}

/** Maps ids to members; a member that joins again has another id. */
function ownersOf({ reportsOf }: History): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  for (const [name, reports] of reportsOf) {
    for (const report of reports) if (report.type !== "heard") owners.set(report.view.id, name);
  }
  return owners;
}

function isLeave(report: Report): report is Report & { readonly type: "left" } {
  return report.type === "left";
}

/** Whether the fault separated the two, so that either may notice. */
function areParted({ impact, beganAt, endedAt }: History, one: string, other: string): boolean {
  const { ended, apart } = impact;
  if (ended?.includes(one) || ended?.includes(other)) return true;
  if (endedAt - beganAt < SILENCE_MS) return false;
  const [left, right] = apart ?? [[], []];
  return left.includes(one) && right.includes(other) || left.includes(other) && right.includes(one);
}

function noticeOf(
  history: History,
  owners: ReadonlyMap<number, string>,
): Pick<Verdict, "noticeMs" | "noticed" | "toNotice"> {
  const { reportsOf, impact, beganAt } = history;
  const times: (number | undefined)[] = [];
  for (const name of survivorsOf(history)) {
    // A member that joined later notices nothing.
    const wasThere = viewAt(history, name, beganAt).state === WebGroupState.JOINED;
    if (!wasThere || impact.paused?.includes(name)) continue;
    const later = reportsOf.get(name)!.filter(({ at }) => at >= beganAt);
    if (impact.sigver) {
      const lost = later.find((report) =>
        report.type === "changed" && report.view.state !== WebGroupState.JOINED
      );
      times.push(lost?.at);
    }
    for (const other of reportsOf.keys()) {
      if (other === name || !areParted(history, name, other)) continue;
      times.push(later.filter(isLeave).find(({ member }) => owners.get(member) === other)?.at);
    }
  }
  const noticed = times.filter((at) => at !== undefined);
  return {
    noticeMs: noticed.length === 0 ? undefined : Math.max(...noticed) - beganAt,
    noticed: noticed.length,
    toNotice: times.length,
  };
}

function wrongLeavesOf(history: History, owners: ReadonlyMap<number, string>): number {
  return [...history.reportsOf].flatMap(([name, reports]) =>
    reports.filter(isLeave).filter(({ member }) =>
      !areParted(history, name, owners.get(member) ?? "somebody unknown")
    )
  ).length;
}

/** From the end of the fault until all agree, and all messages arrive in time, permanently. */
function healOf(history: History): number | undefined {
  const { reportsOf, endedAt } = history;
  const survivors = survivorsOf(history);
  let healedAt = endedAt;
  const changes = survivors.flatMap((name) =>
    reportsOf.get(name)!.filter(({ type, at }) =>
      type !== "heard" && type !== "sent" && at > endedAt
    )
  ).map(({ at }) => at).sort((one, other) => one - other);
  const last = changes.findLastIndex((at) => disagreementAt(history, at) !== undefined);
  if (last !== -1) healedAt = changes[last + 1] ?? Infinity;
  else if (disagreementAt(history, endedAt) !== undefined) healedAt = changes[0] ?? Infinity;
  for (const sender of survivors) {
    for (const receiver of survivors) {
      if (sender === receiver) continue;
      const heardAt = heardForGoodAt(history, sender, receiver);
      if (heardAt === undefined) return undefined;
      healedAt = Math.max(healedAt, heardAt);
    }
  }
  return healedAt - endedAt;
}

/** The first arrival of a message sent after the fault and after the last lost or late one. */
function heardForGoodAt(
  { reportsOf, endedAt }: History,
  by: string,
  at: string,
): number | undefined {
  const arrived = arrivalsOf(reportsOf.get(at)!, by);
  const sent = reportsOf.get(by)!.filter((report) => report.type === "sent");
  const gap = sent.findLastIndex(({ number, at }) =>
    (arrived.get(number) ?? Infinity) - at > LATE_MS
  );
  const first = sent.slice(gap + 1).find(({ at }) => at >= endedAt);
  return first && arrived.get(first.number);
}

function arrivalsOf(reports: readonly Report[], by: string): ReadonlyMap<number, number> {
  const arrivals = new Map<number, number>();
  for (const report of reports) {
    if (report.type === "heard" && report.by === by && !arrivals.has(report.number)) {
      arrivals.set(report.number, report.at);
    }
  }
  return arrivals;
}

/** Messages between two that listed each other, without a later leave of either. */
function lostOf(history: History, owners: ReadonlyMap<number, string>): number {
  const { reportsOf } = history;
  let lost = 0;
  for (const [receiver, heard] of reportsOf) {
    for (const [sender, reports] of reportsOf) {
      if (sender === receiver) continue;
      const arrived = arrivalsOf(heard, sender);
      for (const report of reports) {
        if (report.type !== "sent" || arrived.has(report.number)) continue;
        const { at, view } = report;
        const { id, members } = viewAt(history, receiver, at);
        if (!view.members.includes(id) || !members.includes(view.id)) continue;
        const isTold = (later: readonly Report[], gone: string) =>
          later.filter(isLeave).some((leave) =>
            leave.at >= at && owners.get(leave.member) === gone
          );
        if (!isTold(heard, sender) && !isTold(reports, receiver)) lost++;
      }
    }
  }
  return lost;
}

function disorderOf({ reportsOf }: History): readonly string[] {
  const found: string[] = [];
  for (const [name, reports] of reportsOf) {
    const seen = new Set<string>();
    const latest = new Map<number, number>();
    for (const report of reports) {
      if (report.type !== "heard") continue;
      const { from, by, number } = report;
      const message = `${by} ${number}`;
      if (seen.has(message)) found.push(`${name} got ${message} twice`);
      else if (number < (latest.get(from) ?? 0)) {
        found.push(`${name} got ${message} after ${by} ${latest.get(from)}`);
      }
      seen.add(message);
      latest.set(from, Math.max(number, latest.get(from) ?? 0));
    }
  }
  return found;
}
