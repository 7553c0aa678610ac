import { SigverProcess } from "../chaos/sigver.ts";
import { until } from "../support/until.ts";

/** The servers, in an order of no meaning. */
export type Nodes = readonly [SigverProcess, SigverProcess, SigverProcess];

/** Starts three, each with flags of its own; what is started is disposed of with the stack. */
export async function openNodes(
  stack: AsyncDisposableStack,
  flagsOf: (index: number) => readonly string[],
): Promise<Nodes> {
  const open = async (index: number) =>
    stack.use(await SigverProcess.open(undefined, ["--log-level", "error", ...flagsOf(index)]));
  return [await open(0), await open(1), await open(2)];
}

/** Waits until each node sees this many nodes. */
export async function settled(nodes: readonly SigverProcess[], count: number): Promise<void> {
  const counts = () => Promise.all(nodes.map(({ url }) => gaugeOf(url, "sigver_nodes")));
  await until(
    `${nodes.length} servers see ${count}`,
    async () => (await counts()).every((seen) => seen === count),
    counts,
  );
}

/** The one of them at which a gauge is above zero; it is an error if that is not exactly one. */
export async function whereIs(gauge: string, nodes: Nodes): Promise<SigverProcess> {
  const values = await Promise.all(nodes.map(({ url }) => gaugeOf(url, gauge)));
  const found = nodes.filter((_, index) => (values[index] ?? 0) > 0);
  const [node] = found;
  if (node !== undefined && found.length === 1) return node;
  throw new Error(`Cannot find the one server with ${gauge}: they have ${values}`);
}

/** Reads a gauge from /metrics. */
export async function gaugeOf(url: string, name: string): Promise<number> {
  const value = (await metricsOf(url)).get(name);
  if (value === undefined) throw new Error(`Cannot find ${name} at ${url}/metrics`);
  return value;
}

/** The metrics of a server by name and labels, over a new connection. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const init: RequestInit & { client: Deno.HttpClient } = { client };
  const response = await fetch(`${url.replace("ws:", "http:")}/metrics`, init);
  const lines = (await response.text()).matchAll(/^(\w\S*) (\S+)$/gm);
  return new Map([...lines].map(([, name = "", value]) => [name, Number(value)]));
}
