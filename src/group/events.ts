// The event classes of a group.
// @sansio

import type { DataType } from "../base/data_type.ts";
import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { MemberRole } from "../base/member_role.ts";

/**
 * A `message` event: a message of a member has arrived.
 *
 * @example
 * ```ts
 * import { type GroupMessageEvent, WebGroup } from "@netflux/netflux";
 *
 * function show({ sender, data }: GroupMessageEvent): void {
 *   console.log(sender, typeof data === "string" ? data : `${data.length} bytes`);
 * }
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("message", show);
 * ```
 */
export class GroupMessageEvent extends Event {
  /** The id of the member that sent it. */
  readonly sender: number;
  /** The data, a string or bytes as it was sent. */
  readonly data: DataType;

  /**
   * Called by the library.
   *
   * @param sender The id of the member that sent it.
   * @param data The data.
   */
  constructor(sender: number, data: DataType) {
    super("message");
    this.sender = sender;
    this.data = data;
  }
}

/**
 * A `stream` event: a member has opened a stream to this one ({@linkcode WebGroup.openStream}).
 * Access `readable` while the event is dispatched. If no listener does, the stream is canceled and
 * its writer gets an error.
 *
 * The writer sends no faster than the stream is read. Reading fails with a
 * {@linkcode DeliveryError} if the writer aborts the stream (`ABORTED`), or leaves before its end
 * (`MEMBER_LEFT`). If you cancel the stream, the writer gets an error.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("stream", async ({ sender, name, size, mediaType, readable }) => {
 *   let count = 0;
 *   const progress = new TransformStream<Uint8Array, Uint8Array>({
 *     transform(chunk, controller) {
 *       count += chunk.length;
 *       console.log(`${name}: ${count} of ${size ?? "some"} bytes`);
 *       controller.enqueue(chunk);
 *     },
 *   });
 *   const bytes = await new Response(readable.pipeThrough(progress)).arrayBuffer();
 *   console.log(sender, "has sent", new File([bytes], name, { type: mediaType }));
 * });
 * ```
 */
export class GroupStreamEvent extends Event {
  /** The id of the member that opened it. */
  readonly sender: number;
  /** The name that the writer gave it; may be empty. */
  readonly name: string;
  /** The number of bytes that the writer announced, unchecked; `undefined` if it did not. */
  readonly size: number | undefined;
  /** The media type that the writer announced; may be empty. */
  readonly mediaType: string;
  readonly #take: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  /**
   * Called by the library.
   *
   * @param sender The id of the member that opened it.
   * @param info The name, size and type that the writer announced.
   * @param take Accepts the stream.
   */
  constructor(
    sender: number,
    info: { readonly name: string; readonly size: number | undefined; readonly type: string },
    take: () => ReadableStream<Uint8Array<ArrayBuffer>>,
  ) {
    super("stream");
    this.sender = sender;
    this.name = info.name;
    this.size = info.size;
    this.mediaType = info.type;
    this.#take = take;
  }

  /**
   * The bytes of the stream. Accessing this accepts the stream, and the writer starts sending.
   * After the event has been dispatched, the first access throws an `InvalidStateError`.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= this.#take();
  }
}

/**
 * A `memberjoin`, `memberleave` or `myid` event. When it is dispatched, `members` of the group has
 * already changed.
 *
 * A leave with the reason `"reset"` is followed by a join of the same member at once: the member
 * had lost this one, and messages in transit between the two are lost.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("memberjoin", ({ member }) => console.log(`${member} is here`));
 * group.addEventListener("memberleave", ({ member, reason, unacknowledged }) => {
 *   console.log(`${member} is gone (${reason})`);
 *   if (unacknowledged > 0) console.log(`It may have missed ${unacknowledged} messages`);
 * });
 * ```
 */
export class MemberEvent extends Event {
  /** The id of the member that joined or left; for `myid`, the new id of this member. */
  readonly member: number;
  /**
   * For a leave, the number of messages to the member that it has not acknowledged. Messages to
   * peers of Netflux 4, which acknowledge nothing, are not counted.
   */
  readonly unacknowledged: number;
  /**
   * Why the member left: `"left"`: it left, or this member did; `"lost"`: no member heard it within
   * its grace time; `"stalled"`: it received nothing for 30 s; `"reset"`: it lost its session with
   * this member. `undefined` for a join.
   */
  readonly reason: "left" | "lost" | "stalled" | "reset" | undefined;

  /**
   * Called by the library.
   *
   * @param type The type of the event.
   * @param member The id of the member.
   * @param reason Why it left.
   * @param unacknowledged The number of messages to it that it has not acknowledged.
   */
  constructor(
    type: "memberjoin" | "memberleave" | "myid",
    member: number,
    reason?: "left" | "lost" | "stalled" | "reset",
    unacknowledged = 0,
  ) {
    super(type);
    this.member = member;
    this.reason = reason;
    this.unacknowledged = unacknowledged;
  }
}

/**
 * A `memberchange` event: the role of a member became known, soon after its `memberjoin`; or the
 * member is away or back. A member that crashed or lost its network is away within 7 s. It stays a
 * member until its grace time ends, and messages to it are queued.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("memberchange", ({ member, role, away }) => {
 *   console.log(`${member}, a ${role ?? "peer of Netflux 4"}, is ${away ? "away" : "here"}`);
 * });
 * ```
 */
export class MemberChangeEvent extends Event {
  /** The id of the member. */
  readonly member: number;
  /** The kind of program; `undefined` if it is not known, as for peers of Netflux 4. */
  readonly role: MemberRole | undefined;
  /** Whether the member is away: silent for 6.8 s, also to pings, or reached by no member. */
  readonly away: boolean;

  /**
   * Called by the library.
   *
   * @param member The id of the member.
   * @param role The kind of program.
   * @param away Whether it is away.
   */
  constructor(member: number, role: MemberRole | undefined, away: boolean) {
    super("memberchange");
    this.member = member;
    this.role = role;
    this.away = away;
  }
}

/**
 * A `statechange` or `signalingstatechange` event.
 *
 * @template State {@linkcode WebGroupState} or {@linkcode SignalingState}.
 *
 * @example
 * ```ts
 * import { WebGroup, WebGroupState } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("statechange", ({ state }) => {
 *   if (state === WebGroupState.JOINED) group.send("I am here");
 * });
 * ```
 */
export class StateChangeEvent<State extends number> extends Event {
  /** The state from now on. */
  readonly state: State;

  /**
   * Called by the library.
   *
   * @param type The type of the event.
   * @param state The state from now on.
   */
  constructor(type: "statechange" | "signalingstatechange", state: State) {
    super(type);
    this.state = state;
  }
}

/**
 * An `error` event: something failed, and the group continues. Examples are a connection to the
 * signaling server, which is retried, and an invitation. Without a listener and without `onError`,
 * the console shows a warning.
 *
 * @example
 * ```ts
 * import { SignalingError, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("error", ({ error }) => {
 *   if (error instanceof SignalingError && error.code === "NOT_SIGVER") group.leave();
 * });
 * ```
 */
export class GroupErrorEvent extends Event {
  /** The error; `error.code` is the kind of failure. */
  readonly error: SignalingError | ConnectionError;

  /**
   * Called by the library.
   *
   * @param error The error.
   */
  constructor(error: SignalingError | ConnectionError) {
    super("error");
    this.error = error;
  }
}
