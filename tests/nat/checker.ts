import type { Report, Route } from "./report.ts";
import { type Aid, expectedWay, type PeerLocation, type Way } from "./theory.ts";

/** Two peers, and how they reach each other. */
export interface Pair {
  readonly one: PeerLocation;
  readonly other: PeerLocation;
  /** As both sides see it; `undefined` where a side has no way. */
  readonly found: readonly [Found | undefined, Found | undefined];
  readonly failures: readonly string[];
}

/** A way, as one side sees it. */
export interface Found {
  readonly way: Way;
  /** The types of the candidates, or the relaying member. */
  readonly detail: string;
}

/** Checks all pairs of peers by their reports. */
export function checkPaths(
  locations: readonly PeerLocation[],
  aid: Aid,
  bot: string,
  reports: ReadonlyMap<string, Report>,
): Pair[] {
  const names = new Map([...reports].map(([name, { id }]) => [id, name]));
  const routeOf = (one: PeerLocation, other: PeerLocation): Found | undefined => {
    const { routes } = reports.get(one.name) ?? NOBODY;
    const id = reports.get(other.name)?.id;
    const route = routes.find((route) => route.id === id);
    return route && foundOf(route, (id) => names.get(id), bot, aid);
  };
  return locations.flatMap((one, index) =>
    locations.slice(index + 1).map((other): Pair => {
      const found = [routeOf(one, other), routeOf(other, one)] as const;
      const pair = `${one.name} and ${other.name}`;
      const expected = expectedWay(one, other, aid);
      const wrong = found.filter((found) => found?.way !== expected);
      const failures = wrong.map((found) =>
        `${pair}: ${expected} expected, ${
          found ? `${found.way} (${found.detail})` : "no way"
        } found`
      );
      for (const [from, to] of [[one, other], [other, one]] as const) {
        const heard = reports.get(to.name)?.heard ?? [];
        const id = reports.get(from.name)?.id;
        if (id === undefined || !heard.includes(id)) {
          failures.push(`${pair}: nothing of ${from.name} has come to ${to.name}`);
        }
      }
      return { one, other, found, failures };
    })
  );
}

function foundOf(
  { channel, via, localCandidateType, remoteCandidateType }: Route,
  nameOf: (id: number) => string | undefined,
  bot: string,
  aid: Aid,
): Found {
  if (channel === "relay") {
    const name = via === undefined ? undefined : nameOf(via);
    const way = name !== bot ? "member" : aid === "server" ? "server" : "bot";
    return { way, detail: `through ${name}` };
  }
  const types = [localCandidateType, remoteCandidateType];
  return {
    way: types.includes("relay") ? "turn" : "direct",
    detail: channel === "rtc" ? types.join("/") : channel,
  };
}

const NOBODY: Pick<Report, "routes"> = { routes: [] };
