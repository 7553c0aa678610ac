/**
 * The state of a page of the demo, and how events change it.
 *
 * @module
 */

import type { MemberStats, SignalingState, WebGroupState } from "../mod.ts";
import type { FileInfo } from "./file_label.ts";
import { type Link, linksOf, type Reach, reachesOf } from "./links.ts";
import type { Fact } from "./participant.ts";
import { type Person, unknownName } from "./people.ts";
import { afterFile, type FileEntry, newFile, stateOf } from "./room_files.ts";
import type { Stop } from "./transfers.ts";

/** Another member. */
export interface Member {
  readonly id: number;
  /** How it is reached; unknown until it was asked. */
  readonly stats: MemberStats | undefined;
  /** How it reaches the others, as it reports itself. */
  readonly reaches: readonly Reach[];
}

/** How far a file is at its other end. */
export interface End {
  readonly member: number;
  readonly bytes: number;
  readonly state:
    | { readonly type: "moving" }
    /** All bytes have arrived; the hashes are not compared yet. */
    | { readonly type: "whole" }
    /** `undefined`: the other end cannot hash. */
    | { readonly type: "compared"; readonly theirs: string | undefined }
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

/** All that is shown, besides the pad. */
export interface Room {
  readonly myId: number;
  readonly group: WebGroupState;
  readonly signaling: SignalingState;
  readonly members: readonly Member[];
  /** All that were seen here, also those that left: their messages are still there. */
  readonly people: ReadonlyMap<number, Person>;
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
  /** The user is this person now. */
  | { readonly type: "person"; readonly person: Person }
  | { readonly type: "stats"; readonly stats: ReadonlyMap<number, MemberStats> }
  | { readonly type: "spoke"; readonly text: string; readonly to?: number; readonly time: number }
  | { readonly type: "alert"; readonly text: string }
  | { readonly type: "dismiss"; readonly key: number };

/** Older entries are forgotten. */
const ENTRIES_MAX = 300;

/** More alerts at a time are not readable. */
const ALERTS_MAX = 3;

/** Those that left first are forgotten. */
const PEOPLE_MAX = 500;

/** A room before its group is joined. */
export function newRoom(group: WebGroupState, signaling: SignalingState, person: Person): Room {
  return {
    myId: 0,
    group,
    signaling,
    members: [],
    people: new Map([[0, person]]),
    entries: [],
    alerts: [],
    nextKey: 1,
  };
}

/** The person of the user. */
export function meOf({ people, myId }: Pick<Room, "people" | "myId">): Person {
  return people.get(myId) ?? { name: "You", color: 0, role: "page" };
}

/** The name of a member, as it is shown. */
export function titleOf(room: Pick<Room, "people" | "myId">, id: number): string {
  return id === room.myId ? "You" : nameOf(room, id);
}

/** The name of a member, also of the user. */
export function nameOf({ people }: Pick<Room, "people">, id: number): string {
  return people.get(id)?.name ?? unknownName(id);
}

/** The color of a member. */
export function colorOf({ people }: Pick<Room, "people">, id: number): number {
  return people.get(id)?.color ?? 0;
}

/** How all members are connected, as they report it. */
export function linksIn({ myId, members }: Pick<Room, "members" | "myId">): readonly Link[] {
  const stats = members.flatMap(({ id, stats }) => stats ? [[id, stats] as const] : []);
  const away = new Set(stats.flatMap(([id, { away }]) => away ? [id] : []));
  return linksOf(
    new Map([
      [myId, reachesOf(new Map(stats))] as const,
      // The report of a member that is away is as old as its last sign of life.
      ...members.map(({ id, reaches }) =>
        [id, away.has(id) ? reaches.map((reach) => ({ ...reach, away: true })) : reaches] as const
      ),
    ]),
  );
}

/** The room after something happened. */
export function roomAfter(room: Room, event: RoomEvent): Room {
  switch (event.type) {
    case "fact":
      return afterFact(room, event.fact, event.time);
    case "states": {
      const { myId, group, signaling } = event;
      return { ...room, myId, group, signaling, people: withPerson(room, myId, meOf(room)) };
    }
    case "person":
      return { ...room, people: withPerson(room, room.myId, event.person) };
    case "spoke": {
      const { text, to, time } = event;
      return withEntry(room, { type: "chat", from: room.myId, to, text, time });
    }
    case "stats":
      return { ...room, members: withStats(room.members, event.stats) };
    case "alert":
      return withAlert(room, event.text);
    case "dismiss":
      return { ...room, alerts: room.alerts.filter(({ key }) => key !== event.key) };
  }
}

function afterFact(room: Room, fact: Fact, time: number): Room {
  switch (fact.type) {
    case "joined": {
      const member = { id: fact.member, stats: undefined, reaches: [] };
      return { ...room, members: [...room.members, member] };
    }
    case "introduced":
      return afterIntroduction(room, fact.member, fact.person, time);
    case "reached":
      return {
        ...room,
        members: room.members.map((member) =>
          member.id === fact.member ? { ...member, reaches: fact.reaches } : member
        ),
      };
    case "left": {
      const text = `${titleOf(room, fact.member)} left`;
      const after = withEntry(room, { type: "event", text, time });
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

function afterIntroduction(room: Room, member: number, person: Person, time: number): Room {
  const before = room.people.get(member);
  const after = { ...room, people: withPerson(room, member, person) };
  if (before?.name === person.name) return after;
  const text = before === undefined
    ? `${person.name} is here`
    : `${before.name} is now ${person.name}`;
  return withEntry(after, { type: "event", text, time });
}

function withPerson({ people, members }: Room, id: number, person: Person): Room["people"] {
  const after = new Map([...people, [id, person]]);
  if (after.size <= PEOPLE_MAX) return after;
  const gone = [...after.keys()].find((other) => !members.some((member) => member.id === other));
  if (gone !== undefined && gone !== id) after.delete(gone);
  return after;
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
