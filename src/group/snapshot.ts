// The public state of a group at a moment, which changes with each event that the program receives.
// @sansio

import { type GroupPhase, SignalingState } from "./state.ts";

/** The properties that `{ ...group }` and `console.log(group)` show. */
const SHOWN = [
  "id",
  "myId",
  "key",
  "members",
  "neighbors",
  "topology",
  "state",
  "signalingState",
  "signalingServer",
  "autoRejoin",
] as const;

/** Defines the accessors of the class on a group itself, which a subclass can replace by fields. */
export function defineAccessors(group: object, prototype: object): void {
  for (const name of SHOWN) {
    const accessor = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(group, name, { ...accessor, enumerable: true });
  }
}

/** The methods by which Node and Deno print an object; those of an EventTarget print nothing. */
const INSPECTORS = ["nodejs.util.inspect.custom", "Deno.customInspect"].map(Symbol.for);

/** Makes `console.log()` of Node and Deno print a group of this prototype like `{ ...group }`. */
export function makeInspectable(prototype: object): void {
  for (const name of INSPECTORS) Object.defineProperty(prototype, name, { value: inspected });
}

/** Node passes a depth, options and its function; Deno passes its function and options. */
function inspected(this: object, ...given: readonly unknown[]): string {
  const inspect = given.find((one) => typeof one === "function") as Inspect;
  // Without symbols: in Deno an EventTarget has internal ones.
  return `${this.constructor.name} ${inspect(Object.fromEntries(Object.entries(this)), given[1])}`;
}

type Inspect = (value: object, options: unknown) => string;

export interface GroupSnapshot {
  readonly myId: number;
  readonly key: string;
  readonly members: readonly number[];
  readonly phase: GroupPhase;
  readonly signaling: SignalingState;
}

export const LEFT: GroupSnapshot = {
  myId: 0,
  key: "",
  members: Object.freeze([]),
  phase: "LEFT",
  signaling: SignalingState.CLOSED,
};
