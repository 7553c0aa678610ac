import { WebGroupState } from "../../src/group/state.ts";
import type { Report, View } from "./reports.ts";

/** The members that the fault separates or ends. */
export interface Impact {
  /** Members that are no more. */
  readonly ended?: readonly string[];
  /** Members that do nothing while it lasts, not even notice. */
  readonly paused?: readonly string[];
  /** Two parts that have no way to each other while it lasts. */
  readonly apart?: readonly [readonly string[], readonly string[]];
  /** All lose the signaling server. */
  readonly sigver?: true;
}

/** The reports of each member by its name, in order. */
export interface History {
  readonly told: ReadonlyMap<string, readonly Report[]>;
  readonly impact: Impact;
  readonly beganAt: number;
  /** The duration of the fault in ms; 0 if it cannot be ended. */
  readonly lastsMs: number;
  readonly endedAt: number;
}

/** The effects on users. */
export interface Verdict {
  /** From the beginning of the fault until the last one noticed, of those who did. */
  readonly noticeMs: number | undefined;
  /** How many noticed the loss of how many, taken all together. */
  readonly noticed: number;
  readonly toNotice: number;
  /**
   * From the end of the fault until all agree and hear each other permanently; `undefined`: never.
   */
  readonly healMs: number | undefined;
  /** Members that were reported to have left, though the fault left them a path. */
  readonly wrongLeaves: number;
  /** Messages that were lost without a report to the sender or the receiver. */
  readonly lostInSilence: number;
  /** Violations: duplicates, reordering, silent loss, and disagreement. */
  readonly violations: readonly string[];
}

/** A member that is silent for this long may be declared dead (G6 of docs/GUARANTEES.md). */
const SILENCE_MS = 6_000;

/** Reports from before the fault may still arrive within this time. */
const ON_ITS_WAY_MS = 1_000;

/** A message that takes longer than this is late. */
const LATE_MS = 1_000;

/** Judges a story that is over: the members are quiet, and what was on its way has arrived. */
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

/** Returns why the fault had no effect: a member continued as before; `undefined` if it had one. */
export function missingEffect(history: History): string | undefined {
  const { told, impact: { ended = [], paused = [], apart = [[], []], sigver }, beganAt } = history;
  const goesOn = (name: string, until: number, from?: readonly string[]) =>
    told.get(name)!.some((report) =>
      report.at > beganAt + ON_ITS_WAY_MS && report.at < until &&
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

/** Why the members that are left do not agree at a time; `undefined` when they do. */
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

/** The members that the fault did not end. */
function survivorsOf({ told, impact }: History): readonly string[] {
  return [...told.keys()].filter((name) => !impact.ended?.includes(name));
}

const NOTHING: View = { id: 0, state: WebGroupState.LEFT, members: [], neighbors: 0 };

function viewAt({ told }: History, name: string, at: number): View {
  return told.get(name)?.findLast((report): report is Report & { readonly view: View } =>
    report.at <= at && report.type !== "heard"
  )?.view ?? NOTHING;
}

/** The names of members by their ids; one that joins again has another id. */
function ownersOf({ told }: History): ReadonlyMap<number, string> {
  const owners = new Map<number, string>();
  for (const [name, reports] of told) {
    for (const report of reports) if (report.type !== "heard") owners.set(report.view.id, name);
  }
  return owners;
}

function isLeave(report: Report): report is Report & { readonly type: "left" } {
  return report.type === "left";
}

/** Whether the fault took one from the other, so that either may notice. */
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
  const { told, impact, beganAt } = history;
  const times: (number | undefined)[] = [];
  for (const name of survivorsOf(history)) {
    // A member that joined later notices nothing.
    const wasThere = viewAt(history, name, beganAt).state === WebGroupState.JOINED;
    if (!wasThere || impact.paused?.includes(name)) continue;
    const later = told.get(name)!.filter(({ at }) => at >= beganAt);
    if (impact.sigver) {
      const lost = later.find((report) =>
        report.type === "changed" && report.view.state !== WebGroupState.JOINED
      );
      times.push(lost?.at);
    }
    for (const other of told.keys()) {
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
  return [...history.told].flatMap(([name, reports]) =>
    reports.filter(isLeave).filter(({ member }) =>
      !areParted(history, name, owners.get(member) ?? "somebody unknown")
    )
  ).length;
}

/** From the end of the fault until all agree, and all messages arrive in time, permanently. */
function healOf(history: History): number | undefined {
  const { told, endedAt } = history;
  const survivors = survivorsOf(history);
  let healedAt = endedAt;
  const changes = survivors.flatMap((name) =>
    told.get(name)!.filter(({ type, at }) => type !== "heard" && type !== "sent" && at > endedAt)
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

/** When the first message came of those sent after the fault and the last that was lost or late. */
function heardForGoodAt({ told, endedAt }: History, by: string, at: string): number | undefined {
  const arrived = arrivalsOf(told.get(at)!, by);
  const sent = told.get(by)!.filter((report) => report.type === "sent");
  const gap = sent.findLastIndex(({ number, at }) =>
    (arrived.get(number) ?? Infinity) - at > LATE_MS
  );
  const first = sent.slice(gap + 1).find(({ at }) => at >= endedAt);
  return first && arrived.get(first.number);
}

/** The first arrival of each message of a member. */
function arrivalsOf(reports: readonly Report[], by: string): ReadonlyMap<number, number> {
  const arrivals = new Map<number, number>();
  for (const report of reports) {
    if (report.type === "heard" && report.by === by && !arrivals.has(report.number)) {
      arrivals.set(report.number, report.at);
    }
  }
  return arrivals;
}

/** Messages between two that listed each other, which never came, and no leave of either after. */
function lostOf(history: History, owners: ReadonlyMap<number, string>): number {
  const { told } = history;
  let lost = 0;
  for (const [receiver, heard] of told) {
    for (const [sender, reports] of told) {
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

/** Messages that came twice, or after a later one of the same member. */
function disorderOf({ told }: History): readonly string[] {
  const found: string[] = [];
  for (const [name, reports] of told) {
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
