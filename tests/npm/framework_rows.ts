/**
 * The package in Next, with automerge-repo, and in bundles for Node.
 *
 * @module
 */

import { blocksOf, commandsIn } from "../support/code_blocks.ts";
import { until } from "../support/until.ts";
import { twoTabs } from "./page_rows.ts";
import { meet } from "./program_rows.ts";
import { runToEnd } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

const BUILD_DEADLINE_MS = 240_000;

/** One row each. */
export const FRAMEWORK_ROWS: readonly Row[] = [
  { name: "next", check: next },
  { name: "automerge", check: automerge },
  { name: "esbuild-node", check: esbuildNode },
];

/** Next builds a client component by Turbopack, renders it on its server, and it works in pages. */
async function next(stage: Stage): Promise<void> {
  const project = await stage.project("next");
  const printed = await project.run("npm", ["run", "build"], BUILD_DEADLINE_MS);
  if (!printed.includes("Turbopack")) throw new Error(`Not built by Turbopack:\n${printed}`);
  const options = ["start", "--hostname", "127.0.0.1", "--port", "0"];
  await using server = project.start("node", ["node_modules/next/dist/bin/next", ...options]);
  const address = () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.printed)?.[0];
  await until("next has started", () => address() !== undefined, () => server.printed);
  const text = await (await fetch(address()!)).text();
  for (const rendered of [">LEFT</output>", ">/signaling/</output>"]) {
    if (!text.includes(rendered)) throw new Error(`${rendered} is not rendered:\n${text}`);
  }
  const url = (signaling: string, key: string) =>
    `${address()}/?${new URLSearchParams({ signaling, key })}`;
  await twoTabs(stage, { url }, "next");
  if (/datachannel/.test(server.printed)) throw new Error(`It says:\n${server.printed}`);
}

/** The acceptance tests of automerge-repo in Vitest, over data channels, and the types. */
async function automerge(stage: Stage): Promise<void> {
  const project = await stage.project("automerge");
  await project.run("node", ["node_modules/typescript/bin/tsc"]);
  const env = { SIGNALING_SERVER: stage.signalingServer };
  const printed = await project.run(project.bin("vitest"), ["run"], BUILD_DEADLINE_MS, env);
  if (!/Tests +7 passed \(7\)/.test(printed)) throw new Error(`Not all tests passed:\n${printed}`);
}

/** Bundles for Node, as modules and as CommonJS: they have WebRTC, or a warning says why not. */
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
