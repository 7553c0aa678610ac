import type { Report, Route } from "./report.ts";
import { type Aid, expectedPath, type Path, type PeerLocation } from "./theory.ts";

export interface Pair {
  readonly one: PeerLocation;
  readonly other: PeerLocation;
  /** As each side sees it; `undefined` where a side has no path. */
  readonly found: readonly [Found | undefined, Found | undefined];
  readonly failures: readonly string[];
}

/** A path as one side sees it. */
export interface Found {
  readonly path: Path;
  /** The candidate types, or the relaying member. */
  readonly detail: string;
}

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
      const expected = expectedPath(one, other, aid);
      const wrong = found.filter((found) => found?.path !== expected);
      const failures = wrong.map((found) =>
        `${pair}: ${expected} expected, ${
          found ? `${found.path} (${found.detail})` : "no path"
        } found`
      );
      for (const [from, to] of [[one, other], [other, one]] as const) {
        const received = reports.get(to.name)?.received ?? [];
        const id = reports.get(from.name)?.id;
        if (id === undefined || !received.includes(id)) {
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
    const path = name !== bot ? "member" : aid === "server" ? "server" : "bot";
    return { path, detail: `through ${name}` };
  }
  const types = [localCandidateType, remoteCandidateType];
  return {
    path: types.includes("relay") ? "turn" : "direct",
    detail: channel === "rtc" ? types.join("/") : channel,
  };
}

const NOBODY: Pick<Report, "routes"> = { routes: [] };
