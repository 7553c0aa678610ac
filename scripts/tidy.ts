// Checks rules that linters lack: imports between folders, sans-I/O files, globals of the platform,
// lengths, and the English of comments.

import config from "../deno.json" with { type: "json" };
import { strip, type Stripped } from "./strip_comments.ts";

/** The modules that programs import. */
const ENTRIES: ReadonlySet<string> = new Set(
  Object.values(config.exports).map((path) => path.replace("./", "")),
);

/** The allowed imports of a folder of src, including types, besides its own files. */
interface Allowed {
  readonly folders: readonly string[];
  readonly packages?: readonly string[];
}

const LOW = ["base", "machine", "wire", "platform", "transport"];
const MIDDLE = [
  ...LOW,
  "link",
  "session",
  "legacy",
  "ice",
  "signaling",
  "negotiation",
  "topology",
];

const ALLOWED: Readonly<Record<string, Allowed>> = {
  base: { folders: [] },
  machine: { folders: ["base"] },
  wire: { folders: ["base"] },
  platform: { folders: ["base"] },
  transport: { folders: ["base", "platform", "wire"] },
  legacy: { folders: ["base", "wire"] },
  link: { folders: ["base", "platform", "transport"] },
  session: { folders: ["base", "machine", "wire", "legacy"] },
  ice: { folders: LOW },
  signaling: { folders: LOW },
  negotiation: { folders: LOW },
  topology: { folders: [...LOW, "link"] },
  group: { folders: MIDDLE },
  automerge: {
    folders: ["base", "group", "platform"],
    packages: ["@automerge/automerge-repo/slim", "../../mod.ts"],
  },
  react: { folders: ["base", "group", "bot"], packages: ["react", "../../mod.ts"] },
  rx: { folders: ["base", "group"], packages: ["rxjs"] },
  bot: { folders: ["base", "wire", "platform", "transport", "group"] },
  sigver: { folders: LOW },
  yjs: {
    folders: ["base", "platform", "group", "bot"],
    packages: ["yjs", "y-protocols/awareness", "../../mod.ts"],
  },
  server: { folders: ["base", "wire", "platform", "transport", "group", "bot", "sigver"] },
  testing: {
    folders: ["base", "wire", "platform", "transport", "group", "bot", "sigver"],
    packages: ["../../mod.ts"],
  },
  sigver_cli: { folders: ["base", "platform", "sigver", "server", "transport"] },
};

const BESIDES: Readonly<Record<string, readonly string[]>> = {
  "src/base/address.ts": ["ipaddr.js"],
  "src/bot/web_group.ts": ["../../mod.ts"],
  "src/sigver/admission.ts": ["jose"],
  "src/sigver/bus.ts": ["@nats-io/transport-node"],
  "src/sigver/ice.ts": ["node:crypto"],
  "src/sigver/process_metrics.ts": ["node:process"],
  "src/sigver_cli/command_line.ts": ["node:util"],
  "src/sigver_cli/main.ts": ["node:fs", "node:process", "node:util"],
  "src/base/globals.node.ts": ["node:stream/web", "node:util"],
  "src/yjs/folder_store.ts": ["node:buffer", "node:crypto", "node:fs/promises"],
  "src/yjs/sqlite_store.ts": ["node:sqlite"],
  "src/platform/listen.node.ts": [
    "node:buffer",
    "node:http",
    "node:https",
    "node:process",
    "node:stream",
  ],
  "src/platform/packages.node.ts": ["node:process", "ws"],
  "src/platform/server_address.node.ts": ["node:http", "node:net"],
  "src/transport/host_lookup.ts": ["node:dns", "node:dns/promises"],
  "src/transport/runtime.deno.ts": ["node-datachannel/polyfill"],
  "src/transport/runtime.node.ts": ["node:process", "node:timers"],
};

