import { expect } from "expect";
import { anchorOf } from "../../scripts/api_page.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["", "docs/", "docs/guide/", "docs/cookbook/", "docs/decisions/", "examples/"];

async function documents(): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const folder of FOLDERS) {
    for await (const { name } of Deno.readDir(new URL(folder || ".", ROOT))) {
      if (name.endsWith(".md")) paths.push(folder + name);
    }
  }
  return paths.sort();
}

async function proseOf(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
}

/** Git hosts number equal headings. */
function anchorsIn(prose: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const anchor = anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set(anchors);
}

Deno.test("links in documents lead to files and headings that exist", async () => {
  const broken: string[] = [];
  for (const path of await documents()) {
    for (const [, target = ""] of (await proseOf(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const url = file === "" ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
      const isThere = await Deno.stat(url).then(() => true, () => false);
      const isAnchored = anchor === undefined || isThere &&
          anchorsIn(await proseOf(url.href.slice(ROOT.href.length))).has(anchor);
      if (!isThere || !isAnchored) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});
