// The console log: trace lines of the selected areas, and warnings.

import type { Log } from "./platform.ts";
import { reportToProgram } from "./web.ts";

/**
 * The log areas of {@linkcode setLogLevel}: numbers by name, and names by number.
 *
 * @example
 * ```ts
 * import { LogLevel, setLogLevel } from "@netflux/netflux";
 *
 * setLogLevel(LogLevel.SIGNALING);
 * if (LogLevel[LogLevel.SIGNALING] !== "SIGNALING") throw new Error();
 * setLogLevel();
 * ```
 */
export const LogLevel = {
  /** Dropped frames, with reasons. */
  DEBUG: 0,
  /** The group: joining, leaving and the signaling server. */
  WEB_GROUP: 1,
  /** Session descriptions and ICE candidates. */
  WEBRTC: 2,
  /** Connections to members: opened and closed, with reasons. */
  CHANNEL: 3,
  /** The topology: members, suspicions, gossip. */
  TOPOLOGY: 4,
  /** The connection to the signaling server. */
  SIGNALING: 5,
  /** Attempts to connect to a member. */
  CHANNEL_BUILDER: 6,
  0: "DEBUG",
  1: "WEB_GROUP",
  2: "WEBRTC",
  3: "CHANNEL",
  4: "TOPOLOGY",
  5: "SIGNALING",
  6: "CHANNEL_BUILDER",
} as const;

/** One of the areas of {@linkcode LogLevel}: 0 to 6. */
export type LogLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6;

// Global, since `setLogLevel` does not belong to a group.
const levels = new Set<LogLevel>();

/**
 * Selects the areas that all groups of the program log to the console; none by default. Each line
 * (`console.debug`, "verbose" in browsers) is one step of a component: its input, its state before
 * and after, and its output. The text contains no keys or tokens, and can change in any version.
 *
 * @param wanted The areas to log; all others are switched off.
 *
 * @example
 * ```ts
 * import { LogLevel, setLogLevel } from "@netflux/netflux";
 *
 * setLogLevel(LogLevel.SIGNALING, LogLevel.WEB_GROUP);
 * setLogLevel();
 * ```
 */
export function setLogLevel(...wanted: readonly LogLevel[]): void {
  levels.clear();
  for (const level of wanted) levels.add(level);
}

/** @internal */
export const consoleLog: Log = {
  traces: (area) => levels.has(LogLevel[area]),
  note(area, text) {
    // deno-lint-ignore no-console -- the console is what a log is for
    if (levels.has(LogLevel[area])) console.debug(`[netflux ${area}] ${text}`);
  },
  warn(text) {
    // deno-lint-ignore no-console -- the console is what a log is for
    console.warn(`[netflux] ${text}`);
  },
  report: reportToProgram,
};

/** @internal */
export const silentLog: Log = {
  traces: () => false,
  note: () => {},
  warn: () => {},
  report: reportToProgram,
};
