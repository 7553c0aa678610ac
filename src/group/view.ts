/**
 * What a program sees of its group: it changes with the events, one by one.
 *
 * @module
 */

import type { PeerEvent } from "./peer_event.ts";
import { type GroupPhase, SignalingState, signalingStateOf } from "./state.ts";

/** What `{ ...group }` and `console.log(group)` show. */
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

/** Has a group show the accessors of its class as its own; a subclass may have fields instead. */
export function show(group: object, prototype: object): void {
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

/** A group at one moment. */
export interface View {
  readonly myId: number;
  readonly key: string;
  readonly members: readonly number[];
  readonly phase: GroupPhase;
  readonly signaling: SignalingState;
}

/** A group that is not joined. */
export const NOTHING: View = {
  myId: 0,
  key: "",
  members: Object.freeze([]),
  phase: "LEFT",
  signaling: SignalingState.CLOSED,
};

/** The view once an event is told. */
export function viewAfter(view: View, event: PeerEvent): View {
  switch (event.type) {
    case "myId":
      return { ...view, myId: event.id, key: event.key, members: Object.freeze([event.id]) };
    case "memberJoined":
      return { ...view, members: Object.freeze([...view.members, event.member]) };
    case "memberLeft": {
      const members = view.members.filter((id) => id !== event.member);
      return { ...view, members: Object.freeze(members) };
    }
    case "phase":
      if (event.phase === "LEFT") return { ...NOTHING, signaling: view.signaling };
      return { ...view, phase: event.phase };
    case "signaling":
      return { ...view, signaling: signalingStateOf(event.phase) };
    default:
      return view;
  }
}
