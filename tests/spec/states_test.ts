import { expect } from "expect";
import {
  becameVisible,
  cameBack,
  cameOnline,
  type GroupAction,
  type GroupFacts,
  joinCalled,
  joinCalledAnyway,
  leaveCalled,
  memberLeft,
  pageCached,
  pageResumed,
  signalingChanged,
  topologyChanged,
} from "../../src/group/state_tables.ts";
import { SignalingState, WebGroupState } from "../../src/group/state.ts";
import { matches, type Rule } from "../../src/machine/rules.ts";

type Table = readonly Rule<GroupFacts, GroupAction>[];

/** The heading above each table of the document. */
const TABLES: Readonly<Record<string, Table>> = {
  "A member left": memberLeft,
  "The signaling state changed": signalingChanged,
  "The topology state changed": topologyChanged,
  "join() was called": joinCalled,
  "leave() was called": leaveCalled,
  "The page came online": cameOnline,
  "The page became visible": becameVisible,
};

const ADDITIONS: Readonly<Record<string, Table>> = {
  "join() was called, beyond its table (D5)": joinCalledAnyway,
  "The page came back, beyond its tables (D6)": cameBack,
  "The page goes into the back/forward cache (D11)": pageCached,
  "The page is resumed (D12)": pageResumed,
};

const VALUES: { readonly [Fact in keyof GroupFacts]: readonly GroupFacts[Fact][] } = {
  group: ["JOINING", "JOINED", "LEFT"],
  signaling: ["CONNECTING", "OPEN", "CHECKING", "CLOSED", "CHECKED"],
  topology: ["CONSTRUCTING", "CONSTRUCTED", "IDLE"],
  connected: [false, true],
  rejoinEnabled: [false, true],
  online: [false, true],
  visible: [false, true],
  adjacent: [false, true],
  othersRemain: [false, true],
};

/**
 * Combinations that no row of a table covers, listed on purpose. `!` means that a fact is false. A
 * name before a state is omitted where it is clear.
 */
const SILENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "A member left": {
    "not CHECKED": "there is nobody to ask; whoever connects next asks",
    "CHECKED + not CONSTRUCTED":
      "the topology tells when it is ready, and the server is asked then",
    "CHECKED + CONSTRUCTED + !adjacent": "its neighbors ask",
    "CHECKED + CONSTRUCTED + adjacent + !othersRemain": "D4: the topology goes IDLE, and that asks",
  },
  "The signaling state changed": {
    "CONNECTING": "nothing is known yet",
    "CHECKING": "nothing is known yet",
    "CLOSED + CONSTRUCTING": "the topology tells what comes of it",
    "CLOSED + CONSTRUCTED + !rejoinEnabled": "the mesh works on without a server, as was asked for",
    "OPEN + CONSTRUCTING": "the server is asked when the topology is ready",
    "CHECKED + CONSTRUCTING": "JOINED waits for the topology",
    "CHECKED + IDLE + !connected":
      "the machine enters over the member that the server paired it with",
  },
  "The topology state changed": {
    "CONSTRUCTED + CONNECTING": "asked when the connection is open",
    "CONSTRUCTED + CHECKING": "the answer decides",
  },
  "join() was called": {
    "not LEFT": "it is under way already, or done",
    "LEFT + online + !visible": "D5 decides",
    "LEFT + !online": "D5 decides",
  },
  "leave() was called": {
    "LEFT": "D3: to leave twice is to leave once",
  },
  "The page came online": {
    "not LEFT": "D6 decides",
    "LEFT + !visible": "waits to be seen",
    "LEFT + visible + !rejoinEnabled": "it was left, or may not come back by itself",
  },
  "The page became visible": {
    "not LEFT": "D6 decides",
    "LEFT + !online": "waits for the network",
    "LEFT + online + !rejoinEnabled": "it was left, or may not come back by itself",
  },
};

const COLUMNS: Readonly<Record<string, keyof GroupFacts>> = {
  "adjacent member": "adjacent",
  "others remain": "othersRemain",
};

type Row = Readonly<Record<string, unknown>>;

/** The first table under each heading, as headers and cells. */
function readTables(markdown: string): Map<string, string[][]> {
  const tables = new Map<string, string[][]>();
  let heading = "";
  for (const line of markdown.split("\n")) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
    if (!line.startsWith("|") || /^\|[-| ]+$/.test(line)) continue;
    const cells = line.split("|").slice(1, -1).map((cell) => cell.trim());
    tables.set(heading, [...tables.get(heading) ?? [], cells]);
  }
  return tables;
}

