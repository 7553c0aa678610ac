import { expect } from "expect";
import { filesToRun, foldersOf } from "../../scripts/dev.ts";
import {
  allGroups,
  type Group,
  NOT_UNIT,
  requirementOf,
  TASKS,
  testFiles,
  unitFiles,
} from "../../scripts/test_groups.ts";
import {
  canStart,
  countTests,
  type Demands,
  runSideBySide,
  selectGroups,
  tableOf,
  totalOf,
} from "../../scripts/test_runner.ts";

const GROUPS: readonly Pick<Group, "name" | "tier">[] = [
  { name: "lint", tier: "check" },
  { name: "unit", tier: "unit" },
  { name: "e2e", tier: "test" },
  { name: "nat", tier: "lab" },
];

const SELECTIONS: readonly (readonly [
  task: keyof typeof TASKS,
  names: readonly string[],
  selected: readonly string[],
])[] = [
  ["check", [], ["lint"]],
  ["unit", [], ["unit"]],
  ["test", [], ["lint", "unit", "e2e"]],
  ["all", [], ["lint", "unit", "e2e", "nat"]],
  ["test", ["nat", "lint"], ["lint", "nat"]],
];

for (const [task, names, selected] of SELECTIONS) {
  Deno.test(`selectGroups() of ${task}${names.length > 0 ? `, named ${names}` : ""}`, () => {
    const groups = selectGroups(GROUPS, TASKS[task], names);
    expect(groups.map(({ name }) => name)).toEqual(selected);
  });
}

Deno.test("selectGroups() rejects an unknown name, and lists the known ones", () => {
  expect(() => selectGroups(GROUPS, TASKS.all, ["lint", "nope"])).toThrow(
    new RangeError("one of lint, unit, e2e, nat expected, nope given"),
  );
});

const PLAIN: Demands = { needs: [], isExclusive: false };
const EXCLUSIVE: Demands = { needs: [], isExclusive: true };
const NAMESPACES: Demands = { needs: ["network namespaces"], isExclusive: false };
const BROWSER: Demands = { needs: ["chromium"], isExclusive: false };

const STARTS: readonly (readonly [string, Demands, readonly Demands[], boolean])[] = [
  ["anything alone", EXCLUSIVE, [], true],
  ["a group beside another", PLAIN, [PLAIN], true],
  ["an exclusive group beside another", EXCLUSIVE, [PLAIN], false],
  ["a group beside an exclusive one", PLAIN, [EXCLUSIVE], false],
  ["two groups with the same shared need", BROWSER, [BROWSER], true],
  ["two groups with the same single need", NAMESPACES, [PLAIN, NAMESPACES], false],
  ["groups with different needs", NAMESPACES, [BROWSER], true],
];

for (const [what, group, running, can] of STARTS) {
  Deno.test(`canStart() is ${can ? "true" : "false"}: ${what}`, () => {
    expect(canStart(group, running)).toBe(can);
  });
}

interface Named extends Demands {
  readonly name: string;
}

/** Groups that end on demand, and a log of the scheduler. */
class Schedule {
  readonly log: string[] = [];
  readonly done: Promise<void>;
  readonly #ends = new Map<string, () => void>();

