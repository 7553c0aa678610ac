// A hand-written WebSocket client on a bare connection. It can send any bytes, and need not read.

import { encodeSignaling, type SignalingMessage } from "../../src/wire/signaling.ts";

export interface Target {
  readonly hostname: string;
  readonly port: number;
}

export interface ConnectOptions {
  readonly path: string;
  /** The client address that a trusted proxy reports to the server. */
  readonly address: string;
}

export class Attacker {
  readonly #connection: Deno.TcpConn;
  #isOpen = true;
  #wrote: Promise<void> = Promise.resolve();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects without sending; `undefined` if that fails. */
  static async dial({ hostname, port }: Target): Promise<Attacker | undefined> {
    try {
      return new Attacker(await Deno.connect({ hostname, port }));
    } catch (error) {
      // The server refuses further connections.
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
      // The server or this side has closed the connection.
    }
    this.end();
    return new Uint8Array();
  }

  async drain(): Promise<void> {
    while (this.#isOpen) await this.read();
  }

  /** Settles when the system has accepted the bytes. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#wrote = this.#wrote.then(() => this.#write(bytes));
  }

  /** Sends a message, or arbitrary bytes, in one frame. */
  send(content: SignalingMessage | Uint8Array): Promise<void> {
    return this.write(frameOf(content instanceof Uint8Array ? content : encodeSignaling(content)));
  }

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
      this.end();
    }
  }
}

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

export interface FrameStart {
  /** 2 for binary, 0 for a continuation. */
  readonly opcode: number;
  readonly isLast: boolean;
  /** The announced length, which may be false. */
  readonly length: number;
}

/** The mask consists of zeros (RFC 6455 section 5.2). */
export function frameStart({ opcode, isLast, length }: FrameStart): Uint8Array {
  const bytes = new Uint8Array(14);
  const view = new DataView(bytes.buffer);
  bytes[0] = (isLast ? 0x80 : 0) | opcode;
  bytes[1] = 0x80 | 127;
  view.setBigUint64(2, BigInt(length));
  return bytes;
}

export function frameOf(payload: Uint8Array): Uint8Array {
  const start = frameStart({ opcode: 2, isLast: true, length: payload.length });
  const frame = new Uint8Array(start.length + payload.length);
  frame.set(start);
  frame.set(payload, start.length);
  return frame;
}
