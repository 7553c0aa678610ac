/**
 * The inputs of the parts of a peer, as lines for people: each with the state before and after, and
 * what the part put out.
 *
 * ```text
 * 2826645300: topologyChanged(phase: CONSTRUCTED)
 *             | JOINING CHECKED IDLE ▸ JOINED CHECKED CONSTRUCTED
 *             | JOINED, checkSignaling
 * ```
 *
 * @module
 */

import type { LogArea } from "./platform.ts";

/** Where the parts of a peer note what they do. */
export interface Trace {
  /** Whether anybody reads this area: if not, no line is made. */
  isOn(area: LogArea): boolean;
  note(area: LogArea, line: string): void;
}

/** Notes each input of one part, in one line with what the part put out. */
export class StepTrace {
  readonly #area: LogArea;
  readonly #trace: Trace;
  readonly #state: () => string;
  /** The outputs of the input that is being handled; `undefined`: not traced. */
  #outputs: string[] | undefined;

  /** @param state The state of the part, in few words. */
  constructor(area: LogArea, trace: Trace, state: () => string) {
    this.#area = area;
    this.#trace = trace;
    this.#state = state;
  }

  /** Handles an input; one in the course of another one belongs to that. */
  input(name: string, values: object, handle: () => void): void {
    if (this.#outputs !== undefined || !this.#trace.isOn(this.#area)) return handle();
    const before = this.#state();
    const outputs: string[] = [];
    this.#outputs = outputs;
    try {
      handle();
    } finally {
      this.#outputs = undefined;
      const after = this.#state();
      const state = before === after ? after : `${before} ▸ ${after}`;
      const parts = [describeCall(name, values), state, outputs.join(", ")];
      this.#trace.note(this.#area, parts.filter((part) => part !== "").join(" | "));
    }
  }

  /** Notes something that the part puts out. */
  output(name: string, values: object = {}): void {
    this.#outputs?.push(describeCall(name, values));
  }
}

function describeCall(name: string, values: object): string {
  const described = describe(values);
  if (described === "()") return name;
  return described.startsWith("(") ? `${name}${described}` : `${name} ${described}`;
}

/** A value in few words. Keys, tokens and passwords are secrets: they are left out. */
export function describe(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
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
