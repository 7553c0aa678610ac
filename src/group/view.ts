/**
 * What a program sees of its group: it changes with the events, one by one.
 *
 * @module
 */

import type { PeerEvent } from "./peer_event.ts";
import { type GroupPhase, SignalingState, signalingStateOf } from "./state.ts";

/** What `{ ...group }` shows. */
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

/** Has a group show the accessors of its class as its own. */
export function show(group: object, prototype: object): void {
  for (const name of SHOWN) {
    const accessor = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(group, name, { ...accessor, enumerable: true, configurable: false });
  }
}

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
