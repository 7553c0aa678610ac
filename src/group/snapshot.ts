// The public state of a group at a moment: it changes with each event that the program is told.
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

/** Defines the accessors of its class on a group itself; a subclass may have fields instead. */
export function defineAccessors(group: object, prototype: object): void {
  for (const name of SHOWN) {
    const accessor = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(group, name, { ...accessor, enumerable: true });
  }
}

/** The methods that Node and Deno look for; those of an EventTarget show nothing of it. */
const INSPECTORS = ["nodejs.util.inspect.custom", "Deno.customInspect"].map(Symbol.for);

/** Has `console.log()` of Node and Deno print a group of this prototype as `{ ...group }`. */
export function makeInspectable(prototype: object): void {
  for (const name of INSPECTORS) Object.defineProperty(prototype, name, { value: inspected });
}

/** Node gives a depth, options and its function; Deno gives its function and options. */
function inspected(this: object, ...given: readonly unknown[]): string {
  const inspect = given.find((one) => typeof one === "function") as Inspect;
  // In Deno an EventTarget has symbols of its own, which are of no interest.
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