/** In the first comment of a file without I/O, which may use no time, chance or promises. */
/** The comment at the top of a file. */
const HEADER = /^(?:#!.*\n)?(?:\/\*\*[^]*?\*\/|(?:\/\/.*\n)+)/;
const SANSIO = /^\/\/ @sansio$/m;
const IMPURE = /(?<![.\w$#])(async|await|Promise|Date|Math\.random|setTimeout)(?![\w$])/g;

/** The files that may use globals of the runtime. */
const NAMING = new RegExp(
  "^src/(platform/|transport/|(sigver/(handler|process_metrics)|sigver_cli/main|" +
    "testing/fake_timers)\\.ts$)",
);
const GLOBALS = new RegExp(
  "(?<![.\\w$#])(?:(Deno|process|window|document|navigator|setTimeout|setInterval|performance|" +
    "crypto)(?![\\w$])(?!\\??:)|(?:new|typeof|extends|instanceof) " +
    "(WebSocket|RTCPeerConnection)\\b|(WebSocket|RTCPeerConnection)\\.)",
  "g",
);

const TWICE: Readonly<Record<string, string>> = {
  Bot: "with_webrtc.ts extends the class of bot.ts with the WebRTC of servers",
  WebGroup: "with_webrtc.ts extends the class of mod.ts with the WebRTC of servers",
  LogLevel: "public in mod.ts for areas of a peer, and in sigver.ts for the severity of events",
};
const EXPORT = new RegExp(
  "^export (?:declare )?(?:abstract )?(?:async )?" +
    "(?:class|interface|type|function\\*?|const|let|enum) ([\\w$]+)",
  "gm",
);

const STATEFUL: Readonly<Record<string, string>> = {
  "src/platform/log.ts": "setLogLevel() has no group to belong to",
  "src/transport/node_datachannel.ts":
    "node-datachannel is loaded, and hosts of ICE servers are looked up, once in a process",
  "src/transport/rtc_channel.ts": "the channels of an unloaded page share one wait",
  "src/group/web_group.ts": "peerOf is set once, by the class that it belongs to",
};
const STATE = new RegExp(
  "^(?:export )?(?:let |const \\w+(?:: (?!Readonly)[^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet|" +
    "Array|\\w*Subject)\\b|\\[\\];)|const \\w+: (?:\\w+\\[\\]|Array<.*>) =|" +
    " *static (?!readonly )#?\\w+ =)",
);

/** Matches, in a comment without its markers, the position where a sentence begins. */
const SENTENCE_START =
  "(?<=^\\s*|\\n *\\n\\s*|[.!?:;]\\s+|\\n *(?:-|@\\w+(?: \\{.*?\\})?(?: \\w+)?) )";
const SUBJECTS = new RegExp(
  `${SENTENCE_START}(Who|Whoever|Whom|Whose|What|Whatever|Nobody)\\b(?:(?!\\n *\\n)[^.!?])*[.!?]?`,
  "g",
);
/** Phrases that comments must not use, with their replacements. */
const PHRASES: readonly (readonly [phrase: RegExp, plain: string])[] = [
  [/\bunless\s+told\b/gi, "by default"],
  [/\bso\s+many\b/gi, "a number, or up to N"],
  [/\bof\s+ours\b/gi, "v5, or this library"],
  [/\bhears\s+of\b/gi, "receives, or learns"],
];

const COLUMNS_MAX = 100;
/** Matches lines that may be longer: names of tests, and rows of tables. */
const UNBREAKABLE = /^(?:Deno\.test|inWorlds)\(|^(?: *\*|\/\/) \|/;
const FUNCTION_LINES_MAX = 70;
const FUNCTION = new RegExp(
  "^( *)(?:(?:export )?(?:default )?(?:async )?function\\b.*|" +
    "(?:static |async |get |set |override )*#?\\w+\\(.*[({]|.*=> \\{)$",
);

interface File extends Stripped {
  readonly path: string;
  readonly source: string;
  readonly imports: readonly { readonly name: string; readonly line: number }[];
}

export function tidy(root: string): string[] {
  const files = pathsUnder(root).sort().map((path) => readSource(root, path));
  return [
    ...files.flatMap((file) => [
      ...findLong(file),
      ...findWords(file),
      ...findRiddles(file),
      ...(file.path.startsWith("src/") ? [...findForeign(file), ...findState(file)] : []),
    ]),
    ...findHomonyms(files.filter(({ path }) => path.startsWith("src/"))),
    ...findCycles(files),
  ];
}

function pathsUnder(root: string): string[] {
  const paths: string[] = [];
  const visit = (folder: string) => {
    for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile && path.endsWith(".ts")) paths.push(path);
      const isOurs = folder !== "" || ["src", "tests", "scripts"].includes(entry.name);
      if (entry.isDirectory && isOurs) visit(path);
    }
  };
  visit("");
  return paths;
}

function readSource(root: string, path: string): File {
  const source = Deno.readTextFileSync(`${root}/${path}`);
  const stripped = strip(source);
  const imports = [
    ...stripped.text.matchAll(
      /\b(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g,
    ),
  ].filter(({ index }) => /^(import|export)/.test(stripped.code.slice(index)))
    .map((match) => ({ name: match[1] ?? match[2] ?? "", line: lineOf(source, match.index) }));
  return { ...stripped, path, source, imports };
}

function lineOf(source: string, at: number): number {
  return source.slice(0, at).split("\n").length;
}

function findForeign({ path, imports }: File): string[] {
  const folder = path.split("/")[1] ?? "";
  const allowed = ALLOWED[folder];
  if (allowed === undefined) return [`${path}: folder ${folder} has no rule in scripts/tidy.ts`];
  const besides = [...allowed.packages ?? [], ...BESIDES[path] ?? []];
  return imports.flatMap(({ name, line }) => {
    const at = `${path}:${line}`;
    if (besides.includes(name)) return [];
    if (!name.startsWith(".")) return [`${at}: may not import the package ${name}`];
    const target = resolve(path, name);
    const [top, other = ""] = target.split("/");
    if (top !== "src") return [`${at}: may not import ${target}, which is outside of src`];
    if (other === folder || allowed.folders.includes(other)) return [];
    return [`${at}: ${folder} may not import ${other}`];
  });
}

function resolve(from: string, name: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function findWords({ path, source, code, comments }: File): string[] {
  const at = (index: number) => `${path}:${lineOf(source, index)}`;
  const found: string[] = [];
  const [header = ""] = source.match(HEADER) ?? [];
  if (SANSIO.test(header)) {
    for (const { index, 1: word } of code.matchAll(IMPURE)) {
      found.push(`${at(index)}: @sansio, may not use ${word}`);
    }
  }
  if (path.startsWith("src/") && !NAMING.test(path)) {
    for (const match of code.matchAll(GLOBALS)) {
      const name = match[1] ?? match[2] ?? match[3];
      found.push(`${at(match.index)}: names ${name}, which only platform and transport may`);
    }
  }
  for (const { index } of code.matchAll(/(?:[:<|,(]\s*|\bas\s+)any(?![\w$]|\s*[:(])/g)) {
    found.push(`${at(index)}: any is no type`);
  }
  for (const { index } of comments.matchAll(/\bTO[D]O\b/g)) {
    found.push(`${at(index)}: a note for later belongs where notes for later are kept`);
  }
  if (ENTRIES.has(path) && !header.includes("@module")) {
    found.push(`${path}:1: begins with no @module comment for those that import it`);
  } else if (path.startsWith("src/") && header === "") {
    found.push(`${path}:1: begins with no comment that says what it is for`);
  }
  return found;
}

/** Finds sentences of comments whose subject is a pronoun, and phrases with a replacement. */
function findRiddles({ path, source, comments }: File): string[] {
  const prose = comments.replace(
    /\/\*\*?|\*\/|\/\/|^ *\*(?= |$)/gm,
    (mark) => " ".repeat(mark.length),
  );
  const at = (index: number) => `${path}:${lineOf(source, index)}`;
  const sentences = [...prose.matchAll(SUBJECTS)].filter(([sentence]) => !sentence.endsWith("?"));
  return [
    ...sentences.map(({ index, 1: word }) =>
      `${at(index)}: ${word} begins a sentence: a noun expected`
    ),
    ...PHRASES.flatMap(([phrase, plain]) =>
      [...prose.matchAll(phrase)].map(({ index, 0: found }) =>
        `${at(index)}: "${found.replace(/\s+/g, " ")}" in a comment: ${plain} expected`
      )
    ),
  ];
}

function findState({ path, code }: File): string[] {
  if (STATEFUL[path] !== undefined) return [];
  return code.split("\n").flatMap((line, index) =>
    STATE.test(line) ? [`${path}:${index + 1}: holds state of the whole program`] : []
  );
}

/** Finds files that export the same name; variants of a module for several runtimes count once. */
function findHomonyms(files: readonly File[]): string[] {
  const homes = new Map<string, string>();
  return files.flatMap(({ path, source, code }) => {
    const module = path.replace(/\.(deno|node)\.ts$/, ".ts");
    return [...code.matchAll(EXPORT)].flatMap(({ index, 1: name = "" }) => {
      const home = homes.get(name) ?? module;
      homes.set(name, home);
      if (home === module || Object.hasOwn(TWICE, name)) return [];
      return [`${path}:${lineOf(source, index)}: exports ${name}, as ${home} does`];
    });
  });
}

function findLong({ path, source, code }: File): string[] {
  const lines = source.split("\n");
  const limit = 600;
  const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  const found = count > limit ? [`${path}: ${count} lines, at most ${limit} expected`] : [];
  // A range that `deno fmt` ignores is a table, which ends with its bracket.
  let table: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (/^\s*\/\/ deno-fmt-ignore\b/.test(line)) table = line.match(/^\s*/)?.[0] ?? "";
    const { length } = [...line];
    if (length > COLUMNS_MAX && table === undefined && !UNBREAKABLE.test(line)) {
      found.push(`${path}:${index + 1}: ${length} columns, at most ${COLUMNS_MAX} expected`);
    }
    if (table !== undefined && line.startsWith(`${table}]`)) table = undefined;
  }
  return [...found, ...findLongFunctions(path, code.split("\n"))];
}

/** Finds long functions. After `deno fmt`, a function ends with a brace below its beginning. */
function findLongFunctions(path: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, start) => {
    const [, indent] = line.match(FUNCTION) ?? [];
    if (indent === undefined || /^\s*(if|for|while|switch|catch|return)\b/.test(line)) return [];
    const length = lines.slice(start + 1).findIndex((end) =>
      end.startsWith(indent) && /^[^ ].*[^{]$|^\}$/.test(end.slice(indent.length))
    ) + 2;
    // A call of many lines ends with a bracket of another kind.
    const ends = lines[start + length - 1]?.slice(indent.length) ?? "";
    if (length <= FUNCTION_LINES_MAX || !/^\}[);,]*$/.test(ends)) {
      return [];
    }
    return [`${path}:${start + 1}: ${length} lines, at most ${FUNCTION_LINES_MAX} expected`];
  });
}

function findCycles(files: readonly File[]): string[] {
  const imports = new Map(files.map(({ path, imports }) => [
    path,
    imports.filter(({ name }) => name.startsWith(".")).map(({ name }) => resolve(path, name)),
  ]));
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]) => {
    const again = way.indexOf(path);
    if (again !== -1) {
      found.add(`${path}: imports itself: ${[...way.slice(again), path].join(" > ")}`);
    }
    if (again !== -1 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return [...found];
}

if (import.meta.main) {
  const faults = tidy(Deno.args[0] ?? ".");
  // deno-lint-ignore no-console -- this is a program, and its answer
  for (const fault of faults) console.error(fault);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
