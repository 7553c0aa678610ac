/**
 * The state of a file in a room, and how events change it.
 *
 * @module
 */

import type { End, Entry, Pace } from "./room.ts";
import type { TransferFact } from "./transfers.ts";

/** A file in the list of what happened. */
export type FileEntry = Entry & { readonly type: "file" };

/** How a file stands, in one word. */
export type FileState = "moving" | "checking" | "equal" | "different" | "unchecked" | "stopped";

type Began = Extract<TransferFact, { type: "fileBegan" }>;

/** The interval over which the pace is measured. */
const PACE_MS = 1_000;

/** A new file. */
export function newFile(
  myId: number,
  { info, from, to }: Began,
  time: number,
): Omit<FileEntry, "key" | "time"> {
  const mine = from === myId;
  const others = mine ? to : [from];
  const receiver = mine ? to[0] : myId;
  return {
    type: "file",
    from,
    to: info.audience === "you" ? receiver : undefined,
    info,
    ends: others.map((member) => ({ member, bytes: 0, state: { type: "moving" } })),
    pace: { bytesPerMs: 0, time, bytes: 0 },
    sha256: undefined,
    content: undefined,
  };
}

/** A file after something happened to one. */
export function afterFile(
  entry: FileEntry,
  fact: Exclude<TransferFact, Began>,
  time: number,
): FileEntry {
  const file = fact.type === "fileCompared" ? fact.info.id : fact.file;
  if (entry.info.id !== file) return entry;
  switch (fact.type) {
    case "fileMoved": {
      const after = withEnd(entry, fact.member, (end) => ({ ...end, bytes: fact.bytes }));
      return { ...after, pace: paceAfter(after.pace, movedBytes(after), time) };
    }
    case "fileWhole":
      return withEnd(entry, fact.member, (end) => ({ ...end, state: { type: "whole" } }));
    case "fileStopped": {
      const { why } = fact;
      return withEnd(entry, fact.member, (end) => ({ ...end, state: { type: "stopped", why } }));
    }
    case "fileHashed":
      return { ...entry, sha256: fact.sha256, content: fact.content };
    case "fileCompared": {
      const { theirs } = fact;
      return withEnd(
        entry,
        fact.member,
        (end) => ({ ...end, state: { type: "compared", theirs } }),
      );
    }
  }
}

function withEnd(entry: FileEntry, member: number, next: (end: End) => End): FileEntry {
  return { ...entry, ends: entry.ends.map((end) => end.member === member ? next(end) : end) };
}

function paceAfter(pace: Pace, bytes: number, time: number): Pace {
  const passed = time - pace.time;
  if (passed < PACE_MS) return pace;
  return { bytesPerMs: (bytes - pace.bytes) / passed, time, bytes };
}

/** The bytes that all receivers have together. */
export function movedBytes({ ends }: FileEntry): number {
  return ends.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** How it stands. */
export function stateOf({ ends, sha256 }: FileEntry): FileState {
  const states = ends.map(({ state }) => state);
  if (states.some(({ type }) => type === "moving")) return "moving";
  if (states.some(({ type }) => type === "whole")) return "checking";
  const compared = states.filter((state) => state.type === "compared");
  if (compared.length === 0) return "stopped";
  const known = compared.filter(({ theirs }) => theirs !== undefined && sha256 !== undefined);
  if (known.some(({ theirs }) => theirs !== sha256)) return "different";
  return known.length < compared.length ? "unchecked" : "equal";
}

/** How it stands, for people. */
export function verdictOf(entry: FileEntry): string {
  const { ends, info } = entry;
  const all = ends.length;
  switch (stateOf(entry)) {
    case "moving":
      return progressOf(entry);
    case "checking":
      return "All of it is there; comparing SHA-256…";
    case "different":
      return "SHA-256 differs: it is damaged";
    case "unchecked":
      return `All ${sizeOf(info.bytes)} are there. Not compared: SHA-256 needs a page of https.`;
    case "stopped":
      return stoppedOf(entry);
    case "equal": {
      const whole = ends.filter(({ state }) => state.type === "compared").length;
      if (all === 1) return `${sizeOf(info.bytes)}, the same SHA-256 at both ends`;
      return `${whole} of ${all} have its ${sizeOf(info.bytes)}, with the same SHA-256`;
    }
  }
}

function progressOf(entry: FileEntry): string {
  const { info, ends, pace } = entry;
  const total = info.bytes * ends.length;
  const moved = movedBytes(entry);
  const parts = [`${Math.floor(100 * moved / Math.max(total, 1))} %`];
  if (pace.bytesPerMs > 0) {
    parts.push(`${(pace.bytesPerMs / 1_000).toFixed(1)} MB/s`);
    parts.push(`${durationOf((total - moved) / pace.bytesPerMs)} left`);
  }
  return parts.join(" · ");
}

function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function stoppedOf({ ends }: FileEntry): string {
  const [end] = ends;
  const why = end?.state.type === "stopped" ? end.state.why : "failed";
  return {
    me: "Cancelled by you",
    them: "Cancelled at the other end",
    left: "Its other end left before it was complete",
    failed: "It could not be sent, or taken",
  }[why];
}

/** A size, for people. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [unit, divisor] = bytes < 1_000_000 ? ["kB", 1e3] as const : ["MB", 1e6] as const;
  return `${Number((bytes / divisor).toPrecision(3))} ${unit}`;
}
