/**
 * What a peer tells the console: nothing, until a program asks for some areas.
 *
 * @module
 */

import type { Log, LogArea } from "./platform.ts";

/**
 * The areas that {@linkcode setLogLevel} can switch on: numbers by name, and names by number.
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
  /** What was dropped, and why. */
  DEBUG: 0,
  /** The group: its states, its members. */
  WEB_GROUP: 1,
  /** Descriptions and candidates. */
  WEBRTC: 2,
  /** Channels opening and closing. */
  CHANNEL: 3,
  /** The topology. */
  TOPOLOGY: 4,
  /** The signaling server. */
  SIGNALING: 5,
  /** Attempts to get a channel. */
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

const LEVEL_OF: Readonly<Record<LogArea, LogLevel>> = {
  debug: LogLevel.DEBUG,
  group: LogLevel.WEB_GROUP,
  webrtc: LogLevel.WEBRTC,
  channel: LogLevel.CHANNEL,
  topology: LogLevel.TOPOLOGY,
  signaling: LogLevel.SIGNALING,
  negotiation: LogLevel.CHANNEL_BUILDER,
};

// The one state of a whole program, as `setLogLevel` has no group to belong to.
const levels = new Set<LogLevel>();

/**
 * Chooses what is logged to the console, for all groups of the program: these areas and no others.
 * Without an argument, nothing is, as at first. What is logged goes to `console.debug`, and its
 * text may change with any version.
 *
 * @param wanted The areas.
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

/**
 * The log that {@linkcode setLogLevel} governs.
 *
 * @internal
 */
export const consoleLog: Pick<Log, "note"> = {
  note(area, text, detail) {
    const level = LEVEL_OF[area];
    if (!levels.has(level)) return;
    // deno-lint-ignore no-console -- the console is what a log is for
    console.debug(
      `[netflux ${LogLevel[level]}] ${text}`,
      ...(detail === undefined ? [] : [detail]),
    );
  },
};
