// The groups of checks and tests that `deno task test` runs.

/**
 * - `check`: format, rules and types; needs only Deno
 * - `unit`: tests of logic, on virtual time
 * - `test`: all other tests of a change: processes, sockets and browsers
 * - `lab`: the laboratories, which take minutes each, and the unit tests in Node
 */
export type Tier = "check" | "unit" | "test" | "lab";

export const TASKS = {
  check: ["check"],
  unit: ["unit"],
  test: ["check", "unit", "test"],
  all: ["check", "unit", "test", "lab"],
} as const satisfies Readonly<Record<string, readonly Tier[]>>;

interface Requirement {
  readonly reason: string;
  readonly browser?: "chromium" | "firefox";
  /** The programs, with the Debian package of each. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly isSingle?: true;
}

/** The needs of groups. The runner installs those that the selected groups lack. */
export const NEEDS = {
  "chromium": { reason: "drives pages in Chromium", browser: "chromium" },
  "firefox": { reason: "drives pages in Firefox", browser: "firefox" },
  "node-datachannel": {
    reason: "only one isolate of a process can load this native module: a process of its own",
  },
  "npm": { reason: "runs Node, and installs packages with npm" },
  "dist/npm": { reason: "builds the npm package, always in the same folder", isSingle: true },
  "network namespaces": {
    reason: "root on Linux makes networks within the machine",
    programs: { ip: "iproute2", nft: "nftables" },
    isSingle: true,
  },
  "nats-server": {
    reason: "runs a real NATS server",
    programs: { "nats-server": "nats-server" },
  },
  "promtool": {
    reason: "has the checker of Prometheus read metrics",
    programs: { promtool: "prometheus" },
  },
  "nginx": { reason: "runs a real proxy", programs: { nginx: "nginx" } },
  "coturn": { reason: "runs a real TURN server", programs: { turnserver: "coturn" } },
  "spin": { reason: "generates and compiles a search", programs: { spin: "spin", gcc: "gcc" } },
} as const satisfies Readonly<Record<string, Requirement>>;

export type Need = keyof typeof NEEDS;

export function requirementOf(need: Need): Requirement {
  return NEEDS[need];
}

export interface Group {
  readonly name: string;
  readonly tier: Tier;
  readonly args: readonly string[];
  /** Whether the output has the numbers of passed and failed tests; otherwise it is one check. */
  readonly isCounted: boolean;
  readonly needs: readonly Need[];
  /** Whether it runs alone: it measures time, or keeps all cores busy. */
  readonly isExclusive: boolean;
}

/** Test files that are not unit tests, and why. All others run in one process, each in a thread. */
export const NOT_UNIT: Readonly<Record<string, "processes" | "sockets" | "simulator" | "own">> = {
  // They start programs and wait for them.
  "tests/sigver/cli_operation_test.ts": "processes",
  "tests/sigver/cli_test.ts": "processes",
  "tests/sigver/nats_test.ts": "processes",
  "tests/sigver/promtool_test.ts": "processes",
  "tests/scripts/decode_test.ts": "processes",
  "tests/scripts/deploy_test.ts": "processes",
  "tests/scripts/repository_test.ts": "processes",
  "tests/scripts/test_command_test.ts": "processes",
  // They wait for real sockets and real timers.
  "tests/automerge/acceptance_test.ts": "sockets",
  "tests/automerge/adapter_test.ts": "sockets",
  "tests/conformance/socket_test.ts": "sockets",
  "tests/platform/listen_node_test.ts": "sockets",
  "tests/react/react_test.tsx": "sockets",
  "tests/server/group_server_test.ts": "sockets",
  "tests/sigver/handler_fuzz_test.ts": "sockets",
  "tests/transport/socket_channel_test.ts": "sockets",
  "tests/yjs/room_test.ts": "sockets",
  // They run many seeds or hundreds of members.
  "tests/sim/chaos_test.ts": "simulator",
  "tests/sim/large_crowd_test.ts": "simulator",
  "tests/yjs/convergence_test.ts": "simulator",
  // They are separate groups, below.
  "tests/conformance/browser_test.ts": "own",
  "tests/native_test.ts": "own",
};

export const OUTSIDE = [
  "tests/e2e",
  "tests/documents",
  "tests/browser",
  "tests/disruption",
] as const;

const FILE_NEEDS: Readonly<Record<string, readonly Need[]>> = {
  "tests/browser/cache_test.ts": ["chromium"],
  "tests/browser/demo_test.ts": ["chromium", "firefox"],
  "tests/browser/editors_test.ts": ["chromium", "firefox"],
  "tests/browser/harness_test.ts": ["chromium", "firefox"],
  "tests/browser/interop_test.ts": ["chromium"],
  "tests/browser/mixed_test.ts": ["chromium", "firefox"],
  "tests/disruption/disruption_test.ts": ["chromium", "network namespaces"],
  "tests/e2e/group_server_nginx_test.ts": ["nginx"],
  "tests/documents/cookbook_test.ts": ["node-datachannel"],
  "tests/documents/examples_test.ts": ["node-datachannel"],
};

export async function allGroups(): Promise<readonly Group[]> {
  const files = await testFiles();
  const outside = files.filter((file) => OUTSIDE.some((folder) => file.startsWith(`${folder}/`)));
  return [
    check("format", "check", ["fmt", "--check"]),
    check("lint", "check", ["lint"]),
    check("tidy", "check", ["run", "-A", "scripts/tidy.ts"]),
    check("types", "check", ["check", "."]),
    // Without the lock file: Deno would remove all packages that this configuration does not have.
    check("types-in-pages", "check", ["check", "--no-lock", "--config", "browser.json", "mod.ts"]),
    check("types-in-documents", "check", ["run", "-A", "scripts/check_documents.ts"]),
    // Node runs the tests of each file in a separate process, one after the other.
    counted("node", "lab", ["run", "-A", "scripts/test_node.ts"], { needs: ["npm", "dist/npm"] }),
    tests("unit", "unit", ["--parallel", ...unitFiles(files)], { isExclusive: true }),
    tests("conformance/browser", "test", ["tests/conformance/browser_test.ts"], {
      needs: ["chromium", "firefox"],
    }),
    tests("native", "test", ["tests/native_test.ts"], {
      needs: ["node-datachannel", "chromium", "firefox"],
    }),
    ...outside.map((file) =>
      tests(
        file.replace(/^tests\/|_test\.ts$/g, ""),
        file.startsWith("tests/disruption/") ? "lab" : "test",
        [file],
        { needs: FILE_NEEDS[file] ?? [] },
      )
    ),
    counted("examples", "test", TEST.concat("--doc", "mod.ts", "bot.ts", "sigver.ts", "src")),
    tests("processes", "test", filesFor("processes"), { needs: ["nats-server", "promtool"] }),
    tests("sockets", "test", filesFor("sockets")),
    check("publishable", "test", ["publish", "--dry-run", "--allow-dirty", "--quiet"]),
    check("size", "test", ["run", "-A", "scripts/size.ts", "--check"]),
    check("documented", "test", ["doc", "--lint", "mod.ts", "bot.ts", "sigver.ts"]),
    check("api", "test", ["run", "-A", "scripts/api.ts", "--check"]),
    tests("simulator", "test", ["--parallel", ...filesFor("simulator")], { isExclusive: true }),
    lab("sim", "test", ["scripts/sim.ts", "--seeds", "100"]),
    lab("sim-400", "lab", ["scripts/sim.ts", "--seed", "101", "--seeds", "400"]),
    lab("models", "lab", ["scripts/models.ts"], ["spin"]),
    lab("npm", "lab", ["scripts/test_npm.ts"], [
      "npm",
      "dist/npm",
      "chromium",
      "firefox",
      "nginx",
    ]),
    lab("chaos", "lab", ["scripts/chaos.ts", "--short"], ["chromium", "network namespaces"]),
    lab("abuse", "lab", ["scripts/abuse.ts", "--short"]),
    lab("nat", "lab", ["scripts/nat.ts"], ["chromium", "network namespaces", "coturn"]),
    lab("failover", "lab", ["scripts/failover.ts"], ["nats-server", "nginx"]),
  ];
}

export async function testFiles(folder = "tests"): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    // The projects in tests/npm have their own tests.
    if (isDirectory && path !== "tests/npm") found.push(...await testFiles(path));
    else if (/_test\.tsx?$/.test(name)) found.push(path);
  }
  return found.sort();
}

