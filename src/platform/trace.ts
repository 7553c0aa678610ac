// Logs each input of a component as a line: the state before and after it, and the output.
//
//   2826645300: topologyChanged {phase:CONSTRUCTED}
//               | JOINING CHECKED IDLE ▸ JOINED CHECKED CONSTRUCTED
//               | JOINED, checkSignaling

import type { Log, LogArea } from "./platform.ts";

const ITEMS_MAX = 8;
const TEXT_MAX = 120;

export type Trace = Pick<Log, "traces" | "note">;

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

  /** Runs an input, and logs it. Nested inputs are part of the outer one. */
  input(name: string, values: object, handle: () => void): void {
    if (this.#outputs !== undefined || !this.#trace.traces(this.#area)) return handle();
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
      this.#trace.note(this.#area, parts.filter(Boolean).join(" | "));
    }
  }

  output(name: string, values: object = {}): void {
    this.#outputs?.push(describeCall(name, values));
  }
}

function describeCall(name: string, values: object): string {
  const described = describe(values);
  return described === "{}" ? name : `${name} ${described}`;
}

/** Formats the value only if the area is logged. */
export function noteValue(trace: Trace, area: LogArea, name: string, value: object): void {
  if (trace.traces(area)) trace.note(area, describeCall(name, value));
}

/** Formats a value as JSON without quotes and without secrets (keys, tokens, passwords). */
export function describe(value: object): string {
  return JSON.stringify(value, shorten).replaceAll('"', "");
}

function shorten(name: string, value: unknown): unknown {
  if (SECRET.has(name)) return "…";
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (typeof value === "string" && value.length > TEXT_MAX) return `${value.slice(0, TEXT_MAX)}…`;
  if (Array.isArray(value) && value.length > ITEMS_MAX) return [...value.slice(0, ITEMS_MAX), "…"];
  return value;
}

const SECRET: ReadonlySet<string> = new Set(["key", "url", "urls", "credential", "password"]);
