/**
 * How a group tells: by a handler of each kind, and by events.
 *
 * @module
 */

import type { DataType } from "../delivery/inbox.ts";
import {
  GroupErrorEvent,
  GroupMessageEvent,
  MemberEvent,
  StateChangeEvent,
  type TypedEventTarget,
  type WebGroupEventMap,
} from "./events.ts";
import type { PeerEvent } from "./peer_event.ts";
import {
  groupStateOf,
  type SignalingState,
  signalingStateOf,
  type WebGroupState,
} from "./state.ts";

/** The method by which a group has its handlers and listeners called; of no use to programs. */
export const TELL: unique symbol = Symbol("tell");

/** An `EventTarget` with the events of a group. */
const GroupEventTarget = EventTarget as {
  new (): TypedEventTarget<WebGroupEventMap>;
};

/** The handlers of a group, each a single slot; listeners come beside them. */
export class GroupHandlers extends GroupEventTarget {
  readonly #report: (error: unknown) => void;
  #onMessage: ((id: number, data: DataType) => void) | undefined;
  #onMyId: ((id: number) => void) | undefined;
  #onMemberJoin: ((id: number) => void) | undefined;
  #onMemberLeave: ((id: number) => void) | undefined;
  #onStateChange: ((state: WebGroupState) => void) | undefined;
  #onSignalingStateChange: ((state: SignalingState) => void) | undefined;

  /** @param report Is told what a handler threw; the group goes on. */
  constructor(report: (error: unknown) => void) {
    super();
    this.#report = report;
  }

  /** Called with each message: who sent it, and what. */
  get onMessage(): ((id: number, data: DataType) => void) | undefined {
    return this.#onMessage;
  }

  set onMessage(handler: ((id: number, data: DataType) => void) | null | undefined) {
    this.#onMessage = callable(handler);
  }

  /** Called with one's own id when a group is being joined. */
  get onMyId(): ((id: number) => void) | undefined {
    return this.#onMyId;
  }

  set onMyId(handler: ((id: number) => void) | null | undefined) {
    this.#onMyId = callable(handler);
  }

  /** Called with the id of each member that comes, and of those that were there before. */
  get onMemberJoin(): ((id: number) => void) | undefined {
    return this.#onMemberJoin;
  }

  set onMemberJoin(handler: ((id: number) => void) | null | undefined) {
    this.#onMemberJoin = callable(handler);
  }

  /** Called with the id of each member that goes, and of all when one leaves oneself. */
  get onMemberLeave(): ((id: number) => void) | undefined {
    return this.#onMemberLeave;
  }

  set onMemberLeave(handler: ((id: number) => void) | null | undefined) {
    this.#onMemberLeave = callable(handler);
  }

  /** Called with the state of the group when it changes. */
  get onStateChange(): ((state: WebGroupState) => void) | undefined {
    return this.#onStateChange;
  }

  set onStateChange(handler: ((state: WebGroupState) => void) | null | undefined) {
    this.#onStateChange = callable(handler);
  }

  /** Called with the state of the connection to the signaling server when it changes. */
  get onSignalingStateChange(): ((state: SignalingState) => void) | undefined {
    return this.#onSignalingStateChange;
  }

  set onSignalingStateChange(handler: ((state: SignalingState) => void) | null | undefined) {
    this.#onSignalingStateChange = callable(handler);
  }

  /** Calls the handler, then the listeners. */
  protected [TELL](event: PeerEvent): void {
    switch (event.type) {
      case "myId":
        return this.#call(this.#onMyId, event.id);
      case "memberJoined":
        this.#call(this.#onMemberJoin, event.member);
        return this.#dispatch(new MemberEvent("memberjoin", event.member));
      case "memberLeft":
        this.#call(this.#onMemberLeave, event.member);
        return this.#dispatch(new MemberEvent("memberleave", event.member));
      case "phase": {
        const state = groupStateOf(event.phase);
        this.#call(this.#onStateChange, state);
        return this.#dispatch(new StateChangeEvent("statechange", state));
      }
      case "signaling": {
        const state = signalingStateOf(event.phase);
        this.#call(this.#onSignalingStateChange, state);
        return this.#dispatch(new StateChangeEvent("signalingstatechange", state));
      }
      case "message":
        this.#call(this.#onMessage, event.sender, event.data);
        return this.#dispatch(new GroupMessageEvent(event.sender, event.data));
      case "error":
        return this.#dispatch(new GroupErrorEvent(event.error));
    }
  }

  #call<Values extends readonly unknown[]>(
    handler: ((...values: Values) => void) | undefined,
    ...values: Values
  ): void {
    try {
      handler?.call(this, ...values);
    } catch (error) {
      this.#report(error);
    }
  }

  #dispatch(event: Event): void {
    this.dispatchEvent(event);
  }
}

function callable<Handler>(handler: Handler | null | undefined): Handler | undefined {
  return typeof handler === "function" ? handler : undefined;
}
