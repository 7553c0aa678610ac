import type { Plan, Sample } from "./measurement.ts";
import type { Setting } from "./settings.ts";

export type Samples<Kind extends string> = Readonly<Record<Kind, Record<string, Sample[]>>>;

/** Contestants take turns in each round; each round begins with another one. */
export async function compare<Kind extends string>(
  { contestants, once = [] }: Setting,
  { rounds }: Plan,
  kinds: readonly Kind[],
  measure: (contestant: string) => Promise<Readonly<Partial<Record<Kind, Sample>>>>,
): Promise<Samples<Kind>> {
  // Object.fromEntries loses the type of the keys.
  const samples = Object.fromEntries(kinds.map((kind) => [kind, {}])) as Samples<Kind>;
  for (let round = 0; round < rounds; round++) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      if (round > 0 && once.includes(contestant)) continue;
      const outcome = await attempt(contestant, () => measure(contestant));
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
): Promise<Answer | undefined> {
  try {
    return await measure();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A contestant that fails is a result, and no reason to stop.
    // deno-lint-ignore no-console
    console.error(`${contestant}: ${error.message}`);
    return undefined;
  }
}
