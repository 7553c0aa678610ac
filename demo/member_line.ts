/**
 * Describes the path to a member, and its statistics.
 *
 * @module
 */

import type { MemberStats } from "../mod.ts";
import type { Link } from "./links.ts";
import { sizeOf } from "./room_files.ts";

/** How a member is reached. `title` names another member. */
export function routeOf(stats: MemberStats, title: (member: number) => string): string {
  const { channel, via, away, localCandidateType: here, remoteCandidateType: there } = stats;
  if (away) return "away: it may come back";
  switch (channel) {
    case "relay":
      return via === undefined ? "looking for a way" : `relayed through ${title(via)}`;
    case "ws":
      return "direct · WebSocket";
    case "rtc":
      return here === undefined || there === undefined
        ? "direct · data channel"
        : `direct · ${[`${here} ↔ ${there}`, stats.protocol].filter(Boolean).join(" · ")}`;
  }
}

/** How two members are connected. `title` names another member. */
export function sentenceOf(
  { channel, via, away }: Link,
  title: (member: number) => string,
): string {
  if (away) return "away: it may come back";
  switch (channel) {
    case "relay":
      return via === undefined ? "relayed" : `relayed through ${title(via)}`;
    case "ws":
      return "WebSocket";
    case "rtc":
      return "data channel";
  }
}

/** A figure of a member. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  /** A longer description. */
  readonly title: string;
}

/** How it goes with a member. */
export function figuresOf(stats: MemberStats): readonly Figure[] {
  const { roundTripTime, bytesSent, bytesReceived, bufferedAmount, unacknowledged } = stats;
  const rtt = roundTripTime === undefined ? "–" : `${Math.round(roundTripTime)} ms`;
  return [
    {
      name: "round trip",
      value: rtt,
      title: "From sending something to its acknowledgement, which may take 100 ms longer",
    },
    { name: "sent", value: sizeOf(bytesSent), title: "Bytes sent, each counted once" },
    { name: "received", value: sizeOf(bytesReceived), title: "Bytes received, each counted once" },
    {
      name: "queue",
      value: sizeOf(bufferedAmount),
      title:
        `Given to the group and not to the channel yet; ${unacknowledged} messages unacknowledged`,
    },
    {
      name: "sent again",
      value: sizeOf(stats.bytesResent),
      title: "Bytes sent again as they may have been lost when the way changed",
    },
  ];
}
