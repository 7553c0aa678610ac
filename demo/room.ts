/**
 * The state of a page of the demo, and how events change it.
 *
 * @module
 */

import type { MemberStats, SignalingState, WebGroupState } from "../mod.ts";
import { nameOf } from "./names.ts";
import type { FileInfo, Role } from "./messages.ts";
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
    /** All bytes have arrived; the hashes are not compared yet. */
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
      /** The receiver; `undefined` for all. */
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
      /** The hash of the file at this end. */
      readonly sha256: string | undefined;
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

/** The events of a room: those of the group, and those of its user. */
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

/** More alerts at a time are not readable. */
const ALERTS_MAX = 3;

/** The name of a member, as it is shown. */
export function titleOf(room: Pick<Room, "members" | "myId">, id: number): string {
  if (id === room.myId) return "You";
  return room.members.find((member) => member.id === id)?.role === "bot" ? "Bot" : nameOf(id);
}

/** The room after something happened. */
export function roomAfter(room: Room, event: RoomEvent): Room {
  switch (event.type) {
    case "fact":
      return afterFact(room, event.fact, event.time);
    case "states":
      return { ...room, myId: event.myId, group: event.group, signaling: event.signaling };
    case "stats":
      return { ...room, members: withStats(room.members, event.stats) };
    case "spoke": {
      const { text, to, time } = event;
      return withEntry(room, { type: "chat", from: room.myId, to, text, time });
    }
    case "alert":
      return withAlert(room, event.text);
    case "dismiss":
      return { ...room, alerts: room.alerts.filter(({ key }) => key !== event.key) };
  }
}

function afterFact(room: Room, fact: Fact, time: number): Room {
  switch (fact.type) {
    case "joined": {
      const member = { id: fact.member, role: undefined, stats: undefined };
      return { ...room, members: [...room.members, member] };
    }
    case "introduced": {
      const members = room.members.map((member) =>
        member.id === fact.member ? { ...member, role: fact.role } : member
      );
      const after = { ...room, members };
      const text = `${titleOf(after, fact.member)} is here`;
      return withEntry(after, { type: "event", text, time });
    }
    case "left": {
      const after = withEntry(room, {
        type: "event",
        text: `${titleOf(room, fact.member)} left`,
        time,
      });
      return { ...after, members: after.members.filter(({ id }) => id !== fact.member) };
    }
    case "said": {
      const to = fact.audience === "you" ? room.myId : undefined;
      return withEntry(room, { type: "chat", from: fact.sender, to, text: fact.text, time });
    }
    case "fileBegan":
      return withEntry(room, { ...newFile(room.myId, fact, time), time });
    case "fileMoved":
    case "fileWhole":
    case "fileStopped":
    case "fileHashed":
    case "fileCompared":
      return withFile(room, (file) => afterFile(file, fact, time));
    case "failed":
      return withAlert(room, fact.error instanceof Error ? fact.error.message : `${fact.error}`);
  }
}

function withFile(room: Room, next: (entry: FileEntry) => FileEntry): Room {
  return {
    ...room,
    entries: room.entries.map((entry) => entry.type === "file" ? next(entry) : entry),
  };
}

type NewEntry = Entry extends infer One ? One extends Entry ? Omit<One, "key"> : never : never;

function withEntry(room: Room, entry: NewEntry): Room {
  // A new entry differs from an old one by its key only.
  const entries = [...room.entries, { ...entry, key: room.nextKey } as Entry];
  if (entries.length > ENTRIES_MAX) entries.splice(leastOf(entries), 1);
  return { ...room, entries, nextKey: room.nextKey + 1 };
}

/** The entry to drop first: old messages, then files that are complete. */
function leastOf(entries: readonly Entry[]): number {
  const said = entries.findIndex(({ type }) => type !== "file");
  const isOver = (entry: Entry) =>
    entry.type === "file" && !["moving", "checking"].includes(stateOf(entry));
  return Math.max(said >= 0 ? said : entries.findIndex(isOver), 0);
}

function withAlert(room: Room, text: string): Room {
  if (room.alerts.some((alert) => alert.text === text)) return room;
  const alerts = [...room.alerts, { key: room.nextKey, text }].slice(-ALERTS_MAX);
  return { ...room, alerts, nextKey: room.nextKey + 1 };
}

function withStats(
  members: readonly Member[],
  stats: ReadonlyMap<number, MemberStats>,
): readonly Member[] {
  return members.map((member) => ({ ...member, stats: stats.get(member.id) }));
}
