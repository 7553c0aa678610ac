/**
 * The errors that a program may want to tell apart, each with a `code`.
 *
 * @sansio
 * @module
 */

/**
 * What the errors of this library have in common: a `code` to branch on, stable across versions,
 * and a `message` for people, which is not. `cause` is the error behind it, where there is one.
 *
 * Wrong use is none of these: it throws a `TypeError` or a `RangeError` at once.
 *
 * @template Code The codes that there are.
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
  /** Which of the documented conditions this is; stable across versions, unlike `message`. */
  readonly code: Code;

  /**
   * Made by the library; a program only catches these.
   *
   * @param name The name of the class.
   * @param code What happened.
   * @param message The same for people.
   * @param options The `cause`, if there is one.
   */
  constructor(name: string, code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.code = code;
  }
}

/** Bytes that came from outside and are not what PROTOCOL.md says. */
export class ProtocolError extends NetfluxError<"MALFORMED" | "TOO_LARGE" | "UNEXPECTED"> {
  /** Made by the decoders. */
  constructor(
    code: "MALFORMED" | "TOO_LARGE" | "UNEXPECTED",
    message: string,
    options?: ErrorOptions,
  ) {
    super("ProtocolError", code, message, options);
  }
}

/**
 * A channel to another peer that could not be had. {@linkcode WebGroup.invite} rejects with it, and
 * there is an `error` event.
 *
 * | code | what happened |
 * |---|---|
 * | `UNREACHABLE` | nobody answers there, or the bot said no, or the channel closed |
 * | `TIMEOUT` | no WebSocket within 4 s, or no first message over it within 4 s more |
 * | `REFUSED` | what answers there speaks something else, or its id is taken |
 * | `ABORTED` | the group was left meanwhile |
 * | `ICE_SERVERS` | the program's function gave no ICE servers: channels are made with what there was |
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
  /**
   * Made where a connection is attempted.
   *
   * @param code What happened.
   * @param message The same for people.
   * @param options The `cause`, if there is one.
   */
  constructor(
    code: "TIMEOUT" | "REFUSED" | "UNREACHABLE" | "ABORTED" | "ICE_SERVERS",
    message: string,
    options?: ErrorOptions,
  ) {
    super("ConnectionError", code, message, options);
  }
}

/**
 * The signaling server could not be reached, ended the connection, or is not one. There is an
 * `error` event each time; {@linkcode WebGroup.join} rejects with it when the group is given up.
 *
 * | code | what happened |
 * |---|---|
 * | `UNREACHABLE` | nobody answers at its URL |
 * | `TIMEOUT` | no connection within 10 s, or three heartbeats in a row were not answered |
 * | `CLOSED` | an open connection ended |
 * | `NOT_SIGVER` | what answers there speaks something else, or does not answer within 10 s |
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
 *       group.leave(); // it will not become one
 *       break;
 *     default:
 *       console.log("It is tried again:", error.message);
 *   }
 * });
 * ```
 */
export class SignalingError
  extends NetfluxError<"UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER"> {
  /**
   * Made by the signaling client.
   *
   * @param code What happened.
   * @param message The same for people.
   * @param options The `cause`, if there is one.
   */
  constructor(
    code: "UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER",
    message: string,
    options?: ErrorOptions,
  ) {
    super("SignalingError", code, message, options);
  }
}

/**
 * A message that could not be handed over to every member it was meant for:
 * {@linkcode WebGroup.send} and {@linkcode WebGroup.sendTo} reject with it. Or a stream that did
 * not get to its end: both of its sides error with it.
 *
 * | code | what happened |
 * |---|---|
 * | `MEMBER_LEFT` | a member left, or its channel broke, before it had all of it; or there is no such member |
 * | `TOO_LARGE` | a member takes no message that long (`maxMessageSize`): it has nothing of it, the others have it |
 * | `BUFFER_FULL` | more than 256 MiB wait for a member, as nobody awaited what `send()` returned: nobody has it |
 * | `UNSUPPORTED` | the member is a deployed peer, which takes no streams |
 * | `CANCELLED` | the reader of the stream wants no more of it, or nobody takes streams there |
 * | `ABORTED` | the writer of the stream gave it up |
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
 *     console.log(`${id} left before it had its answer`);
 *   }
 * };
 * ```
 */
export class DeliveryError extends NetfluxError<
  "MEMBER_LEFT" | "TOO_LARGE" | "BUFFER_FULL" | "UNSUPPORTED" | "CANCELLED" | "ABORTED"
> {
  /**
   * Made by the delivery layer.
   *
   * @param code What happened.
   * @param message The same for people.
   * @param options The `cause`, if there is one.
   */
  constructor(
    code: "MEMBER_LEFT" | "TOO_LARGE" | "BUFFER_FULL" | "UNSUPPORTED" | "CANCELLED" | "ABORTED",
    message: string,
    options?: ErrorOptions,
  ) {
    super("DeliveryError", code, message, options);
  }
}
