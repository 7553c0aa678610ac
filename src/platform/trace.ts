/**
 * What the parts of a peer decide, as lines for people: each input of each part, the state before
 * and after, and what it put out.
 *
 * ```text
 * 2826645300: topologyChanged(phase: CONSTRUCTED)
 *             | JOINING CHECKED IDLE ▸ JOINED CHECKED CONSTRUCTED
 *             | setPhase(phase: JOINED), checkSignaling
 * ```
 *
 * @module
 */

import type { LogArea } from "./platform.ts";

/** Notes what a part does, where somebody asked for its area; only then is the line made. */
export type Trace = (area: LogArea, line: () => string) => void;

/** A decision of a part, in one line. */
export function describeStep(
  input: { readonly type: string },
  before: string,
  after: string,
  effects: readonly { readonly type: string }[],
): string {
  const state = before === after ? after : `${before} ▸ ${after}`;
  return [describe(input), state, effects.map(describe).join(", ")]
    .filter((part) => part !== "")
    .join(" | ");
}

/** A value in few words. Keys, tokens and passwords are secrets: they are left out. */
export function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Map || value instanceof Set) return `{${value.size}}`;
  if (Array.isArray(value)) {
    const more = value.length > ITEMS_MAX ? ", …" : "";
    return `[${value.slice(0, ITEMS_MAX).map(describe).join(", ")}${more}]`;
  }
  if (typeof value === "string") {
    return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const { type, ...fields } = value as { readonly type?: unknown };
  const shown = Object.entries(fields)
    .filter(([name, field]) => !OMITTED.has(name) && field !== undefined)
    .map(([name, field]) => `${name}: ${SECRET.has(name) ? "…" : describe(field)}`);
  const list = shown.length === 0 ? "" : `(${shown.join(", ")})`;
  return typeof type === "string" ? `${type}${list}` : list || "()";
}

const ITEMS_MAX = 8;
const TEXT_MAX = 120;
/** They would fill a line, and say nothing of the decision. */
const OMITTED: ReadonlySet<string> = new Set(["now", "chance", "heardAt", "timers"]);
const SECRET: ReadonlySet<string> = new Set(["key", "url", "urls", "credential", "password"]);
