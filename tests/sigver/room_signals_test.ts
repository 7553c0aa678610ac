import { type Row, testRows } from "./support/rows.ts";

const ROWS: readonly Row[] = [
  {
    name: "a signal without a pairing goes nowhere",
    given: (rig) => rig.group(1, 2),
    when: (rig) => rig.content(1),
    then: [],
    members: [1, 2],
  },
  {
    name: "a signal of a newcomer reaches its member",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => rig.content(2),
    then: ["1: from newcomer 2"],
    members: [1],
  },
  {
    name: "a signal of the member reaches the newcomer",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => rig.content(1, rig.partner(2).pairing),
    then: ["2: from member 1"],
    members: [1],
  },
  {
    name: "a signal into another's pairing goes nowhere",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.connect(3);
    },
    when: (rig) => rig.content(3, rig.partner(2).pairing),
    then: [],
    members: [1],
  },
  {
    name: "a newcomer does not write to itself by its pairing",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => rig.content(2, rig.partner(2).pairing),
    then: [],
    members: [1],
  },
  {
    name: "the last signal passes as such",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => rig.content(2, undefined, true),
    then: ["1: from newcomer 2 last"],
    members: [1],
  },
  {
    name: "after the last signal nothing passes in that direction",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.content(2, undefined, true);
    },
    when: (rig) => [...rig.content(2), ...rig.gone(2)],
    then: [],
    members: [1],
  },
  {
    name: "after the last signal the other direction stays",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => {
      const { pairing } = rig.partner(2);
      rig.content(2, undefined, true);
      return [...rig.content(1, pairing, true), ...rig.content(1, pairing)];
    },
    then: ["2: from member 1 last"],
    members: [1],
  },
  {
    name: "a newcomer that goes away: its member hears of it",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
    },
    when: (rig) => rig.gone(2),
    then: ["1: from newcomer gone"],
    members: [1],
  },
  {
    name: "a member that goes away: its newcomers hear of it",
    given: (rig) => {
      rig.group(1);
      rig.connect(2);
      rig.connect(3);
    },
    when: (rig) => rig.gone(1),
    then: ["2: from member gone", "3: from member gone"],
    members: [],
  },
  {
    name: "one that was never here goes away",
    given: (rig) => rig.group(1),
    when: (rig) => rig.gone(9),
    then: [],
    members: [1],
  },
];

testRows(ROWS);
