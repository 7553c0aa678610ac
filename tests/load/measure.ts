import type { ClientPlan, ClientReport } from "./clients.ts";
import { ClientProcess } from "./client_process.ts";
import { type Kind, Server } from "./server.ts";

export interface Load {
  readonly sockets: number;
  readonly joinsPerSecond: number;
  readonly seconds: number;
  readonly minutes: number;
  /** Where npm installed servers for Node; `undefined` leaves them out. */
  readonly installed: string | undefined;
}

export type PrintLine = (line: string) => void;

/** A hundred groups of ten. */
const RESIDENTS = 1_000;
const GROUP_SIZE = 10;
/** Each destination has its own 28,000 ports. */
const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
/** Many machines allow 20,000 open files per process. */
const SOCKETS_A_PROCESS_MAX = 10_000;
const SETTLE_S = 5;
const WARM_UP_S = 5;
const CALM_S = 25;

function planFor(port: number, plan: Partial<ClientPlan>): ClientPlan {
  const nothing = { members: 0, joinsPerSecond: 0, seconds: 0, warmUpSeconds: 0, isEcho: false };
  return { port, hosts: HOSTS, groupSize: GROUP_SIZE, ...nothing, ...plan };
}

export async function measureIdle(load: Load, printLine: PrintLine): Promise<void> {
  const rows: readonly (readonly [Kind, string, Partial<ClientPlan>])[] = [
    ["ours", "ours, clients that beat in 5 s", {}],
    ...kindsOf(load).map((kind) => [kind, NAMES[kind], planOf(kind)] as const),
  ];
  for (const [kind, name, plan] of rows) {
    await using server = await Server.start(kind, load.installed);
    const before = server.taken();
    await using processes = new AsyncDisposableStack();
    const { opened, failed, openedInMs, first } = await fill(server, load, plan, processes);
    await wait(1000 * Math.min(SETTLE_S, load.seconds));
    const after = server.taken();
    await wait(1000 * load.seconds);
    const later = server.taken();
    const last = opened - first.opened;
    const bytes = (later.rssBytes - before.rssBytes) / opened;
    const bytesOfLast = (later.rssBytes - first.rssBytes) / last;
    const cpu = (later.cpuSeconds - after.cpuSeconds) / load.seconds;
    const facts = [
      `${count(opened)} sockets${failed ? ` (${failed} failed)` : ""}`,
      `${kilobytes(bytes)} a socket`,
      `${kilobytes(bytesOfLast)} each of the last ${count(last)}`,
      `${(100 * cpu).toFixed(1)} % of a processor`,
      `opened at ${count(opened / openedInMs * 1000)}/s`,
    ];
    printLine(`idle    ${name.padEnd(30)} ${facts.join(", ")}`);
  }
}

/** Adds clients in one process after the other. */
async function fill(
  server: Server,
  load: Load,
  plan: Partial<ClientPlan>,
  processes: AsyncDisposableStack,
): Promise<Filled> {
  let [opened, failed, openedInMs] = [0, 0, 0];
  let first = { opened, rssBytes: server.taken().rssBytes };
  for (let left = load.sockets; left > 0; left -= SOCKETS_A_PROCESS_MAX) {
    if (opened > 0) {
      await wait(1000 * Math.min(SETTLE_S, load.seconds));
      first = { opened, rssBytes: server.taken().rssBytes };
    }
    const members = Math.min(left, SOCKETS_A_PROCESS_MAX);
    const clients = processes.use(new ClientProcess(planFor(server.port, { members, ...plan })));
    const report = await clients.report;
    opened += report.opened;
    failed += report.failed;
    openedInMs += report.openedInMs;
  }
  return { opened, failed, openedInMs, first };
}

interface Filled {
  readonly opened: number;
  readonly failed: number;
  readonly openedInMs: number;
  /** Before the first process: includes the fixed costs of a server. */
  readonly first: { readonly opened: number; readonly rssBytes: number };
}

/** The latency of joins at a rate that does not depend on the server. */
export async function measureJoins(load: Load, printLine: PrintLine): Promise<void> {
  for (const kind of kindsOf(load)) {
    await using server = await Server.start(kind, load.installed);
    const { joinsPerSecond, seconds } = load;
    const residents = { members: RESIDENTS, ...planOf(kind) };
    const all = seconds + WARM_UP_S;
    const joins = { joinsPerSecond, seconds: all, warmUpSeconds: WARM_UP_S };
    const before = server.taken();
    await using clients = new ClientProcess(planFor(server.port, { ...residents, ...joins }));
    const report = await clients.report;
    const cpu = (server.taken().cpuSeconds - before.cpuSeconds) / all;
    printLine(
      `joins   ${NAMES[kind].padEnd(30)} ${joinsPerSecond}/s: ${timesOf(report)}, ` +
        `${(100 * cpu).toFixed(0)} % of a processor`,
    );
  }
}

/** Whether memory grows while clients come and go. */
export async function soak(load: Load, printLine: PrintLine): Promise<void> {
  await using server = await Server.start("ours");
  const seconds = 60 * load.minutes;
  const { joinsPerSecond } = load;
  const plan = { members: RESIDENTS, ...planOf("ours"), joinsPerSecond, seconds };
  await using clients = new ClientProcess(planFor(server.port, plan));
  let isOver = false;
  const over = clients.report.finally(() => isOver = true);
  const startMs = performance.now();
  const everyMs = Math.max(1_000, 1000 * seconds / SAMPLES);
  while (!isOver) {
    await Promise.race([over, wait(everyMs)]);
    const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
    printLine(`soak    after ${minutes} min: ${megabytes(server.taken().rssBytes)}`);
  }
  printLine(`soak    ${count(joinsPerSecond * seconds)} came and went: ${timesOf(await over)}`);
}

const SAMPLES = 12;

const NAMES: Readonly<Record<Kind, string>> = {
  ours: "ours",
  node: "ours in Node",
  deployed: "sigver@20.1.0 on Node",
  echo: "bare Deno.serve echo",
};

function kindsOf({ installed }: Load): readonly Kind[] {
  return installed === undefined ? ["ours", "echo"] : ["ours", "node", "deployed", "echo"];
}

/** Requests a keepalive only from servers that support it. */
function planOf(kind: Kind): Partial<ClientPlan> {
  if (kind === "echo") return { isEcho: true };
  return kind === "deployed" ? {} : { calmS: CALM_S };
}

function timesOf({ answersMs, signalsMs, failed }: ClientReport): string {
  const parts = [`answer ${percentiles(answersMs)}`];
  if (signalsMs.length > 0) parts.push(`signal at the member ${percentiles(signalsMs)}`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join(", ");
}

function percentiles(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(1);
  return `p50 ${at(0.5)} ms p99 ${at(0.99)} ms`;
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en");
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(1)} kB`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
