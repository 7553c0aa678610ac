/**
 * What a page of the demo shows: a state, and how facts change it (pure).
 *
 * @module
 */

import type { MemberStats, SignalingState, WebGroupState } from "../mod.ts";
import { nameOf } from "./names.ts";
import type { FileInfo, Role } from "./notes.ts";
import type { Fact } from "./participant.ts";
import { afterFile, type FileEntry, newFile, stateOf } from "./room_files.ts";
import type { Stop } from "./transfers.ts";

/** Another member. */
export interface Member {
  readonly id: number;
  /** Unknown until it has introduced itself. */
  readonly role: Role | undefined;
  /** How it is reached; unknown until it was asked. */
  readonly stats: MemberStats | undefined;
}

/** How far a file is at its other end. */
export interface End {
  readonly member: number;
  readonly bytes: number;
  readonly state:
    | { readonly type: "moving" }
    /** All of it is there, and not compared yet. */
    | { readonly type: "whole" }
    | { readonly type: "compared"; readonly theirs: string }
    | { readonly type: "stopped"; readonly why: Stop };
}

/** How fast a file moves, over the last second or so. */
export interface Pace {
  readonly bytesPerMs: number;
  /** Up to when that was measured, and what had gone to all then. */
  readonly time: number;
  readonly bytes: number;
}

/** Something in the list of what happened. */
export type Entry =
  & { readonly key: number; readonly time: number }
  & (
    | { readonly type: "event"; readonly text: string }
    | {
      readonly type: "chat";
      readonly from: number;
      /** Whom it was for; all unless told. */
      readonly to: number | undefined;
      readonly text: string;
    }
    | {
      readonly type: "file";
      readonly from: number;
      readonly to: number | undefined;
      readonly info: FileInfo;
      /** Its receivers, or its sender. */
      readonly ends: readonly End[];
      readonly pace: Pace;
      /** What it is here, once it was hashed. */
      readonly sha256: string | undefined;
      /** What was received. */
      readonly content: Blob | undefined;
    }
  );

/** Something that went wrong. */
export interface Alert {
  readonly key: number;
  readonly text: string;
}

/** All that is shown. */
export interface Room {
  readonly myId: number;
  readonly group: WebGroupState;
  readonly signaling: SignalingState;
  readonly members: readonly Member[];
  readonly entries: readonly Entry[];
  readonly alerts: readonly Alert[];
  readonly nextKey: number;
}

/** What happens to a room, besides facts: its own user, and the group's states. */
export type RoomEvent =
  | { readonly type: "fact"; readonly fact: Fact; readonly time: number }
  | {
    readonly type: "states";
    readonly myId: number;
    readonly group: WebGroupState;
    readonly signaling: SignalingState;
  }
  | { readonly type: "stats"; readonly stats: ReadonlyMap<number, MemberStats> }
  | { readonly type: "spoke"; readonly text: string; readonly to?: number; readonly time: number }
  | { readonly type: "alert"; readonly text: string }
  | { readonly type: "dismiss"; readonly key: number };

/** Older entries are forgotten. */
const ENTRIES_MAX = 300;

/** More alerts at a time help nobody. */
const ALERTS_MAX = 3;

/** The name of a member, as it is shown. */
export function titleOf(room: Pick<Room, "members" | "myId">, id: number): string {
  if (id === room.myId) return "You";
  return room.members.find((member) => member.id === id)?.role === "bot" ? "Bot" : nameOf(id);
}

/** The room after something happened. */
export function roomAfter(limit: Room, event: RoomEvent): Room {
  switch (event.type) {
    case "fact":
      return afterFact(limit, event.fact, event.time);
    case "states":
      return { ...limit, myId: event.myId, group: event.group, signaling: event.signaling };
    case "stats":
      return { ...limit, members: withStats(limit.members, event.stats) };
    case "spoke": {
      const { text, to, time } = event;
      return withEntry(limit, { type: "chat", from: limit.myId, to, text, time });
    }
    case "alert":
      return withAlert(limit, event.text);
    case "dismiss":
      return { ...limit, alerts: limit.alerts.filter(({ key }) => key !== event.key) };
  }
}

function afterFact(limit: Room, fact: Fact, time: number): Room {
  switch (fact.type) {
    case "joined": {
      const member = { id: fact.member, role: undefined, stats: undefined };
      return { ...limit, members: [...limit.members, member] };
    }
    case "introduced": {
      const members = limit.members.map((member) =>
        member.id === fact.member ? { ...member, role: fact.role } : member
      );
      const after = { ...limit, members };
      const text = `${titleOf(after, fact.member)} is here`;
      return withEntry(after, { type: "event", text, time });
    }
    case "left": {
      const after = withEntry(limit, {
        type: "event",
        text: `${titleOf(limit, fact.member)} left`,
        time,
      });
      return { ...after, members: after.members.filter(({ id }) => id !== fact.member) };
    }
    case "said": {
      const to = fact.audience === "you" ? limit.myId : undefined;
      return withEntry(limit, { type: "chat", from: fact.sender, to, text: fact.text, time });
    }
    case "fileBegan":
      return withEntry(limit, { ...newFile(limit.myId, fact, time), time });
    case "fileMoved":
    case "fileWhole":
    case "fileStopped":
    case "fileHashed":
    case "fileCompared":
      return withFile(limit, (file) => afterFile(file, fact, time));
    case "failed":
      return withAlert(limit, fact.error instanceof Error ? fact.error.message : `${fact.error}`);
  }
}

function withFile(limit: Room, next: (entry: FileEntry) => FileEntry): Room {
  return {
    ...limit,
    entries: limit.entries.map((entry) => entry.type === "file" ? next(entry) : entry),
  };
}

type NewEntry = Entry extends infer One ? One extends Entry ? Omit<One, "key"> : never : never;

function withEntry(limit: Room, entry: NewEntry): Room {
  // A new entry differs from an old one by its key only.
  const entries = [...limit.entries, { ...entry, key: limit.nextKey } as Entry];
  if (entries.length > ENTRIES_MAX) entries.splice(leastOf(entries), 1);
  return { ...limit, entries, nextKey: limit.nextKey + 1 };
}

/** What is forgotten first: what was said long ago, then files that are no longer on their way. */
function leastOf(entries: readonly Entry[]): number {
  const said = entries.findIndex(({ type }) => type !== "file");
  const isOver = (entry: Entry) =>
    entry.type === "file" && !["moving", "checking"].includes(stateOf(entry));
  return Math.max(said >= 0 ? said : entries.findIndex(isOver), 0);
}

function withAlert(limit: Room, text: string): Room {
  if (limit.alerts.some((alert) => alert.text === text)) return limit;
  const alerts = [...limit.alerts, { key: limit.nextKey, text }].slice(-ALERTS_MAX);
  return { ...limit, alerts, nextKey: limit.nextKey + 1 };
}

function withStats(
  members: readonly Member[],
  stats: ReadonlyMap<number, MemberStats>,
): readonly Member[] {
  return members.map((member) => ({ ...member, stats: stats.get(member.id) }));
}
