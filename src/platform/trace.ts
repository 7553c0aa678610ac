// Traces each input of a part as a line: the states before and after, and the output.
//
//   2826645300: topologyChanged(phase: CONSTRUCTED)
//               | JOINING CHECKED IDLE ▸ JOINED CHECKED CONSTRUCTED
//               | JOINED, checkSignaling

import type { LogArea } from "./platform.ts";

export interface Trace {
  isOn(area: LogArea): boolean;
  note(area: LogArea, line: string): void;
}

export class StepTrace {
  readonly #area: LogArea;
  readonly #trace: Trace;
  readonly #state: () => string;
  #outputs: string[] | undefined;

  constructor(area: LogArea, trace: Trace, state: () => string) {
    this.#area = area;
    this.#trace = trace;
    this.#state = state;
  }

  /** Nested inputs belong to the outer one. */
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

  output(name: string, values: object = {}): void {
    this.#outputs?.push(describeCall(name, values));
  }
}

function describeCall(name: string, values: object): string {
  const described = describe(values);
  if (described === "()") return name;
  return described.startsWith("(") ? `${name}${described}` : `${name} ${described}`;
}

/** Leaves out secrets (keys, tokens, passwords). */
export function describe(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) {
    const more = value.length > ITEMS_MAX ? ", …" : "";
    return `[${value.slice(0, ITEMS_MAX).map(describe).join(", ")}${more}]`;
  }
  if (typeof value === "string") {
    return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const { type, ...fields } = value as { readonly type?: unknown };
  const shown = Object.entries(fields)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${name}: ${SECRET.has(name) ? "…" : describe(field)}`);
  const list = shown.length === 0 ? "" : `(${shown.join(", ")})`;
  return typeof type === "string" ? `${type}${list}` : list || "()";
}

const ITEMS_MAX = 8;
const TEXT_MAX = 120;
const SECRET: ReadonlySet<string> = new Set(["key", "url", "urls", "credential", "password"]);
