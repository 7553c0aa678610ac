/**
 * The errors that a program may want to tell apart, each with a `code`.
 *
 * @module
 */

/** What all errors of this library have in common: a `code` to branch on, and often a `cause`. */
export abstract class NetfluxError<Code extends string = string> extends Error {
  /** Which of the documented conditions this is; stable across versions, unlike `message`. */
  readonly code: Code;

  /** Made by the library; a program only catches these. */
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

/** A channel to another peer that could not be had. */
export class ConnectionError
  extends NetfluxError<"TIMEOUT" | "REFUSED" | "UNREACHABLE" | "ABORTED"> {
  /** Made where a connection is attempted. */
  constructor(
    code: "TIMEOUT" | "REFUSED" | "UNREACHABLE" | "ABORTED",
    message: string,
    options?: ErrorOptions,
  ) {
    super("ConnectionError", code, message, options);
  }
}

/** The signaling server could not be reached, closed the connection, or is not one. */
export class SignalingError
  extends NetfluxError<"UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER"> {
  /** Made by the signaling client. */
  constructor(
    code: "UNREACHABLE" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER",
    message: string,
    options?: ErrorOptions,
  ) {
    super("SignalingError", code, message, options);
  }
}

/** A message that could not be handed over to every member it was meant for. */
export class DeliveryError extends NetfluxError<"MEMBER_LEFT"> {
  /** Made by the delivery layer. */
  constructor(
    code: "MEMBER_LEFT",
    message: string,
    options?: ErrorOptions,
  ) {
    super("DeliveryError", code, message, options);
  }
}
