import type { Plan, Sample } from "./measurement.ts";
import type { Setting } from "./settings.ts";

export type Samples<Kind extends string> = Readonly<Record<Kind, Record<string, Sample[]>>>;

/**
 * Contestants take turns in each round; each round begins with another one.
 *
 * @throws The reason of the plan's signal, once that is aborted.
 */
export async function compare<Kind extends string>(
  { contestants, once = [] }: Setting,
  { rounds, signal }: Plan,
  kinds: readonly Kind[],
  measure: (contestant: string) => Promise<Readonly<Partial<Record<Kind, Sample>>>>,
): Promise<Samples<Kind>> {
  // Object.fromEntries loses the type of the keys.
  const samples = Object.fromEntries(kinds.map((kind) => [kind, {}])) as Samples<Kind>;
  for (let round = 0; round < rounds; round++) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      if (round > 0 && once.includes(contestant)) continue;
      signal?.throwIfAborted();
      const outcome = await attempt(contestant, () => measure(contestant), signal);
      for (const kind of kinds) {
        const sample = outcome === undefined ? { value: undefined } : outcome[kind];
        const mine: Record<string, Sample[]> = samples[kind];
        // A contestant without this feature has no sample.
        if (sample !== undefined) (mine[contestant] ??= []).push(sample);
      }
    }
  }
  return samples;
}

async function attempt<Answer>(
  contestant: string,
  measure: () => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  try {
    return await abortable(measure(), signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    // A contestant that fails is a result, and no reason to stop.
    // deno-lint-ignore no-console
    console.error(`${contestant}: ${error.message}`);
    return undefined;
  }
}

/** Settles as `work` does, or fails with the reason of the signal. */
async function abortable<Answer>(work: Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  if (signal === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
