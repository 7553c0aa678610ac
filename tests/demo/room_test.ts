import { expect } from "expect";
import { type MemberStats, SignalingState, WebGroupState } from "../../mod.ts";
import type { Fact } from "../../demo/participant.ts";
import { linksIn, newRoom, type Room, roomAfter, titleOf } from "../../demo/room.ts";
import { type FileEntry, stateOf, verdictOf } from "../../demo/room_files.ts";

const ME = 1;
const ADA = { name: "Ada", color: 0, role: "page" } as const;
const BOB = { name: "Bob", color: 1, role: "page" } as const;
const ALONE: Room = roomAfter(newRoom(WebGroupState.LEFT, SignalingState.CLOSED, ADA), {
  type: "states",
  myId: ME,
  group: WebGroupState.JOINED,
  signaling: SignalingState.CHECKED,
});
const INFO = { id: "f", name: "a.bin", bytes: 4_000_000, mediaType: "", audience: "all" } as const;

const HERE = "0".repeat(64);
const OTHER = "1".repeat(64);

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
const compared = (member: number, theirs: string | undefined): Fact => ({
  type: "fileCompared",
  info: INFO,
  member,
  mine: HERE,
  theirs,
});
const stopped = (member: number): Fact => ({ type: "fileStopped", file: "f", member, why: "them" });
const HASHED: Fact & { type: "fileHashed" } = { type: "fileHashed", file: "f", sha256: HERE };
const WHOLE: Fact = { type: "fileWhole", file: "f", member: 2 };

const STORIES: readonly (readonly [readonly Fact[], string, string])[] = [
  [[], "moving", "0 %"],
  [[moved(2, 1_000_000), moved(3, 3_000_000)], "moving", "50 % · 3.0 MB/s · 2 s left"],
  [[WHOLE], "moving", "0 %"],
  [[WHOLE, stopped(3)], "checking", "All of it is there; comparing SHA-256…"],
  [
    [HASHED, compared(2, HERE), compared(3, HERE)],
    "equal",
    "2 of 2 have its 4 MB, with the same SHA-256",
  ],
  [
    [HASHED, compared(2, HERE), stopped(3)],
    "equal",
    "1 of 2 have its 4 MB, with the same SHA-256",
  ],
  [
    [HASHED, compared(2, HERE), compared(3, undefined)],
    "unchecked",
    "All 4 MB are there. Not compared: SHA-256 needs a page of https.",
  ],
  [
    [HASHED, compared(2, OTHER), compared(3, undefined)],
    "different",
    "SHA-256 differs: it is damaged",
  ],
  [
    [{ ...HASHED, sha256: undefined }, compared(2, HERE), stopped(3)],
    "unchecked",
    "All 4 MB are there. Not compared: SHA-256 needs a page of https.",
  ],
  [
    [HASHED, compared(2, HERE), compared(3, OTHER)],
    "different",
    "SHA-256 differs: it is damaged",
  ],
  [[stopped(2), stopped(3)], "stopped", "Cancelled at the other end"],
];

for (const [facts, state, verdict] of STORIES) {
  const what = facts.map(({ type }) => type).join(", ") || "nothing";
  Deno.test(`verdictOf() is ${verdict} for a file after ${what}`, () => {
    const [entry] = filesOf(after(ALONE, [began([2, 3]), ...facts], 1_000));
    expect([stateOf(entry!), verdictOf(entry!)]).toEqual([state, verdict]);
  });
}

Deno.test("roomAfter() drops old messages, but no files", () => {
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

Deno.test("roomAfter() drops files above the limit, but none in transfer", () => {
  const files = Array.from({ length: 400 }, (_, index): Fact => ({
    type: "fileBegan",
    info: { ...INFO, id: `${index}` },
    from: ME,
    to: index === 0 ? [2] : [],
  }));
  const ids = filesOf(after(ALONE, files)).map(({ info }) => info.id);
  expect([ids.length, ids[0], ids[1]]).toEqual([300, "0", "101"]);
});

const joined = (member: number): Fact => ({ type: "joined", member });
const eventsOf = ({ entries }: Room): readonly string[] =>
  entries.flatMap((entry) => entry.type === "event" ? [entry.text] : []);

Deno.test("roomAfter() reports people that join, change their names, and leave", () => {
  const introduced = (
    person: typeof BOB | { name: string; color: number; role: "page" },
  ): Fact => ({
    type: "introduced",
    member: 2,
    person,
  });
  const facts: Fact[] = [
    joined(2),
    introduced(BOB),
    introduced({ ...BOB, color: 3 }),
    introduced({ ...BOB, name: "Robert" }),
    { type: "left", member: 2 },
  ];
  const room = after(ALONE, facts);
  expect(eventsOf(room)).toEqual(["Bob is here", "Bob is now Robert", "Robert left"]);
  // The messages of a member that left keep its name.
  expect([titleOf(room, 2), titleOf(room, ME), room.members]).toEqual(["Robert", "You", []]);
});

Deno.test("roomAfter() remembers a limited number of people, and all that are present", () => {
  const facts = Array.from({ length: 600 }, (_, index): readonly Fact[] => [
    ...(index === 0 ? [joined(100)] : []),
    { type: "introduced", member: 100 + index, person: BOB },
  ]);
  const { people } = after(ALONE, facts.flat());
  expect([people.size, people.has(100), people.has(101), people.has(699)])
    .toEqual([500, true, false, true]);
});

Deno.test("linksIn() marks reports of a member that is away", () => {
  const stats = { id: 2, channel: "relay", via: undefined, away: true } as MemberStats;
  const other = { ...stats, id: 3, channel: "ws", away: false } as MemberStats;
  const room = roomAfter(
    after(ALONE, [
      joined(2),
      joined(3),
      { type: "reached", member: 2, reaches: [{ to: 3, channel: "rtc" }] },
    ]),
    { type: "stats", stats: new Map([[2, stats], [3, other]]) },
  );
  expect(linksIn(room)).toMatchObject([
    { a: ME, b: 2, channel: "relay", away: true },
    { a: ME, b: 3, channel: "ws", away: false },
    { a: 2, b: 3, channel: "rtc", away: true },
  ]);
});
