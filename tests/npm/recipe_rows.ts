import { blocksOf } from "../support/code_blocks.ts";
import { until } from "../support/until.ts";
import { ChatTabs } from "./chat_tabs.ts";
import { Nginx } from "./nginx.ts";
import { type PageProject, SIGNALING_SERVER } from "./page_project.ts";
import { freePort, type Program, urlIn } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

const BUILD_DEADLINE_MS = 240_000;
const TEST_DEADLINE_MS = 120_000;

export const RECIPE_ROWS: readonly Row[] = [
  { name: "cookbook/vite", check: vite },
  { name: "cookbook/next", check: next },
  { name: "cookbook/express", check: (stage) => onePort(stage, "express") },
  { name: "cookbook/fastify", check: (stage) => onePort(stage, "fastify") },
  { name: "cookbook/hono", check: (stage) => onePort(stage, "hono") },
  { name: "cookbook/nginx", check: behindNginx },
  { name: "cookbook/vitest", check: (stage) => tested(stage, "vitest", "npx vitest run") },
  { name: "cookbook/jest", check: (stage) => tested(stage, "jest", "npx jest") },
  { name: "cookbook/yjs", check: yjs },
  { name: "cookbook/hot-reload", check: hotReload },
  { name: "cookbook/server-side-rendering", check: rendered },
  { name: "cookbook/bundling-for-node", check: bundled },
  { name: "cookbook/from-netflux-4", check: fromNetflux4 },
];

/** The development server serves groups, too; then a build. */
async function vite(stage: Stage): Promise<void> {
  const page = stage.pageProject("cookbook-vite");
  await page.follow(await blocksOf("docs/cookbook/vite.md"));
  await using server = page.start("npx vite");
  await using tabs = await ChatTabs.open(stage, await urlIn(server));
  await tabs.talk();
  await page.run("VITE_SIGNALING_SERVER=ws://localhost:8000 npx vite build");
}

/** The pages of the development server, then of a production build. */
async function next(stage: Stage): Promise<void> {
  const page = stage.pageProject("cookbook-next");
  await page.follow(await blocksOf("docs/cookbook/next.md"));
  // Next would take an outer folder with a lock file for the project.
  const config = "export default { turbopack: { root: import.meta.dirname } };\n";
  await page.write("next.config.mjs", config);
  {
    const args = ["--hostname", "127.0.0.1", "--port", "0"];
    await using server = page.start("npx next dev", { args });
    const url = await urlIn(server);
    // The first request has the development server compile the page.
    await (await fetch(url)).text();
    await using tabs = await ChatTabs.open(stage, url);
    await tabs.talk();
  }
  await page.project.run(page.project.bin("next"), ["build"], BUILD_DEADLINE_MS);
}

/** One port serves a page and the signaling of its members, and is a member. */
async function onePort(stage: Stage, name: keyof typeof ONE_PORT): Promise<void> {
  const page = await oneProcess(stage, name);
  await using server = page.start(`node ${name}.js`, { env: { PORT: `${freePort()}` } });
  await talkAndBeHeard(stage, await urlIn(server), server);
  const code = await server.end();
  if (code !== 0) throw new Error(`Told to end, it ends with ${code}:\n${server.printed}`);
}

/** The sections of docs/cookbook/express-fastify.md. */
const ONE_PORT = { express: "With Express", fastify: "With Fastify", hono: "With Hono" } as const;

/** The project of docs/cookbook/express-fastify.md with one of the servers. */
async function oneProcess(stage: Stage, name: keyof typeof ONE_PORT): Promise<PageProject> {
  const page = stage.pageProject(`cookbook-${name}`);
  const recipe = "docs/cookbook/express-fastify.md";
  await page.follow(await blocksOf(recipe, "Express, Fastify and Hono"));
  await page.follow(await blocksOf(recipe, ONE_PORT[name]));
  return page;
}

/** The configuration without the lines for TLS. */
async function behindNginx(stage: Stage): Promise<void> {
  const [port, backend] = [freePort(), freePort()];
  const page = await oneProcess(stage, "express");
  await page.follow(await blocksOf("docs/cookbook/nginx.md"));
  const env = { PORT: `${backend}` };
  await using server = page.start("PORT=3000 node express.js", { env });
  await urlIn(server);
  const text = await page.project.read("netflux.conf");
  await using _nginx = await Nginx.start(
    text.replace(/ {2}ssl_.*\n/g, "")
      .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
      .replace("127.0.0.1:3000", `127.0.0.1:${backend}`),
  );
  await talkAndBeHeard(stage, `http://127.0.0.1:${port}/`, server);
}