/** Returns the unit tests among test files: all that are not listed as something else. */
export function unitFiles(files: readonly string[]): readonly string[] {
  return files.filter((file) =>
    !(file in NOT_UNIT) && !OUTSIDE.some((folder) => file.startsWith(`${folder}/`))
  );
}

function filesFor(reason: string): readonly string[] {
  return Object.keys(NOT_UNIT).filter((file) => NOT_UNIT[file] === reason);
}

type Extras = Partial<Pick<Group, "needs" | "isExclusive">>;

function check(name: string, tier: Tier, args: readonly string[]): Group {
  return { name, tier, args, isCounted: false, needs: [], isExclusive: false };
}

function counted(name: string, tier: Tier, args: readonly string[], extras: Extras = {}): Group {
  return { name, tier, args, isCounted: true, needs: [], isExclusive: false, ...extras };
}

const TEST: readonly string[] = ["test", "-A", "--no-prompt"];

function tests(name: string, tier: Tier, args: readonly string[], extras: Extras = {}): Group {
  const all = [...TEST, "--sanitize-ops", "--sanitize-resources", ...args];
  return counted(name, tier, all, extras);
}

function lab(name: string, tier: Tier, args: readonly string[], needs: readonly Need[] = []) {
  return counted(name, tier, ["run", "-A", ...args], { needs, isExclusive: true });
}
