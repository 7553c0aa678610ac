import { blocksOf } from "../support/code_blocks.ts";
import type { Row, Stage } from "./stage.ts";

const DEADLINE_MS = 120_000;

export const TESTING_ROWS: readonly Row[] = [
  { name: "testing", check: runners },
  { name: "testing/page", check: page },
];

/** All runners run the same tests, in the environment of Node and in jsdom. */
async function runners(stage: Stage): Promise<void> {
  const project = await stage.project("testing");
  const failures: string[] = [];
  const run = async (args: readonly [string, ...string[]], expected: string, document = "") => {
    const [program, ...rest] = args;
    const path = program === "node" ? program : project.bin(program);
    const env = { EXPECTED_DOCUMENT: document };
    const output = await project.run(path, rest, DEADLINE_MS, env).catch((error) => `${error}`);
    if (!output.includes(expected)) failures.push(`${args.join(" ")}:\n${output}`);
  };
  await run(["node", "--test", "--test-reporter=tap", "node.test.js"], "# pass 6\n# fail 0\n");
  for (const [environment, document] of [["node", "undefined"], ["jsdom", "object"]] as const) {
    const vitest = ["run", "vitest.test.js", "--environment", environment, "--reporter=json"];
    await run(["vitest", ...vitest], '"numPassedTests":6,"numFailedTests":0', document);
    const jest = ["jest.test.cjs", "--testMatch", "**/*.test.cjs", "--env", environment, "--json"];
    await run(["jest", ...jest], '"numPassedTests":6,', document);
  }
  if (failures.length > 0) throw new Error(failures.join("\n"));
}

/** The tests of docs/TESTING.md, for the chat of the tutorial. */
async function page(stage: Stage): Promise<void> {
  const page = stage.pageProject("testing-page");
  await page.follow(await blocksOf("docs/tutorial.md", "3. Names"));
  await page.follow(await blocksOf("docs/TESTING.md"));
  const command = "npx vitest run";
  const { code, stdout, stderr } = await page.runToEnd(command, DEADLINE_MS);
  if (code !== 0 || !/Test Files +3 passed/.test(stdout)) {
    throw new Error(`${command} ends with ${code}:\n${stdout}${stderr}`);
  }
}
