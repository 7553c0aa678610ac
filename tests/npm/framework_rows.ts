import type { Page } from "../support/browsers.ts";
import { blocksOf, commandsIn } from "../support/code_blocks.ts";
import { until } from "../support/until.ts";
import { shows, twoTabs } from "./page_rows.ts";
import { meet } from "./program_rows.ts";
import { type Program, type Project, runToEnd } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

const BUILD_DEADLINE_MS = 240_000;

export const FRAMEWORK_ROWS: readonly Row[] = [
  { name: "next", check: next },
  { name: "next-hooks", check: nextHooks },
  { name: "automerge", check: automerge },
  { name: "esbuild-node", check: esbuildNode },
];

/** Turbopack builds a client component; Next renders it on its server. */
async function next(stage: Stage): Promise<void> {
  const project = await stage.project("next");
  const printed = await project.run("npm", ["run", "build"], BUILD_DEADLINE_MS);
  if (!printed.includes("Turbopack")) throw new Error(`Not built by Turbopack:\n${printed}`);
  const [started, address] = await startNext(project, "start");
  await using server = started;
  const text = await (await fetch(address)).text();
  for (const rendered of [">LEFT</output>", ">/signaling/</output>"]) {
    if (!text.includes(rendered)) throw new Error(`${rendered} is not rendered:\n${text}`);
  }
  const url = (signaling: string, key: string) =>
    `${address}/?${new URLSearchParams({ signaling, key })}`;
  await twoTabs(stage, { url }, "next");
  if (/datachannel/.test(server.printed)) throw new Error(`It says:\n${server.printed}`);
}

async function startNext(project: Project, mode: "dev" | "start"): Promise<[Program, string]> {
  const options = [mode, "--hostname", "127.0.0.1", "--port", "0"];
  const server = project.start("node", ["node_modules/next/dist/bin/next", ...options]);
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.printed)?.[0];
  try {
    await until("next has started", () => address() !== undefined, () => server.printed);
  } catch (error) {
    await server.end();
    throw error;
  }
  return [server, address()!];
}

/**
 * A client component is rendered on the server and hydrated without a message in the console, and
 * survives edits in the development server with StrictMode. No member stays behind.
 */
async function nextHooks(stage: Stage): Promise<void> {
  const project = await stage.project("next-hooks");
  await project.run("npm", ["run", "build"], BUILD_DEADLINE_MS);
  await inTwoTabs(stage, project, "start", async ([ada, bob], url) => {
    const text = await (await fetch(url)).text();
    const rendered = ">version 1: LEFT, 0 members, </output>";
    if (!text.includes(rendered)) throw new Error(`${rendered} is not rendered:\n${text}`);
    await bob.close();
    await shows(ada, "#room", "version 1: JOINED, 1 members, ");
  });
  await inTwoTabs(stage, project, "dev", async (tabs) => {
    for (const version of [2, 3]) {
      const path = `${project.folder}/app/room.jsx`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace(/version \d/, `version ${version}`));
      for (const [index, tab] of tabs.entries()) {
        await shows(tab, "#room", `version ${version}: JOINED, 2 members, ${NAMES[1 - index]}`);
      }
    }
  });
}

const NAMES = ["Ada", "Bob"] as const;

/** The tabs see each other; the console stays empty. */
async function inTwoTabs(
  stage: Stage,
  project: Project,
  mode: "dev" | "start",
  act: (tabs: readonly [Page, Page], url: string) => Promise<void>,
): Promise<void> {
  const [started, address] = await startNext(project, mode);
  await using _server = started;
  const browser = await stage.browser();
  const [ada, bob] = NAMES.map((name) => {
    const query = { signaling: stage.signalingServer, key: `next-hooks ${mode}`, name };
    return `${address}/?${new URLSearchParams(query)}`;
  }) as [string, string];
  // The first request has the development server compile the page.
  await (await fetch(ada)).text();
  const tabs = [await browser.open(ada), await browser.open(bob)] as const;
  try {
    await shows(tabs[0], "#room", `version 1: JOINED, 2 members, ${NAMES[1]}`);
    await shows(tabs[1], "#room", `version 1: JOINED, 2 members, ${NAMES[0]}`);
    await act(tabs, ada);
    const logs = tabs.flatMap(({ logs }) => logs);
    const faults = logs.filter((line) => /^(error|pageerror|warning):/.test(line));
    if (faults.length > 0) throw new Error(`The console says:\n${faults.join("\n")}`);
  } finally {
    for (const tab of tabs) await tab.close();
  }
}

/** The acceptance tests of automerge-repo in Vitest, over data channels, and the types. */
async function automerge(stage: Stage): Promise<void> {
  const project = await stage.project("automerge");
  await project.run("node", ["node_modules/typescript/bin/tsc"]);
  const env = { SIGNALING_SERVER: stage.signalingServer };
  const printed = await project.run(project.bin("vitest"), ["run"], BUILD_DEADLINE_MS, env);
  if (!/Tests +7 passed \(7\)/.test(printed)) throw new Error(`Not all tests passed:\n${printed}`);
}

/** Bundles as modules and as CommonJS have WebRTC, or a warning says why not. */
async function esbuildNode(stage: Stage): Promise<void> {
  const project = await stage.project("esbuild-node");
  const build = (...options: readonly string[]) =>
    project.run("npm", ["run", "build", "--", ...options]);

  await project.borrow("node-esm/main.js", "main.js");
  await build("--format=esm", await bannerOfRecipe(), "--outfile=dist/module.mjs");
  await meet(stage, project, "rtc", ["node", "dist/module.mjs"]);

  await project.borrow("node-cjs/main.js", "main.js");
  await build("--format=cjs", "--outfile=dist/required.cjs");
  await meet(stage, project, "rtc", ["node", "dist/required.cjs"]);

  const imported = (text: string) =>
    text.replace(/const (\w+) = require\((.+)\);/g, "import $1 from $2;")
      .replace("import netflux", "import * as netflux");
  await project.borrow("node-cjs/main.js", "main.js", imported);
  await build("--format=cjs", "--outfile=dist/imported.cjs");
  await meet(stage, project, "rtc", ["node", "dist/imported.cjs"]);

  const folder = `${project.folder}-alone`;
  await Deno.mkdir(folder);
  await Deno.copyFile(`${project.folder}/dist/imported.cjs`, `${folder}/imported.cjs`);
  const args = ["imported.cjs", stage.signalingServer, "relay"];
  const { code, stdout, stderr } = await runToEnd("node", { folder, args });
  if (code !== 0 || !/Warning: Cannot load node-datachannel: /.test(stderr)) {
    throw new Error(`Without node_modules it ends with ${code}:\n${stdout}${stderr}`);
  }
}

/** The banner of docs/cookbook/bundling-for-node.md, for packages that call `require()`. */
async function bannerOfRecipe(): Promise<string> {
  const commands = commandsIn(await blocksOf("docs/cookbook/bundling-for-node.md"));
  const banner = commands.flatMap((command) => /"(--banner:js=[^"]*)"/.exec(command)?.[1] ?? []);
  if (banner.length !== 1) throw new Error("Cannot find the banner in the recipe");
  return banner[0]!;
}
