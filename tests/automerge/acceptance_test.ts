// Runs the acceptance tests of automerge-repo for network adapters, over real sockets. They import
// Vitest, which the package does not depend on, so a copy that imports `vitest.ts` is run.

import type { SetupFn } from "@automerge/automerge-repo/helpers/tests/network-adapter-tests.js";
import config from "../../deno.json" with { type: "json" };
import { WebGroupNetworkAdapter } from "../../src/automerge/automerge.ts";
import { Room } from "./room.ts";
import { awaitAtEnd } from "./vitest.ts";

const PACKAGE = config.imports["@automerge/automerge-repo"];
const TESTS = "dist/helpers/tests/network-adapter-tests.js";

const { runNetworkAdapterTests } = await loadTests();

runNetworkAdapterTests(async () => {
  const room = await Room.open();
  const [a, b, c] = (await room.joined(3)).map((group) => new WebGroupNetworkAdapter(group));
  return {
    adapters: [a!, b!, c!],
    teardown: () => awaitAtEnd(room[Symbol.asyncDispose]()),
  };
});

async function loadTests(): Promise<{ readonly runNetworkAdapterTests: (setup: SetupFn) => void }> {
  const source = await Deno.readTextFile(`${await folderOf(PACKAGE)}/${TESTS}`);
  const replacements: Readonly<Record<string, string>> = {
    "assert": "node:assert",
    "vitest": new URL("vitest.ts", import.meta.url).href,
    "../../index.js": PACKAGE,
    "../eventPromise.js": `${PACKAGE}/helpers/eventPromise.js`,
    "../pause.js": `${PACKAGE}/helpers/pause.js`,
  };
  const text = source.replace(/(from )"([^"]+)"/g, (_, from: string, name: string) => {
    const replacement = replacements[name];
    if (replacement === undefined) throw new Error(`Cannot load ${TESTS}: it imports ${name}`);
    return `${from}"${replacement}"`;
  });
  const file = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(file, text);
    return await import(`file://${file}`);
  } finally {
    await Deno.remove(file);
  }
}

async function folderOf(name: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", name],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const { npmPackages } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly npmPackages: Readonly<Record<string, { readonly localPath: string }>>;
  };
  const key = name.replace("npm:", "");
  const found = npmPackages[key]?.localPath;
  if (found === undefined) throw new Error(`Cannot find ${key} in Deno's cache`);
  return found;
}
