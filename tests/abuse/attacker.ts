// A WebSocket by hand on a bare connection, so that it can send anything, and need not read.

import { encodeSignaling, type SignalingMessage } from "../../src/wire/signaling.ts";

/** Where the attacked server is. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** How an attacker comes. */
export interface ConnectOptions {
  /** The path of the URL, with its query. */
  readonly path: string;
  /** The client address that a trusted proxy reports to the server. */
  readonly address: string;
}

/** An open connection. */
export class Attacker {
  readonly #connection: Deno.TcpConn;
  #isOpen = true;
  #wrote: Promise<void> = Promise.resolve();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Opens a connection without sending; `undefined` if that fails. */
  static async dial({ hostname, port }: Target): Promise<Attacker | undefined> {
    try {
      return new Attacker(await Deno.connect({ hostname, port }));
    } catch (error) {
      // The server has as many as it can take.
      if (error instanceof Deno.errors.NotFound) throw error;
      return undefined;
    }
  }

  /** Opens a WebSocket; `undefined` if the server refuses it. */
  static async open(target: Target, options: ConnectOptions): Promise<Attacker | undefined> {
    const attacker = await Attacker.dial(target);
    if (attacker === undefined) return undefined;
    await attacker.write(new TextEncoder().encode(requestOf(options)));
    const answer = new TextDecoder().decode(await attacker.read());
    if (answer.startsWith("HTTP/1.1 101 ")) return attacker;
    attacker.end();
    return undefined;
  }

  /** Whether the server has not ended the connection, as far as is known. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Reads the next bytes; none after the end. */
  async read(): Promise<Uint8Array> {
    const buffer = new Uint8Array(65_536);
    try {
      const count = await this.#connection.read(buffer);
      if (count !== null) return buffer.subarray(0, count);
    } catch {
      // The server has cut it, or we have: that is all there is to know.
    }
    this.end();
    return new Uint8Array();
  }

  /** Reads and discards all bytes until the end. */
  async drain(): Promise<void> {
    while (this.#isOpen) await this.read();
  }

  /** Writes bytes, behind those before; settles when they are with the system. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#wrote = this.#wrote.then(() => this.#write(bytes));
  }

  /** Sends a message, or anything else, in a frame of its own. */
  say(content: SignalingMessage | Uint8Array): Promise<void> {
    return this.write(frameOf(content instanceof Uint8Array ? content : encodeSignaling(content)));
  }

  /** Is gone. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; this.#isOpen && sent < bytes.length;) {
        sent += await this.#connection.write(bytes.subarray(sent));
      }
    } catch {
      // The server has cut it, or we have.
      this.end();
    }
  }
}

/** A request for a WebSocket (RFC 6455 section 4.1). */
export function requestOf({ path, address }: ConnectOptions): string {
  return [
    `GET /${path} HTTP/1.1`,
    "Host: sigver.test",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    `X-Forwarded-For: ${address}`,
    "",
    "",
  ].join("\r\n");
}

/** The header of a frame. */
export interface FrameStart {
  /** The opcode: 2 for binary, 0 for what continues the frame before. */
  readonly opcode: number;
  /** Nothing continues it. */
  readonly isLast: boolean;
  /** The announced length, true or not. */
  readonly length: number;
}

/** The first bytes of a frame under a mask of zeros (RFC 6455 section 5.2). */
export function frameStart({ opcode, isLast, length }: FrameStart): Uint8Array {
  const bytes = new Uint8Array(14);
  const view = new DataView(bytes.buffer);
  bytes[0] = (isLast ? 0x80 : 0) | opcode;
  bytes[1] = 0x80 | 127;
  view.setBigUint64(2, BigInt(length));
  return bytes;
}

/** A whole binary frame. */
export function frameOf(payload: Uint8Array): Uint8Array {
  const start = frameStart({ opcode: 2, isLast: true, length: payload.length });
  const frame = new Uint8Array(start.length + payload.length);
  frame.set(start);
  frame.set(payload, start.length);
  return frame;
}
