import { EARLIER } from "./earlier_revision.ts";
import type { Plan } from "./measurement.ts";
import type { Runtime } from "./testbed.ts";

export interface Setting {
  readonly name: string;
  readonly runtimes: readonly Runtime[];
  /** Libraries by their names in `page.ts` and `process.ts`, this one first. */
  readonly contestants: readonly string[];
  /** Slow contestants that run in the first round only. */
  readonly once?: readonly string[];
}

export function titleOf(contestant: string): string {
  return contestant.startsWith(EARLIER) ? "ours, earlier" : TITLES[contestant] ?? contestant;
}

const TITLES: Readonly<Record<string, string>> = {
  "netflux": "ours",
  "netflux latest": "ours, latest",
  "netflux unreliable": "ours, unreliable",
  "netflux socket": "ours",
  "bare": "bare channel",
  "bare unreliable": "bare channel, unreliable",
  "bare socket": "bare channel",
  "netflux4": "netflux 4",
};

const BROWSER = {
  contestants: ["netflux", "bare", "netflux4", "trystero", "peerjs"],
  // No goal refers to these two.
  once: ["trystero", "peerjs"],
};

/** Groups of two and five members. */
export const PAIRS: readonly Setting[] = [
  { name: "Deno ↔ Deno", runtimes: ["Deno", "Deno"], contestants: ["netflux", "bare"] },
  {
    name: "Deno ↔ Deno, WebSocket",
    runtimes: ["Deno", "Deno"],
    contestants: ["netflux socket", "bare socket"],
  },
  { name: "Chromium ↔ Deno", runtimes: ["Deno", "Chromium"], contestants: ["netflux", "bare"] },
  { name: "Chromium ↔ Chromium", runtimes: ["Chromium", "Chromium"], ...BROWSER },
];

export const BROADCASTS: readonly Setting[] = [
  { name: "Deno, to 4", runtimes: Array(5).fill("Deno"), contestants: ["netflux", "bare"] },
  { name: "Chromium, to 4", runtimes: Array(5).fill("Chromium"), ...BROWSER },
];

/** Returns the contestant without a library, to which goals refer. */
export function bareOf({ contestants }: Setting): string {
  const bare = contestants.find((name) => name.startsWith("bare"));
  if (bare === undefined) throw new Error(`Cannot set a goal: ${contestants} lack a bare channel`);
  return bare;
}

/** Pages send and receive more slowly than Deno. */
export function isSlow({ runtimes }: Setting): boolean {
  return runtimes.includes("Chromium");
}

/** The settings that the plan selects. */
export function chosen<Chosen extends Setting>(
  settings: readonly Chosen[],
  { where, hasEarlier = false }: Plan,
): readonly Chosen[] {
  const wanted = settings.filter(({ name }) => name.includes(where));
  return hasEarlier ? wanted.map(withEarlier) : wanted;
}

function withEarlier<Chosen extends Setting>(setting: Chosen): Chosen {
  const contestants = setting.contestants.flatMap((name) =>
    name.startsWith("netflux") && name !== "netflux4" ? [name, EARLIER + name] : [name]
  );
  return { ...setting, contestants };
}
