import { SigverProcess } from "../chaos/sigver.ts";
import { until } from "../support/until.ts";

export type Nodes = readonly [SigverProcess, SigverProcess, SigverProcess];

/** Starts three servers, which the stack disposes of. */
export async function openNodes(
  stack: AsyncDisposableStack,
  flagsOf: (index: number) => readonly string[],
): Promise<Nodes> {
  const open = async (index: number) =>
    stack.use(await SigverProcess.open(undefined, ["--log-level", "error", ...flagsOf(index)]));
  return [await open(0), await open(1), await open(2)];
}

export async function settled(nodes: readonly SigverProcess[], count: number): Promise<void> {
  const counts = () => Promise.all(nodes.map(({ url }) => gaugeOf(url, "sigver_nodes")));
  await until(
    `${nodes.length} servers see ${count}`,
    async () => (await counts()).every((seen) => seen === count),
    counts,
  );
}

/** Finds the only node at which a gauge is above zero. */
export async function whereIs(gauge: string, nodes: Nodes): Promise<SigverProcess> {
  const values = await Promise.all(nodes.map(({ url }) => gaugeOf(url, gauge)));
  const found = nodes.filter((_, index) => (values[index] ?? 0) > 0);
  const [node] = found;
  if (node !== undefined && found.length === 1) return node;
  throw new Error(`Cannot find the one server with ${gauge}: they have ${values}`);
}

export async function gaugeOf(url: string, name: string): Promise<number> {
  const value = (await metricsOf(url)).get(name);
  if (value === undefined) throw new Error(`Cannot find ${name} at ${url}/metrics`);
  return value;
}

/** Metrics by name and labels, over a new connection: each may reach another process. */
export async function metricsOf(url: string): Promise<ReadonlyMap<string, number>> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const init: RequestInit & { client: Deno.HttpClient } = { client };
  const response = await fetch(`${url.replace("ws:", "http:")}/metrics`, init);
  const lines = (await response.text()).matchAll(/^(\w\S*) (\S+)$/gm);
  return new Map([...lines].map(([, name = "", value]) => [name, Number(value)]));
}