  constructor(jobs: number, groups: readonly Named[]) {
    this.done = runSideBySide(groups, jobs, async ({ name }) => {
      this.log.push(`+${name}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ends.set(name, resolve);
      await promise;
      this.log.push(`-${name}`);
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

Deno.test("runSideBySide() starts the next group when one ends, up to the number of jobs", async () => {
  const schedule = new Schedule(2, ["a", "b", "c"].map((name) => ({ name, ...PLAIN })));
  expect(schedule.log).toEqual(["+a", "+b"]);
  await schedule.end("b");
  expect(schedule.log).toEqual(["+a", "+b", "-b", "+c"]);
  await schedule.end("a");
  await schedule.end("c");
  await schedule.done;
  expect(schedule.log).toEqual(["+a", "+b", "-b", "+c", "-a", "-c"]);
});

Deno.test("runSideBySide() runs exclusive groups last, one by one", async () => {
  const schedule = new Schedule(2, [
    { name: "x", ...EXCLUSIVE },
    { name: "a", ...PLAIN },
    { name: "y", ...EXCLUSIVE },
    { name: "b", ...PLAIN },
  ]);
  for (const name of ["a", "b", "x", "y"]) await schedule.end(name);
  await schedule.done;
  expect(schedule.log).toEqual(["+a", "+b", "-a", "-b", "+x", "-x", "+y", "-y"]);
});

Deno.test("runSideBySide() skips a group whose single need is in use", async () => {
  const schedule = new Schedule(2, [
    { name: "a", ...NAMESPACES },
    { name: "b", ...NAMESPACES },
    { name: "c", ...PLAIN },
  ]);
  expect(schedule.log).toEqual(["+a", "+c"]);
  for (const name of ["a", "b", "c"]) await schedule.end(name);
  await schedule.done;
  expect(schedule.log).toEqual(["+a", "+c", "-a", "+b", "-b", "-c"]);
});

Deno.test("runSideBySide() returns at once without groups", async () => {
  await runSideBySide([], 2, () => Promise.reject(new Error("nothing to run")));
});

const OUTPUTS: readonly (readonly [
  name: string,
  isCounted: boolean,
  success: boolean,
  output: string,
  passed: number,
  failed: number,
])[] = [
  ["a check that passes", false, true, "Checked 12 files, 3 passed, 4 failed", 1, 0],
  ["a check that fails", false, false, "", 0, 1],
  ["deno test", true, true, "ok | 12 passed | 0 failed (2s)", 12, 0],
  ["deno test with steps", true, false, "FAILED | 12 passed (3 steps) | 2 failed (1 step)", 12, 2],
  ["a program", true, true, "500 passed, 0 failed", 500, 0],
  ["several lines: the last one", true, true, "1 passed, 9 failed\n7 passed, 0 failed\n", 7, 0],
  ["a test run that could not begin", true, false, "error: type checking failed", 0, 1],
  ["a failure after the count", true, false, "ok | 12 passed | 0 failed (2s)\npanic", 12, 1],
];

for (const [name, isCounted, success, output, passed, failed] of OUTPUTS) {
  Deno.test(`countTests() of ${name}`, () => {
    expect(countTests({ isCounted }, success, output)).toEqual({ passed, failed });
  });
}

Deno.test("totalOf() sums passed and failed tests", () => {
  expect(totalOf([])).toEqual({ passed: 0, failed: 0 });
  const outcomes = [{ passed: 2, failed: 0 }, { passed: 30, failed: 4 }];
  expect(totalOf(outcomes)).toEqual({ passed: 32, failed: 4 });
});

Deno.test("tableOf() has a row for each group, the longest first", () => {
  const results = [
    { name: "lint", seconds: 0.94, passed: 1, failed: 0 },
    { name: "unit", seconds: 31.27, passed: 1_302, failed: 2 },
  ];
  expect(tableOf(results)).toEqual([
    "group    time  passed  failed",
    "unit   31.3 s    1302       2",
    "lint    0.9 s       1       0",
  ]);
});

Deno.test("allGroups() runs every existing test file once", async () => {
  const files = await testFiles();
  const groups = await allGroups();
  const run = groups.flatMap(({ args }) => args.filter((arg) => /_test\.tsx?$/.test(arg)));
  expect(run.toSorted()).toEqual(files);
  expect(Object.keys(NOT_UNIT).filter((file) => !files.includes(file))).toEqual([]);
});

Deno.test("allGroups() has unique names", async () => {
  const names = (await allGroups()).map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

Deno.test("allGroups() needs only Deno for checks and unit tests", async () => {
  const groups = await allGroups();
  const quick = groups.filter(({ tier }) => tier === "check" || tier === "unit");
  expect(quick.filter(({ needs }) => needs.length > 0)).toEqual([]);
});

Deno.test("allGroups() declares a browser for each file that searches one", async () => {
  const undeclared: string[] = [];
  for (const { args, needs } of await allGroups()) {
    if (needs.some((need) => requirementOf(need).browser !== undefined)) continue;
    for (const file of args.filter((arg) => /_test\.tsx?$/.test(arg))) {
      const text = await Deno.readTextFile(file);
      if (/^import .*\bfindBrowser\b/m.test(text)) undeclared.push(file);
    }
  }
  expect(undeclared).toEqual([]);
});

Deno.test("filesToRun() selects the unit tests of a folder, or all its files", () => {
  const files = ["tests/e2e/a_test.ts", "tests/sigver/cli_test.ts", "tests/sigver/x_test.ts"];
  expect(filesToRun(files, "sigver", false)).toEqual({
    run: ["tests/sigver/x_test.ts"],
    left: ["tests/sigver/cli_test.ts"],
  });
  expect(filesToRun(files, "sigver", true)).toEqual({ run: files.slice(1), left: [] });
  expect(filesToRun(files, "e2e", false)).toEqual({ run: ["tests/e2e/a_test.ts"], left: [] });
  for (const folder of ["nope", "", undefined]) {
    expect(filesToRun(files, folder, false)).toEqual({ run: [], left: [] });
  }
});

Deno.test("foldersOf() names each folder of tests once", () => {
  const files = ["tests/native_test.ts", "tests/wire/a_test.ts", "tests/base/b/c_test.ts"];
  expect(foldersOf([...files, "tests/wire/b_test.ts"])).toEqual(["base", "wire"]);
});

Deno.test("unitFiles() excludes declared files and folders", () => {
  const files = ["tests/browser/a_test.ts", "tests/native_test.ts", "tests/wire/a_test.ts"];
  expect(unitFiles(files)).toEqual(["tests/wire/a_test.ts"]);
});
