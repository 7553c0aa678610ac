import type { Project } from "./project.ts";
import type { Row, Stage } from "./stage.ts";

export const PACKAGE_ROWS: readonly Row[] = [
  { name: "types-node16", check: typesNode16 },
  { name: "types-bundler", check: typesBundler },
  { name: "linters", check: linters },
  { name: "contents", check: contents },
];

async function typesNode16(stage: Stage): Promise<void> {
  const project = await stage.project("types-node16");
  await compile(project);
  const printed = await project.run("node", ["out/main.js", stage.signalingServer]);
  if (printed !== "[ 'hello', 'hello' ] [ 'JOINED', 'JOINED' ]\n") {
    throw new Error(`The compiled program prints: ${printed}`);
  }
}

/** For a bundler, "netflux" is the entry for pages, which has no Bot. */
async function typesBundler(stage: Stage): Promise<void> {
  const project = await stage.project("types-bundler");
  for (const name of ["groups.ts", "kit.ts", "received.ts"]) {
    await project.borrow(`types-node16/${name}`, name);
  }
  const named = (text: string) => text.replace('} from "netflux";', '} from "netflux/bot";');
  await project.borrow("types-node16/servers.ts", "servers.ts", named);
  await compile(project);
}

/** Three compilers, one of them the oldest supported, with and without the types of the DOM. */
async function compile(project: Project): Promise<void> {
  await project.run("node", ["node_modules/typescript/bin/tsc"]);
  await project.run("node", ["node_modules/typescript-5.7/bin/tsc", "--noEmit"]);
  const next = ["node_modules/typescript-7/bin/tsc", "--noEmit"];
  await project.run("node", next);
  await project.run("node", [...next, "--lib", "es2022,dom"]);
}

async function linters(stage: Stage): Promise<void> {
  const project = await stage.project("linters");
  const publint = await project.runToEnd("npx", ["publint", "--strict", stage.tarball]);
  const types = await project.runToEnd("npx", ["attw", "--no-emoji", stage.tarball]);
  const ofTypes = types.code === 0 ? "" : types.stdout + types.stderr;
  // publint exits with 0 despite suggestions.
  const ofPackage = publint.stdout.includes("All good!") ? "" : publint.stdout + publint.stderr;
  if (ofTypes + ofPackage !== "") throw new Error(ofPackage + ofTypes);
}

async function contents(stage: Stage): Promise<void> {
  const { plain } = stage;
  const paths = await filesUnder(`${plain.folder}/node_modules/netflux`);
  const missing = ["README.md", "LICENSE", "CHANGELOG.md"].filter((name) => !paths.includes(name));
  const faults = missing.map((name) => `${name} is missing`);
  for (const path of paths) {
    if (path.endsWith(".map")) faults.push(...await strangersIn(plain, path));
  }
  faults.push(...await wrongDependencies(plain, paths), ...await deadLinks(plain, paths));
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

async function filesUnder(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) paths.push(prefix + name);
    else if (name !== "node_modules") {
      paths.push(...await filesUnder(`${folder}/${name}`, `${prefix}${name}/`));
    }
  }
  return paths.sort();
}

/** The sources that a map names by a path of the machine, or outside the package. */
async function strangersIn(plain: Project, path: string): Promise<string[]> {
  const { sourceRoot = "", sources, sourcesContent } = JSON.parse(await inPackage(plain, path)) as {
    readonly sourceRoot?: string;
    readonly sources: readonly string[];
    readonly sourcesContent?: readonly (string | null)[];
  };
  const inline = sourcesContent?.length === sources.length && !sourcesContent.includes(null);
  const root = "file:///package/";
  return [
    ...(inline ? [] : [`${path} has not all sources in it`]),
    ...sources.map((source) => sourceRoot + source)
      .filter((source) => /^([/\\]|[a-z]+:)/i.test(source) || climbs(path, source))
      .map((source) => `${path} names ${source}`),
  ];

  function climbs(from: string, to: string): boolean {
    const depth = from.split("/").length - 1;
    const ups = to.split("/").filter((part) => part === "..").length;
    return ups > depth || !new URL(to, root + from).href.startsWith(root);
  }
}

/** Files for contributors are only in the repository. */
const NOT_PACKAGED =
  /^(src|tests|scripts|deploy|CONTRIBUTING\.md|ARCHITECTURE\.md|STYLE\.md|\.vscode)/;

/** Links to documents that are not in the package. */
async function deadLinks(plain: Project, paths: readonly string[]): Promise<string[]> {
  const dead: string[] = [];
  for (const path of paths.filter((one) => one.endsWith(".md"))) {
    for (const [, link = ""] of (await inPackage(plain, path)).matchAll(/\]\(([^)\s#]+)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const target = new URL(link, `file:///${path}`).pathname.slice(1);
      if (!paths.includes(target) && !NOT_PACKAGED.test(target)) dead.push(`${path}: no ${target}`);
    }
  }
  return dead;
}

/** The imports of the code for Node have to be exactly the dependencies. */
async function wrongDependencies(plain: Project, paths: readonly string[]): Promise<string[]> {
  const imported = new Set<string>();
  const code = paths.filter((path) => /^(esm|script)\/.*\.js$/.test(path));
  for (const path of code) {
    // Examples in comments import the package itself.
    const text = (await inPackage(plain, path)).replaceAll(/\/\*[^]*?\*\//g, "");
    for (const [, name = ""] of IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)])) {
      if (!name.startsWith("node:")) imported.add(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    }
  }
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    await inPackage(plain, "package.json"),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const declared = Object.keys({
    ...dependencies,
    ...optionalDependencies,
    ...peerDependencies,
  });
  return [
    ...declared.filter((name) => !imported.has(name)).map((name) => `${name} is never imported`),
    ...[...imported].filter((name) => !declared.includes(name))
      .map((name) => `${name} is imported, and no dependency`),
  ];
}

/** By `import`, by `require()`, or by a call that has Node load it. */
const IMPORTS: readonly RegExp[] = [
  /\b(?:from|import)\s*\(?\s*"([@\w][^"\s]*)"/g,
  /\brequire\("([@\w][^"\s]*)"/g,
  /\bloadPackage\)?\("([@\w][^"\s]*)"/g,
];

function inPackage(plain: Project, path: string): Promise<string> {
  return plain.read(`node_modules/netflux/${path}`);
}
