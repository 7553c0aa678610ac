/**
 * The state of a page of the demo, after events.
 *
 * @module
 */

import { expect } from "expect";
import { SignalingState, WebGroupState } from "../../mod.ts";
import type { Fact } from "../../demo/participant.ts";
import { type Room, roomAfter } from "../../demo/room.ts";
import { type FileEntry, stateOf, verdictOf } from "../../demo/room_files.ts";

const ME = 1;
const ALONE: Room = {
  myId: ME,
  group: WebGroupState.JOINED,
  signaling: SignalingState.CHECKED,
  members: [],
  entries: [],
  alerts: [],
  nextKey: 1,
};
const INFO = { id: "f", name: "a.bin", bytes: 4_000_000, mediaType: "", audience: "all" } as const;

const HERE = "0".repeat(64);
const OTHER = "1".repeat(64);

/** One event each, at this interval. */
function after(room: Room, facts: readonly Fact[], everyMs = 0): Room {
  return facts.reduce(
    (now, fact, index) => roomAfter(now, { type: "fact", fact, time: index * everyMs }),
    room,
  );
}

const filesOf = ({ entries }: Room): readonly FileEntry[] =>
  entries.filter((entry): entry is FileEntry => entry.type === "file");

const began = (to: readonly number[]): Fact => ({ type: "fileBegan", info: INFO, from: ME, to });
const moved = (member: number, bytes: number): Fact => ({
  type: "fileMoved",
  file: "f",
  member,
  bytes,
});
const compared = (member: number, theirs: string): Fact => ({
  type: "fileCompared",
  info: INFO,
  member,
  mine: HERE,
  theirs,
});
const stopped = (member: number): Fact => ({ type: "fileStopped", file: "f", member, why: "them" });
const HASHED: Fact = { type: "fileHashed", file: "f", sha256: HERE };
const WHOLE: Fact = { type: "fileWhole", file: "f", member: 2 };

const STORIES: readonly (readonly [readonly Fact[], string, string])[] = [
  [[], "moving", "0 %"],
  [[moved(2, 1_000_000), moved(3, 3_000_000)], "moving", "50 % · 3.0 MB/s · 2 s left"],
  [[WHOLE], "moving", "0 %"],
  [[WHOLE, stopped(3)], "checking", "All of it is there; comparing SHA-256…"],
  [
    [HASHED, compared(2, HERE), compared(3, HERE)],
    "equal",
    "✓ 2 of 2 have it, with the same SHA-256",
  ],
  [[HASHED, compared(2, HERE), stopped(3)], "equal", "1 of 2 have it, with the same SHA-256"],
  [
    [HASHED, compared(2, HERE), compared(3, OTHER)],
    "different",
    "✕ SHA-256 differs: it is damaged",
  ],
  [[stopped(2), stopped(3)], "stopped", "✕ cancelled at the other end"],
];

for (const [facts, state, verdict] of STORIES) {
  const what = facts.map(({ type }) => type).join(", ") || "nothing";
  Deno.test(`verdictOf() is ${verdict} for a file after ${what}`, () => {
    const [entry] = filesOf(after(ALONE, [began([2, 3]), ...facts], 1_000));
    expect([stateOf(entry!), verdictOf(entry!)]).toEqual([state, verdict]);
  });
}

Deno.test("roomAfter() drops old messages, but no file", () => {
  const said = Array.from({ length: 400 }, (_, index): Fact => ({
    type: "said",
    sender: 2,
    text: `${index}`,
    audience: "all",
  }));
  const facts = [began([2]), HASHED, WHOLE, compared(2, HERE), ...said];
  const room = after(ALONE, facts);
  expect(room.entries.length).toBe(300);
  expect(filesOf(room).map(stateOf)).toEqual(["equal"]);
  expect(room.entries.at(-1)).toMatchObject({ text: "399" });
});

Deno.test("roomAfter() forgets files too, when there are too many, and none on its way", () => {
  const files = Array.from({ length: 400 }, (_, index): Fact => ({
    type: "fileBegan",
    info: { ...INFO, id: `${index}` },
    from: ME,
    to: index === 0 ? [2] : [],
  }));
  const ids = filesOf(after(ALONE, files)).map(({ info }) => info.id);
  expect([ids.length, ids[0], ids[1]]).toEqual([300, "0", "101"]);
});
