import { expect } from "expect";
import config from "../../deno.json" with { type: "json" };
import { VERSION } from "../../src/base/version.ts";

const ROOT = new URL("../../", import.meta.url);

async function filesOf(folder: URL): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const files = await Promise.all(
    entries.map(({ name, isDirectory }) =>
      isDirectory ? filesOf(new URL(`${name}/`, folder)) : [name]
    ),
  );
  return files.flat();
}

Deno.test("ARCHITECTURE.md describes exactly the files of src", async () => {
  const text = await Deno.readTextFile(new URL("ARCHITECTURE.md", ROOT));
  const [, table = ""] = /## The files([\s\S]*?)\n## /.exec(text) ?? [];
  const named = [...table.matchAll(/`([\w.]+\.ts)`/g)].map(([, name]) => name);
  const there = await filesOf(new URL("src/", ROOT));
  expect([...new Set(named)].sort()).toEqual([...new Set(there)].sort());
});

Deno.test("VERSION is the version in deno.json", () => {
  expect(VERSION).toBe(config.version);
});
