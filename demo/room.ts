/**
 * What a page of the demo shows: a state, and how facts change it (pure).
 *
 * @module
 */

import type { MemberStats, SignalingState, WebGroupState } from "../mod.ts";
import { nameOf } from "./names.ts";
import type { FileNote, Role } from "./notes.ts";
import type { Fact } from "./participant.ts";

/** Another member. */
export interface Member {
  readonly id: number;
  /** Unknown until it has introduced itself. */
  readonly role: Role | undefined;
  /** How it is reached; unknown until it was asked. */
  readonly channel: MemberStats["channel"] | undefined;
}

/** How far a file is. */
export type Progress =
  | { readonly type: "moving"; readonly bytes: number }
  /** Received, and it has the hash that was announced. */
  | { readonly type: "intact" }
  | { readonly type: "broken" }
  /** Its sender left. */
  | { readonly type: "lost" }
  /** Sent: who has confirmed it. */
  | { readonly type: "sent"; readonly confirmed: readonly number[] }
  /** It could not be sent to everyone. */
  | { readonly type: "failed" };

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
      readonly note: FileNote;
      readonly progress: Progress;
      /** Those who were there when it was sent. */
      readonly receivers: readonly number[];
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
  | { readonly type: "fileMoved"; readonly file: string; readonly bytes: number }
  | { readonly type: "fileFailed" }
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
export function roomAfter(room: Room, event: RoomEvent): Room {
  switch (event.type) {
    case "fact":
      return afterFact(room, event.fact, event.time);
    case "states":
      return { ...room, myId: event.myId, group: event.group, signaling: event.signaling };
    case "stats":
      return { ...room, members: withChannels(room.members, event.stats) };
    case "spoke": {
      const { text, to, time } = event;
      return withEntry(room, { type: "chat", from: room.myId, to, text, time });
    }
    case "fileMoved": {
      const { file, bytes } = event;
      return withProgress(room, file, ({ note, progress }) => {
        if (bytes < note.bytes) return { type: "moving", bytes };
        return progress.type === "sent" ? progress : { type: "sent", confirmed: [] };
      });
    }
    case "fileFailed":
      return withFailedFiles(room);
    case "alert":
      return withAlert(room, event.text);
    case "dismiss":
      return { ...room, alerts: room.alerts.filter(({ key }) => key !== event.key) };
  }
}

function afterFact(room: Room, fact: Fact, time: number): Room {
  switch (fact.type) {
    case "joined": {
      const member = { id: fact.member, role: undefined, channel: undefined };
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
    case "fileAnnounced":
      return withFile(room, fact, time);
    case "fileGrew":
      return withProgress(room, fact.note.file, () => ({ type: "moving", bytes: fact.received }));
    case "fileReceived": {
      const type = fact.intact ? "intact" : "broken";
      return withProgress(room, fact.note.file, () => ({ type }));
    }
    case "fileLost":
      return withProgress(room, fact.note.file, () => ({ type: "lost" }));
    case "fileConfirmed":
      return withReceipt(room, fact.file, fact.member, fact.intact);
    case "failed":
      return withAlert(room, fact.error instanceof Error ? fact.error.message : `${fact.error}`);
  }
}

function withFile(room: Room, fact: Fact & { readonly type: "fileAnnounced" }, time: number): Room {
  const { sender: from, note, to } = fact;
  const mine = from === room.myId;
  const receiver = mine ? to : note.audience === "you" ? room.myId : undefined;
  const others = room.members.map(({ id }) => id);
  const receivers = !mine ? [] : to === undefined ? others : [to];
  const progress = { type: "moving", bytes: 0 } as const;
  return withEntry(room, { type: "file", from, to: receiver, note, progress, receivers, time });
}

function withReceipt(room: Room, file: string, member: number, intact: boolean): Room {
  const after = withProgress(room, file, ({ progress, receivers }) => {
    // Only those it went to can confirm it, and each once.
    if (!intact || !receivers.includes(member)) return progress;
    const confirmed = progress.type === "sent" ? progress.confirmed : [];
    return { type: "sent", confirmed: [...new Set([...confirmed, member])] };
  });
  return intact ? after : withAlert(after, `${titleOf(room, member)} got a damaged file`);
}

type FileEntry = Entry & { readonly type: "file" };

function withProgress(room: Room, file: string, next: (entry: FileEntry) => Progress): Room {
  const entries = room.entries.map((entry) =>
    entry.type === "file" && entry.note.file === file ? { ...entry, progress: next(entry) } : entry
  );
  return { ...room, entries };
}

function withFailedFiles(room: Room): Room {
  const entries = room.entries.map((entry): Entry =>
    entry.type === "file" && entry.from === room.myId && entry.progress.type === "moving"
      ? { ...entry, progress: { type: "failed" } }
      : entry
  );
  return { ...room, entries };
}

type NewEntry = Entry extends infer One ? One extends Entry ? Omit<One, "key"> : never : never;

function withEntry(room: Room, entry: NewEntry): Room {
  // A new entry differs from an old one by its key only.
  const entries = [...room.entries, { ...entry, key: room.nextKey } as Entry];
  return { ...room, entries: entries.slice(-ENTRIES_MAX), nextKey: room.nextKey + 1 };
}

function withAlert(room: Room, text: string): Room {
  if (room.alerts.some((alert) => alert.text === text)) return room;
  const alerts = [...room.alerts, { key: room.nextKey, text }].slice(-ALERTS_MAX);
  return { ...room, alerts, nextKey: room.nextKey + 1 };
}

function withChannels(
  members: readonly Member[],
  stats: ReadonlyMap<number, MemberStats>,
): readonly Member[] {
  return members.map((member) => {
    const channel = stats.get(member.id)?.channel;
    return channel === member.channel ? member : { ...member, channel };
  });
}
