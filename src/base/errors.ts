// The errors of this library.
// @sansio

/**
 * The base class of the errors of this library: `code` is stable across versions, `message` is not,
 * and `cause` is the underlying error, if any.
 *
 * Misuse throws a `TypeError` or a `RangeError` instead.
 *
 * @template Code The codes of the class.
 *
 * @example
 * ```ts
 * import { NetfluxError, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:1", autoRejoin: false });
 * try {
 *   await group.join("a key that we share");
 * } catch (error) {
 *   if (!(error instanceof NetfluxError)) throw error;
 *   console.log(error.name, error.code); // SignalingError UNREACHABLE
 * }
 * ```
 */
export abstract class NetfluxError<Code extends string = string> extends Error {
  /** The documented condition; stable across versions, unlike `message`. */
  readonly code: Code;

  /**
   * Called by the library.
   *
   * @param code The documented condition.
   * @param message The description for people.
   * @param options The `cause`, if there is one.
   */
  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Received bytes violate the protocol (docs/PROTOCOL.md). */
export class ProtocolError extends NetfluxError<"MALFORMED" | "TOO_LARGE" | "UNEXPECTED"> {
  override readonly name = "ProtocolError";
}

/**
 * A connection to another peer could not be opened, or takes long. {@linkcode WebGroup.invite}
 * rejects with it, and an `error` event reports it.
 *
 * | code | what happened |
 * |---|---|
 * | `UNREACHABLE` | the connection failed or closed, or the bot refused the invitation |
 * | `TIMEOUT` | an invited bot accepted no WebSocket within 4 s, or sent no first message within 6 s more; a join still has no connection to a member after 4 s; or a member has acknowledged nothing for 4 s |
 * | `REFUSED` | the server is not a bot, its id is in use, or the group would have more than 64 members |
 * | `ABORTED` | the group was left meanwhile |
 * | `ICE_SERVERS` | the function `iceServers` failed or returned no ICE servers; those that are known are used |
 *
 * @example
 * ```ts
 * import { ConnectionError, WebGroup } from "@netflux/netflux";
 *
 * async function inviteTwice(group: WebGroup, url: string): Promise<void> {
 *   try {
 *     await group.invite(url);
 *   } catch (error) {
 *     if (!(error instanceof ConnectionError) || error.code === "ABORTED") throw error;
 *     await group.invite(url);
 *   }
 * }
 * ```
 */
export class ConnectionError
  extends NetfluxError<"TIMEOUT" | "REFUSED" | "UNREACHABLE" | "ABORTED" | "ICE_SERVERS"> {
  /** The name of the class. */
  override readonly name = "ConnectionError";
}

/**
 * The signaling server is unreachable, closed the connection, or is not a signaling server. An
 * `error` event reports it each time; {@linkcode WebGroup.join} rejects with it when the group is
 * given up.
 *
 * | code | what happened |
 * |---|---|
 * | `UNREACHABLE` | no connection to its URL, no token for it, or the machine is offline |
 * | `REFUSED` | the server does not admit this program: by its origin, its token, or `admit` |
 * | `TIMEOUT` | a join still waits for the server, for `token()`, or for its hidden page to be shown, after 4 s; no token or no connection within 10 s; or three heartbeats in a row were not answered |
 * | `CLOSED` | an open connection ended |
 * | `NOT_SIGVER` | the server speaks another protocol, or does not answer within 10 s |
 *
 * @example
 * ```ts
 * import { SignalingError, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:1" });
 * group.addEventListener("error", ({ error }) => {
 *   if (!(error instanceof SignalingError)) return;
 *   switch (error.code) {
 *     case "NOT_SIGVER":
 *       group.leave(); // retries cannot help
 *       break;
 *     default:
 *       console.log("The group retries:", error.message);
 *   }
 * });
 * ```
 */
export class SignalingError
  extends NetfluxError<"UNREACHABLE" | "REFUSED" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER"> {
  /** The name of the class. */
  override readonly name = "SignalingError";
}

/**
 * A message could not be sent to all its recipients: {@linkcode WebGroup.send} and {@linkcode
 * WebGroup.sendTo} reject with it. Or a stream ended early: both of its sides fail with it.
 *
 * | code | what happened |
 * |---|---|
 * | `MEMBER_LEFT` | the recipient is not a member; or it left before the whole message was accepted for sending |
 * | `TOO_LARGE` | the message is above the `maxMessageSize` of a member; the other members get it |
 * | `BUFFER_FULL` | over 256 MiB are buffered for a member, since `send()` was not awaited; no member gets the message |
 * | `UNSUPPORTED` | the member runs Netflux 4, which has no streams |
 * | `CANCELLED` | the reader canceled the stream, or its program accepts no streams |
 * | `ABORTED` | the writer aborted the stream |
 *
 * @example
 * ```ts
 * import { DeliveryError, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.onMessage = async (id, data) => {
 *   try {
 *     await group.sendTo(id, data);
 *   } catch (error) {
 *     if (!(error instanceof DeliveryError)) throw error;
 *     console.log(`${id} did not get its answer: ${error.code}`);
 *   }
 * };
 * ```
 */
export class DeliveryError extends NetfluxError<
  "MEMBER_LEFT" | "TOO_LARGE" | "BUFFER_FULL" | "UNSUPPORTED" | "CANCELLED" | "ABORTED"
> {
  /** The name of the class. */
  override readonly name = "DeliveryError";
}

/**
 * A request on a channel that got no reply: {@linkcode GroupChannel.request} rejects with it.
 *
 * | code | what happened |
 * |---|---|
 * | `UNSERVED` | the member has no channel of this name with an `onRequest`, or closed it before it replied |
 * | `FAILED` | `onRequest` of the member threw, or returned a value that cannot be sent; its schema refused the value; it already handles 1,024 requests on this channel; or this group already waits for 8,192 replies |
 * | `MEMBER_LEFT` | the member left before it replied; or there is no such member |
 * | `UNSUPPORTED` | the member is a peer of Netflux 4, which has no channels |
 *
 * @example
 * ```ts
 * import { RequestError, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const time = group.channel<null, number>("time");
 * const ask = (id: number) =>
 *   time.request(id, null).catch((error) =>
 *     error instanceof RequestError ? error.code : Promise.reject(error)
 *   );
 * console.log(await ask(7)); // MEMBER_LEFT
 * ```
 */
export class RequestError extends NetfluxError<
  "UNSERVED" | "FAILED" | "MEMBER_LEFT" | "UNSUPPORTED"
> {
  /** The name of the class. */
  override readonly name = "RequestError";
}
