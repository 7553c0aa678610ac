/**
 * Events as lines: for people, or for programs as JSON.
 *
 * ```text
 * 2027-01-31T12:00:00.000Z info closed client=7 group=0f3a9c21 code=4743 reason="a bad frame"
 * ```
 *
 * @sansio
 * @module
 */

import type { SigverEvent } from "./log.ts";

/** The forms of a line. */
export const LOG_FORMATS = ["text", "json"] as const;

/** An event as one line, with its end. */
export function lineFor(
  format: typeof LOG_FORMATS[number],
  at: string,
  { level, event, ...fields }: SigverEvent,
): string {
  if (format === "json") return `${JSON.stringify({ ts: at, level, event, ...fields })}\n`;
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quoteWhereNeeded(String(value))}`);
  return `${[at, level, event, ...words].join(" ")}\n`;
}

/** What has a space, a quote or a line's end in it would read as something else. */
function quoteWhereNeeded(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}
