/**
 * The links between members: each tells the others how it reaches whom, and that makes a picture.
 *
 * ```text
 * getStats() of each member ──▶ reaches ──presence──▶ the reaches of all ──▶ links, one a pair
 * ```
 *
 * @module
 */

import { type GroupPresence, type MemberStats, type WebGroup, WebGroupState } from "../mod.ts";
import { asFields } from "./people.ts";

export type ChannelKind = MemberStats["channel"];

/** How one member reaches another. */
export interface Reach {
  readonly to: number;
  readonly channel: ChannelKind;
  /** The member that relays. */
  readonly via?: number;
  /** The round trip. */
  readonly ms?: number;
  /** It is not heard at present, and may come back. */
  readonly away?: boolean;
}

/** The presence that carries them. */
export interface Reaches {
  readonly reaches: readonly Reach[];
}

/** How two members are connected. */
export interface Link {
  /** The lower id. */
  readonly a: number;
  readonly b: number;
  readonly channel: ChannelKind;
  readonly via: number | undefined;
  /** The round trip, as the faster of the two ends measures it. */
  readonly ms: number | undefined;
  /** One of the two is not heard. */
  readonly away: boolean;
}

/** There is no event for a channel that replaces a relay. */
const INTERVAL_MS = 1_000;

/** A group has up to 64 members. */
const REACHES_MAX = 64;

/** Tells the others how this member reaches them, from joining to leaving. */
export function reportReaches(
  group: WebGroup,
  presence: GroupPresence<Reaches>,
  told: (stats: ReadonlyMap<number, MemberStats>) => void,
): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const report = async () => {
    const stats = await group.getStats();
    told(stats);
    const reaches = reachesOf(stats);
    if (JSON.stringify(reaches) !== JSON.stringify(presence.state.reaches)) {
      presence.set({ reaches });
    }
  };
  const follow = () => {
    clearInterval(timer);
    if (group.state !== WebGroupState.LEFT) timer = setInterval(report, INTERVAL_MS);
  };
  group.addEventListener("statechange", follow);
  group.addEventListener("memberjoin", report);
  follow();
}

/** How a member reaches the others, by its statistics. */
export function reachesOf(stats: ReadonlyMap<number, MemberStats>): readonly Reach[] {
  return [...stats.values()].map(({ id, channel, via, roundTripTime, away }) => ({
    to: id,
    channel,
    ...(via !== undefined && { via }),
    ...(roundTripTime !== undefined && { ms: Math.max(1, Math.round(roundTripTime)) }),
    ...(away && { away }),
  }));
}

/** Reads the reaches of another member, which may be anything. */
export function readReaches(state: unknown): readonly Reach[] {
  const { reaches } = asFields(state);
  if (!Array.isArray(reaches)) return [];
  return reaches.slice(0, REACHES_MAX).flatMap((value) => {
    const { to, channel, via, ms, away } = asFields(value);
    if (typeof to !== "number" || !isChannel(channel)) return [];
    return [{
      to,
      channel,
      ...(typeof via === "number" && { via }),
      ...(typeof ms === "number" && ms >= 0 && { ms }),
      ...(away === true && { away }),
    }];
  });
}

/** One link for each pair of members of which at least one reports the other. */
export function linksOf(reported: ReadonlyMap<number, readonly Reach[]>): readonly Link[] {
  const links = new Map<string, Link>();
  for (const [from, reaches] of reported) {
    for (const reach of reaches) {
      if (reach.to === from || !reported.has(reach.to)) continue;
      const [a, b] = from < reach.to ? [from, reach.to] : [reach.to, from];
      const key = `${a} ${b}`;
      links.set(key, merge(links.get(key), { a, b, ...linkOf(reach) }));
    }
  }
  return [...links.values()].sort((one, other) => one.a - other.a || one.b - other.b);
}

function linkOf({ channel, via, ms, away = false }: Reach): Omit<Link, "a" | "b"> {
  return { channel, via, ms, away };
}

/** The ends may learn of a new channel at different times: a direct one counts. */
function merge(one: Link | undefined, other: Link): Link {
  if (one === undefined) return other;
  const better = one.channel === "relay" ? other : one;
  const times = [one.ms, other.ms].filter((ms) => ms !== undefined);
  return {
    ...better,
    via: better.channel === "relay" ? one.via ?? other.via : undefined,
    ms: times.length === 0 ? undefined : Math.min(...times),
    away: one.away || other.away,
  };
}

function isChannel(value: unknown): value is ChannelKind {
  return value === "rtc" || value === "ws" || value === "relay";
}
