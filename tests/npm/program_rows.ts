import type { Project } from "./project.ts";
import { type Row, type Stage, startSigver } from "./stage.ts";

const DEADLINE_MS = 40_000;

export const PROGRAM_ROWS: readonly Row[] = [
  inNode("node-esm"),
  inNode("node-cjs"),
  { name: "idle", check: idle },
  { name: "without-webrtc", check: withoutWebrtc },
  { name: "deno-npm", check: denoNpm },
  { name: "bun", check: bun },
  { name: "programs", check: programs },
];

function inNode(name: string): Row {
  return {
    name,
    check: async (stage) => {
      await meet(stage, await stage.project(name), "rtc");
    },
  };
}

/** Runs a program in which two groups and a bot connect. It must end without a signal. */
export async function meet(
  { signalingServer }: Stage,
  project: Project,
  channel: "rtc" | "relay",
  [program, ...args]: readonly [string, ...string[]] = ["node", "main.js"],
): Promise<string> {
  const printed = await project.run(program, [...args, signalingServer, channel], DEADLINE_MS);
  const last = `All heard all: ${channel} between groups, ws to the bot\n`;
  if (!printed.endsWith(last)) throw new Error(`It ends without "${last.trim()}":\n${printed}`);
  return printed;
}

const IDLE = `
  const before = Object.getOwnPropertyNames(globalThis).join();
  const { Bot, webrtcUnavailable, WebGroup } = require("netflux");
  new Bot({ server: require("node:http").createServer(), signalingServer: "ws://localhost:1" });
  const group = new WebGroup();
  const shown = require("node:util").inspect(group).split(",", 1)[0];
  const isChanged = Object.getOwnPropertyNames(globalThis).join() !== before;
  const isAddon = (path) => /[.]node$|[/]node-datachannel[/]/.test(path);
  const addons = Object.keys(require.cache).filter(isAddon);
  console.log(JSON.stringify({ shown, isChanged, webrtcUnavailable, addons }));
`;

/** Unused groups and bots load no addon, and change no global. */
async function idle({ plain }: Stage): Promise<void> {
  const printed = await plain.run("node", ["--input-type=commonjs", "-e", IDLE]);
  const expected = { shown: "WebGroup {\n  id: 0", isChanged: false, addons: [] };
  if (printed !== `${JSON.stringify(expected)}\n`) throw new Error(printed);
}

/** Without WebRTC the same program runs, and prints what is missing. */
async function withoutWebrtc(stage: Stage): Promise<void> {
  const project = await stage.projectNamed("without-webrtc", "node-esm", "--omit=optional");
  const printed = await meet(stage, project, "relay");
  const sentence = /^Cannot load node-datachannel: .*\n/;
  if (!sentence.test(printed)) throw new Error(`webrtcUnavailable is no sentence:\n${printed}`);
}

async function denoNpm(stage: Stage): Promise<void> {
  const project = await stage.project("deno-npm");
  const deno = Deno.execPath();
  await project.run(deno, ["check", "main.ts"]);
  await meet(stage, project, "rtc", [deno, "run", "-A", "main.ts"]);
}

/** The program for Node works in Bun, including data channels. */
async function bun(stage: Stage): Promise<void> {
  const project = await stage.project("bun");
  const { code } = await project.runToEnd("npx", ["bun", "--version"]);
  // If npm runs no install scripts, the binary is not in its place yet.
  if (code !== 0) await project.run("node", ["node_modules/bun/install.js"]);
  await project.borrow("node-esm/main.js", "main.js");
  await meet(stage, project, "rtc", [project.bin("bun"), "main.js"]);
}

async function programs({ plain }: Stage): Promise<void> {
  const help = await plain.run("npx", ["sigver", "--help"]);
  if (!help.includes("Usage: sigver")) throw new Error(`--help prints: ${help}`);
  const version = await plain.run("npx", ["sigver", "--version"]);
  const { version: wanted } = JSON.parse(await plain.read("node_modules/netflux/package.json"));
  if (version !== `${wanted}\n`) throw new Error(`--version prints ${version}, not ${wanted}`);

  const misuse = await plain.runToEnd("npx", ["netflux-sigver", "--port", "many"]);
  const printed = misuse.stdout + misuse.stderr;
  if (misuse.code !== 2 || !/^sigver: Cannot use .+\n$/.test(printed)) {
    throw new Error(`Used wrongly, it ends so: ${JSON.stringify(misuse)}`);
  }

  const nats = ["--port", "0", "--nats", "nats://127.0.0.1:1"];
  const lacking = await plain.runToEnd("npx", ["sigver", ...nats]);
  if (lacking.code !== 2 || !/^sigver: .*@nats-io\/transport-node/m.test(lacking.stderr)) {
    throw new Error(`Without NATS's package, it ends so: ${JSON.stringify(lacking)}`);
  }

  const [started, address] = await startSigver(plain);
  await using sigver = started;
  const response = await fetch(address.replace("ws:", "http:"));
  const text = await response.text();
  if (!text.includes("Sigver")) throw new Error(`It says: ${text}`);
  const code = await sigver.end();
  if (code !== 0) throw new Error(`Told to end, it ends with ${code}: ${sigver.printed}`);
}
