import { expect } from "expect";
import { SIGVER_SILENCE_MS, SPLIT_AFTER_MS } from "../../src/base/sigver_limits.ts";
import { CONNECT_RULES } from "../../src/sigver/connect_rules.ts";
import { OLD_MS, SILENT_MS } from "./support/rig.ts";
import { type Row, testRows } from "./support/rows.ts";

const ROWS: readonly Row[] = [
  {
    name: "the first one makes the group",
    given: () => {},
    when: (rig) => rig.connect(1),
    then: ["1: true"],
    members: [1],
  },
  {
    name: "the first one makes the group, whatever it believes to see",
    given: () => {},
    when: (rig) => rig.connect(1, [7, 8]),
    then: ["1: true"],
    members: [1],
  },
  {
    name: "the only member is in it when it asks again",
    given: (rig) => rig.group(1),
    when: (rig) => rig.connect(1),
    then: ["1: true"],
    members: [1],
  },
  {
    name: "the only member is in it when it comes back and its last connection is silent",
    given: (rig) => {
      rig.group(1);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2, [], 1),
    then: ["2: true"],
    members: [1],
  },
  {
    name: "who has the id of the only member, which is heard, is a newcomer",
    given: (rig) => {
      rig.group(1);
      rig.nowMs = SIGVER_SILENCE_MS;
    },
    when: (rig) => [...rig.connect(2, [], 1), ...rig.content(2)],
    then: ["2: false", "1: from newcomer 2"],
    members: [1],
  },
  {
    name: "who has the id of the only member does not get its place by asking again",
    given: (rig) => {
      rig.group(1);
      rig.connect(2, [], 1);
    },
    when: (rig) => rig.connect(2, [], 1),
    then: ["1: from newcomer gone", "2: false"],
    members: [1],
  },
  {
    name: "who has the id of a member that is heard may be paired with it, or with another",
    given: (rig) => {
      rig.group(1, 2);
      rig.connect(3, [], 1);
    },
    when: (rig) => {
      const [first] = rig.content(3);
      rig.connect(3, [], 1);
      const [second] = rig.content(3);
      return [first, second].flatMap((it) => it ?? []).sort((a, b) => a.to - b.to);
    },
    then: ["1: from newcomer 3", "2: from newcomer 3"],
    members: [1, 2],
  },
  {
    name: "who has the id of a silent member is paired with the others only",
    given: (rig) => {
      rig.group(1, 2);
      rig.nowMs = SILENT_MS;
      rig.beat(2);
    },
    when: (rig) => {
      const pairings = [rig.connect(3, [], 1), rig.content(3), rig.connect(3, [], 1)].flat();
      return [...pairings, ...rig.content(3)];
    },
    then: ["3: false", "2: from newcomer 3", "3: true", "2: from newcomer 3"],
    members: [1, 2],
  },
  {
    name: "a member that sees another takes its id along to another connection",
    given: (rig) => rig.group(1, 2),
    when: (rig) => [...rig.connect(3, [2], 1), ...rig.connect(4), ...rig.content(4)],
    then: ["3: true", "4: false", "3: from newcomer 4"],
    members: [1, 2],
  },
  {
    name: "the connection that a member left behind takes nothing along when it ends",
    given: (rig) => {
      rig.group(1, 2);
      rig.connect(3, [2], 1);
    },
    when: (rig) => rig.gone(1),
    then: [],
    members: [1, 2],
  },
  {
    name: "the connection that a lone member left behind ends: the other side hears of it",
    given: (rig) => {
      rig.group(1);
      rig.connect(2, [], 1);
    },
    when: (rig) => [...rig.gone(1), ...rig.connect(2, [], 1)],
    then: ["2: from member gone", "2: true"],
    members: [1],
  },
  {
    name: "a newcomer is paired with the member and is none itself",
    given: (rig) => rig.group(1),
    when: (rig) => rig.connect(2),
    then: ["2: false"],
    members: [1],
  },
  {
    name: "a view without a member is no view",
    given: (rig) => rig.group(1),
    when: (rig) => rig.connect(2, [3, 4]),
    then: ["2: false"],
    members: [1],
  },
  {
    name: "a view without a member, after the member was tried in vain: another part of the group",
    given: (rig) => {
      rig.group(1);
      rig.connect(2, [3, 4]);
    },
    when: (rig) => [...rig.connect(2, [3, 4]), ...rig.content(2)],
    then: ["1: from newcomer gone", "2: false", "1: from newcomer 2"],
    members: [1, 2],
  },
  {
    name: "the other part of the group stays one, and is paired again",
    given: (rig) => {
      rig.group(1);
      for (let time = 0; time < 3; time++) rig.connect(2, [3, 4]);
    },
    when: (rig) => [...rig.connect(2, [3, 4]), ...rig.connect(3, [2, 4])],
    then: ["1: from newcomer gone", "2: false", "3: true"],
    members: [1, 2, 3],
  },
  {
    name: "a lone member lets newcomers in beside those who say that they are a part of the group",
    given: (rig) => {
      rig.group(1);
      for (let time = 0; time < 2; time++) rig.connect(2, [3]);
      rig.connect(4, [2]);
    },
    when: (rig) => [...rig.connect(1), ...rig.connect(1, [5])],
    then: ["1: true", "1: true"],
    members: [1, 2, 4],
  },
  {
    name: "parts come to the lone member that was here before them",
    given: (rig) => {
      rig.group(1);
      for (let time = 0; time < 2; time++) rig.connect(2, [3]);
      rig.connect(3, [2]);
      rig.nowMs = OLD_MS;
    },
    when: (rig) => [...rig.connect(3, [2]), ...rig.content(3)],
    then: ["3: false", "1: from newcomer 3"],
    members: [1, 2, 3],
  },
  {
    name:
      "of lone parts whose group has gone, the first that asks leads, and the others come to it",
    given: (rig) => {
      rig.group(1);
      for (let time = 0; time < 2; time++) rig.connect(2, [3]);
      for (let time = 0; time < 2; time++) rig.connect(4, [5]);
      rig.gone(1);
    },
    when: (rig) => [...rig.connect(4), ...rig.connect(2), ...rig.content(2)],
    then: ["4: true", "2: false", "4: from newcomer 2"],
    members: [2, 4],
  },
  {
    name: "a newcomer that reached no member begins a part of its own",
    given: (rig) => {
      rig.group(1);
      rig.connect(2, [2]);
    },
    when: (rig) => rig.connect(2, [2]),
    then: ["2: true"],
    members: [1, 2],
  },
  {
    name: "who began a part stays a member, and is paired with the others when it asks again",
    given: (rig) => {
      rig.group(1);
      for (let time = 0; time < 2; time++) rig.connect(2);
    },
    when: (rig) => rig.connect(2),
    then: ["1: from newcomer gone", "2: false"],
    members: [1, 2],
  },
  {
    name: "seeing oneself is no common member",
    given: (rig) => rig.group(1, 2),
    when: (rig) => rig.connect(2, [2]),
    then: ["2: false"],
    members: [1],
  },
  {
    name: "one common member makes a member",
    given: (rig) => rig.group(1),
    when: (rig) => rig.connect(2, [9, 1]),
    then: ["2: true"],
    members: [1, 2],
  },
  {
    name: "a member that no longer sees a member is none, and paired",
    given: (rig) => rig.group(1, 2),
    when: (rig) => rig.connect(1),
    then: ["1: false"],
    members: [2],
  },
  {
    name: "a member that asks under another id leaves its first one",
    given: (rig) => rig.group(1, 2),
    when: (rig) => rig.connect(1, [1, 2], 3),
    then: ["1: true"],
    members: [2, 3],
  },
  {
    name: "the only member under another id makes the group anew",
    given: (rig) => rig.group(1),
    when: (rig) => rig.connect(1, [1], 3),
    then: ["1: true"],
    members: [3],
  },
  {
    name: "an only member that is heard is not closed, however often a stranger asks",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      for (let time = 0; time < 20; time++) {
        rig.nowMs += SIGVER_SILENCE_MS;
        rig.connect(2);
        rig.beat(1);
      }
      rig.nowMs += SIGVER_SILENCE_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["1: from newcomer gone", "2: false"],
    members: [1, 2],
  },
  {
    name: "an only member that is silent, and was not tried, is tried first",
    given: (rig) => {
      rig.group(1);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["2: false"],
    members: [1],
  },
  {
    name: "an only member that was tried in vain, and is silent, blocks the group",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["1: close 4744", "2: true"],
    members: [2],
  },
  {
    name: "others that the blocking member was paired with hear of its end",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.connect(3);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["3: from member gone", "1: close 4744", "2: true"],
    members: [2],
  },
  {
    name: "an only member that another newcomer tried does not block this one",
    given: (rig) => {
      rig.group(1);
      rig.connect(3);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["2: false"],
    members: [1],
  },
  {
    name: "one of two members is never blocking; the last pairing ends",
    given: (rig) => {
      rig.group(1, 2);
      rig.connect(3);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => {
      const { member } = rig.partner(3);
      return rig.connect(3).filter((output) => output.to !== member || output.type === "close");
    },
    then: ["3: false"],
    members: [1, 2],
  },
  {
    name: "who became a member meanwhile is asked anew before it is said to block",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.connect(2, [1]);
      rig.nowMs = SILENT_MS;
    },
    when: (rig) => rig.connect(2),
    then: ["1: from newcomer gone", "2: false"],
    members: [1],
  },
  {
    name: "whoever is alone after the others went makes the group",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.gone(1);
    },
    when: (rig) => rig.connect(2),
    then: ["2: true"],
    members: [2],
  },
  {
    name: "a member sees the whole group: connected",
    given: (rig) => {
      rig.group(1, 2, 3);
      rig.nowMs = OLD_MS;
    },
    when: (rig) => rig.connect(1, [2, 3]),
    then: ["1: true"],
    members: [1, 2, 3],
  },
  {
    name: "a member outside the view for long: the group is split, and healed by pairing",
    given: (rig) => {
      rig.group(1, 2, 3);
      rig.nowMs = OLD_MS;
    },
    when: (rig) => rig.connect(1, [2]),
    then: ["1: false"],
    members: [1, 2, 3],
  },
  {
    name: "a member outside the view that is just as old as allowed: connected",
    given: (rig) => {
      rig.group(1, 2, 3);
      rig.nowMs = SPLIT_AFTER_MS;
    },
    when: (rig) => rig.connect(1, [2]),
    then: ["1: true"],
    members: [1, 2, 3],
  },
  {
    name: "a peer that joins a split group becomes a member of it",
    given: (rig) => {
      rig.group(1, 2);
      rig.nowMs = OLD_MS;
    },
    when: (rig) => rig.connect(3, [1]),
    then: ["3: false"],
    members: [1, 2, 3],
  },
  {
    name: "a member that asks again is as old as it was",
    given: (rig) => {
      rig.group(1, 2, 3);
      rig.nowMs = OLD_MS;
      rig.connect(3, [1, 2]);
    },
    when: (rig) => rig.connect(1, [2]),
    then: ["1: false"],
    members: [1, 2, 3],
  },
];

testRows(ROWS);

Deno.test("Room follows the table in connect_rules.ts", async () => {
  const source = await Deno.readTextFile(
    new URL("../../src/sigver/connect_rules.ts", import.meta.url),
  );
  const printed = source.split("\n")
    .filter((line) => /^\/\/ \| +(yes|no)? +\|/.test(line))
    .map((line) => line.split("|").slice(1, 8).map((cell) => cell.trim()));
  const columns = [
    "others",
    "shares",
    "outside",
    "dead",
    "original",
    "parallel",
    "exhausted",
  ] as const;
  const guards = CONNECT_RULES.map((rule) =>
    columns.map((column) => rule[column] === undefined ? "" : rule[column] ? "yes" : "no")
  );
  expect(guards).toEqual(printed);
});