/** The server receives the messages of both tabs, too. */
async function talkAndBeHeard(stage: Stage, url: string, server: Program): Promise<void> {
  await using tabs = await ChatTabs.open(stage, url);
  await tabs.talk();
  const hears = () => /lobby: \d+ says message \d+/.test(server.printed);
  await until("the server hears what is said", hears, () => server.printed);
}

/** The tests of docs/cookbook/testing.md in one of the runners, and further ones. */
async function tested(stage: Stage, name: "vitest" | "jest", command: string): Promise<void> {
  const page = stage.pageProject(`cookbook-${name}`);
  const heading = name === "vitest" ? "Vitest" : "Jest";
  const recipe = "docs/cookbook/testing.md";
  await page.follow(await blocksOf(recipe, heading));
  await page.follow(await blocksOf(recipe, `${heading} with a real server`));
  await page.project.borrow(`${name}/groups.test.js`, "groups.test.js");
  const { code, stdout, stderr } = await page.runToEnd(command, TEST_DEADLINE_MS);
  const count = name === "vitest" ? /Test Files +3 passed/ : /Test Suites: 3 passed/;
  if (code !== 0 || !count.test(stdout + stderr)) {
    throw new Error(`${command} ends with ${code}:\n${stdout}${stderr}`);
  }
}

/** Two tabs share a document; then the server stops. */
async function yjs(stage: Stage): Promise<void> {
  const port = freePort();
  const page = stage.pageProject("cookbook-yjs", { [SIGNALING_SERVER]: `ws://localhost:${port}` });
  await page.follow(await blocksOf("docs/cookbook/yjs.md"));
  await using sigver = page.start("npx sigver", { env: { SIGVER_PORT: `${port}` } });
  await using server = page.start("npx vite");
  await using tabs = await ChatTabs.open(stage, await urlIn(server), "");
  await tabs.talk();
  await sigver.end();
  await tabs.talk();
}

/** After two edits no former member remains. */
async function hotReload(stage: Stage): Promise<void> {
  const port = freePort();
  const page = stage.pageProject("cookbook-hot-reload", {
    [SIGNALING_SERVER]: `ws://localhost:${port}`,
  });
  await page.follow(await blocksOf("docs/cookbook/hot-reload.md"));
  const sigver = page.project.bin("sigver");
  await using _sigver = page.project.start(sigver, [], { SIGVER_PORT: `${port}` });
  await using server = page.start("npx vite");
  await using tabs = await ChatTabs.open(stage, await urlIn(server), "version 1: 2 members");
  for (const version of [2, 3]) {
    const text = await page.project.read("main.js");
    await page.write("main.js", text.replace(/version \d/, `version ${version}`));
    await tabs.show(`version ${version}: 2 members`);
  }
}

/** React renders a component with a group in Node, and the program ends by itself. */
async function rendered(stage: Stage): Promise<void> {
  const page = stage.pageProject("cookbook-server-side-rendering");
  await page.follow(await blocksOf("docs/cookbook/server-side-rendering.md"));
  const printed = await page.run("node render.js");
  if (printed !== "<output>LEFT</output>\n") throw new Error(`It prints: ${printed}`);
}

/** Both bundles of docs/cookbook/bundling-for-node.md join and end. */
async function bundled(stage: Stage): Promise<void> {
  const page = stage.pageProject("cookbook-bundling-for-node");
  await page.follow(await blocksOf("docs/cookbook/bundling-for-node.md"));
  for (const command of page.commands.filter((one) => one.startsWith("npx esbuild "))) {
    await page.run(command);
  }
  const module = await page.run("node dist/main.mjs");
  if (module !== "data channels are available\n") throw new Error(`The module prints: ${module}`);
  const required = await page.run("node dist/main.cjs");
  if (required !== "joined\n") throw new Error(`The CommonJS bundle prints: ${required}`);
}

/** A program that was written for Netflux 4. */
async function fromNetflux4(stage: Stage): Promise<void> {
  const page = stage.pageProject("cookbook-from-netflux-4");
  await page.follow(await blocksOf("docs/cookbook/from-netflux-4.md"));
  await page.project.run("npm", ["install", "--no-audit", "--no-fund", stage.tarball]);
  await using first = page.project.start("node", ["program.mjs"]);
  await using second = page.project.start("node", ["program.mjs"]);
  const isHeard = () => / hello\n/.test(first.printed + second.printed);
  await until("one hears the other", isHeard, () => [first.printed, second.printed]);
}
