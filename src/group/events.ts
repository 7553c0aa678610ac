// The events of a group, in the manner of the web platform.
// @sansio

import type { DataType } from "../base/data_type.ts";
import type { ConnectionError, SignalingError } from "../base/errors.ts";
import type { MemberRole } from "../base/member_role.ts";

/**
 * A `message` event: a member sent something.
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
  /** The data, of the type that it was sent as. */
  readonly data: DataType;

  /**
   * Made by the group.
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
 * A `stream` event: a member opened a stream ({@linkcode WebGroup.openStream}). Take
 * `readable` while the event is dispatched; if no listener does, the stream is cancelled, and its
 * writer gets an error.
 *
 * The writer sends no faster than the stream is read. It errors with a {@linkcode DeliveryError}
 * when the writer gives it up (`ABORTED`), or leaves before its end (`MEMBER_LEFT`); cancelling it
 * tells the writer.
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
  /** The name that the member gives it; may be empty. */
  readonly name: string;
  /** How many bytes it will have, as the member says; `undefined` when it does not. */
  readonly size: number | undefined;
  /** The media type, as the member says; may be empty. */
  readonly mediaType: string;
  readonly #take: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  /**
   * Made by the group.
   *
   * @param sender The id of the member that opened it.
   * @param info Its name, size and type, as the member says.
   * @param take Takes it.
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
   * Its bytes, which are sent once this was taken. To be taken while the event is dispatched; later
   * an `InvalidStateError` is thrown.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= this.#take();
  }
}

/**
 * A `memberjoin` or `memberleave` event. When it comes, `members` of the group has changed already.
 *
 * A member may go and come in one moment, by the reason `"reset"`: it had lost sight of this one,
 * and what was on its way between the two is lost.
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
  /** The id of the member that came or went. */
  readonly member: number;
  /**
   * Of a member that went: how many messages to it are not known to have arrived. Never known are
   * those to deployed peers, which are not counted.
   */
  readonly unacknowledged: number;
  /**
   * Why a member went: it (or this one) left, nobody has heard it for the time of grace, it took
   * nothing for 30 s, or it has lost what was between the two; `undefined` of one that came.
   */
  readonly reason: "left" | "lost" | "stalled" | "reset" | undefined;

  /**
   * Made by the group.
   *
   * @param type The type of the event.
   * @param member The id of the member.
   * @param reason Why it went.
   * @param unacknowledged Messages to it that are not known to have arrived.
   */
  constructor(
    type: "memberjoin" | "memberleave",
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
 * A `memberchange` event: a member has stated its role, soon after its `memberjoin`; or it is away,
 * within 7 s of a crash or the loss of its network; or it is back. A member that is away stays a
 * member until its grace time ends, and messages to it wait.
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
  /** The kind of program that it is; `undefined`: not known, as of deployed peers. */
  readonly role: MemberRole | undefined;
  /** It was silent for 6.8 s, pings included, or no member reaches it any more. */
  readonly away: boolean;

  /**
   * Made by the group.
   *
   * @param member The id of the member.
   * @param role The kind of program that it is.
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
   * Made by the group.
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
 * An `error` event: something failed that the group goes on without, as the connection to the
 * signaling server, which is tried again, or an invitation. A listener is optional.
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
  /** The error; `error.code` says which kind of failure it is. */
  readonly error: SignalingError | ConnectionError;

  /**
   * Made by the group.
   *
   * @param error The error.
   */
  constructor(error: SignalingError | ConnectionError) {
    super("error");
    this.error = error;
  }
}
