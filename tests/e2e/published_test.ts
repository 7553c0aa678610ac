import { expect } from "expect";
import { SourceMap } from "node:module";
import * as netflux from "../../mod.ts";
import type * as testing from "../../src/testing/testing.ts";
import { type Bundle, bundleBrowser, COMPILE_HINT } from "../../scripts/build_browser.ts";
import {
  publishedEntry,
  publishedModule,
  publishedScript,
} from "../../scripts/published_builds.ts";

/** esbuild's process outlives the promise of its end by a moment. */
const ESBUILD = { sanitizeOps: false, sanitizeResources: false };

const BUILDS = { publishedModule, publishedScript };

for (const [name, build] of Object.entries(BUILDS)) {
  Deno.test(
    `${name}() keeps every name of docs/API.md that occurs in the code`,
    ESBUILD,
    async () => {
      const { code, renamed } = await build();
      const plain = await bundleBrowser({ entry: new URL("../../mod.ts", import.meta.url) });
      const names = await documentedNames();
      expect(names.filter((one) => Object.hasOwn(renamed, one))).toEqual([]);
      const wanted = names.filter((one) => wordsOf(plain.code).has(one));
      expect(wanted.length).toBeGreaterThan(80);
      expect(wanted.filter((one) => !wordsOf(code).has(one))).toEqual([]);
    },
  );

  Deno.test(`${name}() begins with the compile hint for Chromium`, ESBUILD, async () => {
    const { code } = await build();
    expect(code.split("\n")[0]).toBe(COMPILE_HINT);
  });

  Deno.test(`${name}() has the classes and constants of mod.ts`, ESBUILD, async () => {
    const built = await load(await build());
    expect(Object.keys(built).sort()).toEqual(Object.keys(netflux).sort());
    for (const [key, value] of Object.entries(netflux)) {
      expect([key, shapeOf(built[key])]).toEqual([key, shapeOf(value)]);
    }
  });

  Deno.test(`${name}() has a source map that leads to the sources`, ESBUILD, async () => {
    const { code, map } = await build();
    const { sources, sourcesContent } = JSON.parse(map);
    expect(sources.filter((source: string) => !/^(src\/.*|mod)[.]ts$/.test(source))).toEqual([]);
    const texts = [...code.matchAll(/[`"][A-Z][a-z]+ [^`"$\\]{8,}[`"]/g)];
    expect(texts.length).toBeGreaterThan(5);
    const found = new SourceMap(JSON.parse(map));
    for (const { 0: text, index } of texts) {
      const lines = code.slice(0, index).split("\n");
      const entry = found.findEntry(lines.length - 1, lines.at(-1)?.length ?? 0);
      if (!("originalSource" in entry)) throw new Error(`Cannot find the source of ${text}`);
      const source: string = sourcesContent[sources.indexOf(entry.originalSource)];
      const line = source.split("\n")[entry.originalLine] ?? "";
      expect(line.slice(entry.originalColumn)).toContain(text.slice(1, 9));
    }
  });
}

Deno.test("the published entry for tests works with the published module", ESBUILD, async () => {
  const folder = await Deno.makeTempDir({ prefix: "netflux-published-" });
  try {
    const { code } = await publishedEntry("src/testing/testing.ts");
    await Deno.writeTextFile(`${folder}/netflux.js`, (await publishedModule()).code);
    await Deno.writeTextFile(`${folder}/testing.js`, code.replace('"netflux"', '"./netflux.js"'));
    const { WebGroup }: typeof netflux = await import(`file://${folder}/netflux.js`);
    const { TestNetwork }: typeof testing = await import(`file://${folder}/testing.js`);
    using network = new TestNetwork({ latency: 10 });
    network.install();
    const [one, other] = [new WebGroup(), network.group()];
    expect(other).toBeInstanceOf(WebGroup);
    const heard = new Promise((resolve) => other.onMessage = (_id, text) => resolve(text));
    await Promise.all([one.join("room"), other.join("room")]);
    one.send("hello");
    expect(await heard).toBe("hello");
    network.crash(other as never);
    await network.advance(60_000);
    expect(one.members).toEqual([one.myId]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The exports of the main entry in docs/API.md, and the members of classes and interfaces. */
async function documentedNames(): Promise<string[]> {
  const page = await Deno.readTextFile(new URL("../../docs/API.md", import.meta.url));
  const chapters = page.split(/^(?=## )/m).filter((chapter) =>
    chapter.includes("\nImport from `@netflux/netflux`.\n")
  );
  // The sections of the last chapters state the entry of each name.
  const others = page.split(/^(?=###? )/m).filter((section) =>
    section.includes("\nFrom `@netflux/netflux`.\n")
  );
  const main = [...chapters, ...others].join("");
  const titles = [...main.matchAll(/^### (\w+)$/gm)];
  const members = [...main.matchAll(/^ {2}(?:(?:readonly|get|set|static) )?(\w+)\??[(:<]/gm)];
  return [...new Set([...titles, ...members].map(([, name = ""]) => name))];
}

function wordsOf(code: string): ReadonlySet<string> {
  return new Set(code.match(/\w+/g));
}

async function load({ code }: Bundle): Promise<Readonly<Record<string, unknown>>> {
  if (/^var netflux=/m.test(code)) return new Function(`${code}; return netflux;`)();
  return await import(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** The names in a class and its prototype, or in a constant. */
function shapeOf(value: unknown): unknown {
  if (typeof value === "function") {
    return { statics: Reflect.ownKeys(value).map(String), ...methodsOf(value.prototype) };
  }
  return value;
}

function methodsOf(prototype: object | undefined) {
  return prototype === undefined ? {} : { methods: Reflect.ownKeys(prototype).map(String).sort() };
}
