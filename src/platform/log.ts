/**
 * What a peer tells the console: each step of some areas, once a program asks for them; and
 * warnings about errors that it does not listen to.
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
  /** Frames that were dropped, and why. */
  DEBUG: 0,
  /** The group: each input, its states, and what follows. */
  WEB_GROUP: 1,
  /** Session descriptions and ICE candidates, sent and received. */
  WEBRTC: 2,
  /** Channels to members: opened, and closed for which reason. */
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
 * Without an argument, and until it is called, nothing is logged. Lines go to `console.debug` (a
 * browser shows them as "verbose"), one for each step of a part: its input, its state before and
 * after, and its output. The text may change with any version; it contains no keys or tokens.
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
export const consoleLog: Omit<Log, "report"> = {
  traces: (area) => levels.has(LEVEL_OF[area]),
  note(area, text) {
    const level = LEVEL_OF[area];
    // deno-lint-ignore no-console -- the console is what a log is for
    if (levels.has(level)) console.debug(`[netflux ${LogLevel[level]}] ${text}`);
  },
  warn(text) {
    // deno-lint-ignore no-console -- the console is what a log is for
    console.warn(`[netflux] ${text}`);
  },
};

/**
 * A log that says nothing.
 *
 * @internal
 */
export const silentLog: Omit<Log, "report"> = {
  traces: () => false,
  note: () => {},
  warn: () => {},
};