function readRows([headers = [], ...rows]: string[][]): Row[] {
  return rows.map((cells) =>
    Object.fromEntries(
      headers.flatMap((header, index) => {
        const cell = cells[index] ?? "";
        if (header === "then") return [["then", cell.split(", ")]];
        return cell === "" ? [] : [[COLUMNS[header] ?? header, readGuard(cell)]];
      }),
    )
  );
}

function readGuard(cell: string): unknown {
  if (cell === "true" || cell === "false") return cell === "true";
  return cell.startsWith("not ") ? { not: cell.slice(4) } : cell;
}

function* allFacts(): Generator<GroupFacts> {
  let combinations: Row[] = [{}];
  for (const [fact, values] of Object.entries(VALUES)) {
    combinations = combinations.flatMap((row) =>
      values.map((value) => ({ ...row, [fact]: value }))
    );
  }
  // A combination has each fact with one of its values, so it is a GroupFacts.
  for (const facts of combinations) yield facts as unknown as GroupFacts;
}

const facts = [...allFacts()];

/** The facts that a line of the list of silences names. */
function readSilence(line: string): Rule<GroupFacts, GroupAction> {
  const guards = line.split(" + ").map((part) => {
    const state = part.replace(/^not /, "");
    const fact = Object.entries(VALUES).find(([, values]) => values.some((it) => it === state));
    if (fact !== undefined) return [fact[0], readGuard(part)];
    return [part.replace(/^!/, ""), !part.startsWith("!")];
  });
  return { ...Object.fromEntries(guards), then: [] };
}

const document = readTables(
  Deno.readTextFileSync(new URL("../../docs/STATES.md", import.meta.url)),
);

Deno.test("docs/STATES.md has the public state numbers", () => {
  for (
    const [heading, numbers] of [["Group", WebGroupState], ["Signaling", SignalingState]] as const
  ) {
    const rows = readRows(document.get(heading) ?? []);
    const printed = rows.map(({ state, number }) => [state, Number(number)]);
    const coded = Object.entries(numbers).filter(([name]) => isNaN(Number(name)));
    expect(printed).toEqual(coded);
    for (const [name, number] of coded) {
      expect(Object.entries(numbers)).toContainEqual([`${number}`, name]);
    }
  }
  expect(readRows(document.get("Topology") ?? []).map(({ state }) => state)).toEqual(
    VALUES.topology,
  );
});

for (const [heading, table] of Object.entries({ ...TABLES, ...ADDITIONS })) {
  Deno.test(`rules: "${heading}" is the table of docs/STATES.md`, () => {
    expect(readRows(document.get(heading) ?? [])).toEqual([...table]);
  });

  Deno.test(`rules: "${heading}": every row is reachable, and no two match together`, () => {
    const reached = new Set<unknown>();
    for (const one of facts) {
      const holding = table.filter((rule) => matches(rule, one));
      if (holding.length > 1) throw new Error(`${holding.length} rows: ${JSON.stringify(one)}`);
      for (const rule of holding) reached.add(rule);
    }
    expect(reached.size).toBe(table.length);
  });
}

for (const [heading, table] of Object.entries(TABLES)) {
  Deno.test(`rules: "${heading}" has no row exactly where that was decided`, () => {
    const signed = Object.keys(SILENT[heading] ?? {}).map((line) => ({
      line,
      rule: readSilence(line),
    }));
    for (const one of facts) {
      const decided = table.some((rule) => matches(rule, one));
      const lines = signed.filter(({ rule }) => matches(rule, one)).map(({ line }) => line);
      if (lines.length !== (decided ? 0 : 1)) {
        throw new Error(`${decided ? "a row" : "no row"}, and [${lines}]: ${JSON.stringify(one)}`);
      }
    }
  });
}

Deno.test("rules: an added row matches only where the tables of the seed have none", () => {
  for (const one of facts) {
    if (joinCalledAnyway.some((rule) => matches(rule, one))) {
      expect(joinCalled.some((rule) => matches(rule, one))).toBe(false);
    }
    if (cameBack.some((rule) => matches(rule, one))) {
      expect([...cameOnline, ...becameVisible].some((rule) => matches(rule, one))).toBe(false);
    }
  }
});

Deno.test("docs/STATES.md explains each action, and numbers the additions", () => {
  const actions = new Set(
    Object.values({ ...TABLES, ...ADDITIONS }).flat().flatMap((rule) => rule.then),
  );
  const explained = readRows(document.get("The actions") ?? [])
    .flatMap(({ action }) => String(action).split(", "));
  expect(explained.sort()).toEqual([...actions].sort());
  const decided = readRows(document.get("Decided beyond the tables") ?? []);
  const numbers = Array.from({ length: 16 }, (_, index) => `D${index + 1}`);
  expect(decided.map((row) => row["#"])).toEqual(numbers);
});
