// The package.json of the npm package.

import config from "../deno.json" with { type: "json" };

/** The entries. The package has these modules and all modules that they import. */
export const ENTRIES: readonly string[] = [
  "mod.ts",
  "bot.ts",
  "sigver.ts",
  "src/automerge/automerge.ts",
  "src/react/react.ts",
  "src/rx/rx.ts",
  "src/server/server.ts",
  "src/testing/testing.ts",
  "src/yjs/yjs.ts",
  "src/yjs/server.ts",
];

export const MAPPINGS: Readonly<Record<string, string>> = {
  "src/base/globals.ts": "src/base/globals.node.ts",
  "src/platform/listen.deno.ts": "src/platform/listen.node.ts",
  "src/bot/web_group.ts": "src/bot/web_group.node.ts",
  "src/transport/runtime.deno.ts": "src/transport/runtime.node.ts",
};

/** The names of the entries in imports, as in docstrings and on npm. */
export const NAMES: readonly (readonly [ours: string, npm: string])[] = [
  ["@netflux/netflux/bot", "netflux"],
  ["@netflux/netflux/sigver", "netflux/sigver"],
  ["@netflux/netflux/automerge", "netflux/automerge"],
  ["@netflux/netflux/react", "netflux/react"],
  ["@netflux/netflux/rx", "netflux/rx"],
  ["@netflux/netflux/server", "netflux/server"],
  ["@netflux/netflux/testing", "netflux/testing"],
  ["@netflux/netflux/yjs/server", "netflux/yjs/server"],
  ["@netflux/netflux/yjs", "netflux/yjs"],
  ["@netflux/netflux", "netflux"],
];

type Target = string | { readonly [condition: string]: Target };

/** The fields that do not depend on the layout of the files. */
export const FIELDS = {
  name: "netflux",
  version: config.version,
  description: "Peer-to-peer groups over RTCDataChannel and WebSocket, for browsers and servers",
  keywords: ["p2p", "peer-to-peer", "webrtc", "websocket", "datachannel", "mesh", "group", "bot"],
  license: "MIT",
  type: "module",
  engines: { node: ">=20.19" },
  sideEffects: false,
  // jose and ipaddr.js are for servers; pages do not load them.
  dependencies: {
    "ipaddr.js": versionOf("ipaddr.js"),
    jose: versionOf("jose"),
    ws: versionOf("ws"),
  },
  optionalDependencies: { "node-datachannel": versionOf("node-datachannel") },
  // For clusters over NATS, and for the entries `automerge`, `react`, `rx` and `yjs`.
  peerDependencies: {
    // deno.json has the version of the tests.
    "@automerge/automerge-repo": "^2.0.0",
    "@nats-io/transport-node": versionOf("@nats-io/transport-node"),
    react: ">=18",
    rxjs: versionOf("rxjs"),
    "y-protocols": versionOf("y-protocols/awareness"),
    yjs: versionOf("yjs"),
  },
  peerDependenciesMeta: {
    "@automerge/automerge-repo": { optional: true },
    "@nats-io/transport-node": { optional: true },
    react: { optional: true },
    rxjs: { optional: true },
    "y-protocols": { optional: true },
    yjs: { optional: true },
  },
} as const;

export function packageJson(): Record<string, unknown> {
  const browser = { types: "./esm/mod.d.ts", default: "./browser/netflux.js" };
  return {
    ...FIELDS,
    // For tools that do not support `exports`.
    main: "./script/bot.js",
    types: "./script/bot.d.ts",
    unpkg: "./browser/netflux.global.js",
    jsdelivr: "./browser/netflux.global.js",
    typesVersions: {
      "*": {
        bot: ["./script/bot.d.ts"],
        sigver: ["./script/sigver.d.ts"],
        automerge: ["./script/src/automerge/automerge.d.ts"],
        react: ["./script/src/react/react.d.ts"],
        rx: ["./script/src/rx/rx.d.ts"],
        server: ["./script/src/server/server.d.ts"],
        testing: ["./script/src/testing/testing.d.ts"],
        yjs: ["./script/src/yjs/yjs.d.ts"],
        "yjs/server": ["./script/src/yjs/server.d.ts"],
      },
    },
    exports: {
      ".": { ...onServers("bot"), browser, default: browser },
      "./bot": { ...onServers("bot"), default: inNode("bot").import },
      "./sigver": { ...onServers("sigver"), default: inNode("sigver").import },
      "./automerge": inPages("automerge"),
      "./react": inPages("react"),
      "./rx": { ...onServers("src/rx/rx"), default: inNode("src/rx/rx").import },
      "./server": {
        ...onServers("src/server/server"),
        default: inNode("src/server/server").import,
      },
      "./testing": inPages("testing"),
      "./yjs": inPages("yjs"),
      "./yjs/server": { ...onServers("src/yjs/server"), default: inNode("src/yjs/server").import },
      "./package.json": "./package.json",
    } satisfies Readonly<Record<string, Target>>,
    bin: { sigver: "bin/sigver.js", "netflux-sigver": "bin/sigver.js" },
    files: [
      "CHANGELOG.md",
      "SECURITY.md",
      "bin",
      "browser",
      "deno",
      "deploy",
      "docs",
      "esm",
      "examples",
      "script",
    ],
  };
}

/** Bundlers for Node and Bun use the condition `node`; bundlers for pages use neither of them. */
function onServers(entry: string): Record<string, Target> {
  const node = inNode(entry);
  const deno = { types: node.import.types, default: `./deno/${entry}.js` };
  return { deno, bun: node.import, node };
}

function inPages(name: string): Record<string, Target> {
  const entry = `src/${name}/${name}`;
  const page = { types: `./esm/${entry}.d.ts`, default: `./browser/${name}.js` };
  return { ...onServers(entry), browser: page, default: page };
}

function inNode(entry: string) {
  return {
    import: { types: `./esm/${entry}.d.ts`, default: `./esm/${entry}.js` },
    require: { types: `./script/${entry}.d.ts`, default: `./script/${entry}.js` },
  };
}

function versionOf(name: keyof typeof config.imports): string {
  return config.imports[name].replace(/^npm:.+@|\/.+$/g, "");
}
