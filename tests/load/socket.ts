// A lightweight WebSocket client (RFC 6455) for thousands of connections in one process. It
// supports only binary frames.

export class LoadSocket {
  /** Called with each binary frame. */
  received: (frame: Uint8Array) => void = () => {};
  readonly #connection: Deno.TcpConn;
  /** Settles when either side has ended the connection. */
  readonly closed: Promise<void>;

  private constructor(connection: Deno.TcpConn, rest: Uint8Array) {
    this.#connection = connection;
    this.closed = this.#read(rest);
  }

  static async open(hostname: string, port: number, path: string): Promise<LoadSocket> {
    const connection = await Deno.connect({ hostname, port });
    connection.setNoDelay(true);
    const request = `GET /${path} HTTP/1.1\r\nhost: ${hostname}\r\nupgrade: websocket\r\n` +
      "connection: upgrade\r\nsec-websocket-version: 13\r\n" +
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    await writeAll(connection, new TextEncoder().encode(request));
    let answer = new Uint8Array();
    while (true) {
      const more = new Uint8Array(FRAME_BYTES);
      const count = await connection.read(more);
      if (count === null) throw new Error("Cannot open a WebSocket: the connection was closed");
      answer = concat(answer, more.subarray(0, count));
      const end = endOfHead(answer);
      if (end === undefined) continue;
      const head = new TextDecoder().decode(answer.subarray(0, end));
      if (head.startsWith("HTTP/1.1 101")) return new LoadSocket(connection, answer.subarray(end));
      connection.close();
      throw new Error(`Cannot open a WebSocket: ${head.split("\r\n")[0]}`);
    }
  }

  /** The frame has at most 125 bytes. */
  async send(frame: Uint8Array): Promise<void> {
    // RFC 6455 demands a mask; zeros change nothing.
    const bytes = concat(Uint8Array.of(0x82, 0x80 | frame.length, 0, 0, 0, 0), frame);
    await writeAll(this.#connection, bytes).catch(ignore);
  }

  /** Closes the connection abruptly, like a killed process. */
  cut(): void {
    try {
      this.#connection.close();
    } catch {
      // The server has closed it already.
    }
  }

  async #read(rest: Uint8Array): Promise<void> {
    let bytes = rest;
    const more = new Uint8Array(FRAME_BYTES);
    while (true) {
      bytes = this.#takeFrames(bytes);
      const count = await this.#connection.read(more).catch(() => null);
      if (count === null) return this.cut();
      bytes = concat(bytes, more.subarray(0, count));
    }
  }

  #takeFrames(bytes: Uint8Array): Uint8Array {
    while (bytes.length >= 2) {
      const [first = 0, second = 0] = bytes;
      const isLong = second === 126;
      const start = isLong ? 4 : 2;
      const length = isLong ? ((bytes[2] ?? 0) << 8) + (bytes[3] ?? 0) : second;
      if (bytes.length < start + length) return bytes;
      if ((first & 15) === 2) this.received(bytes.subarray(start, start + length));
      if ((first & 15) === 8) this.cut();
      bytes = bytes.slice(start + length);
    }
    return bytes;
  }
}

/** Larger frames come in pieces. */
const FRAME_BYTES = 512;

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += await connection.write(bytes.subarray(written));
}

function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = 3; at < bytes.length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10) return at + 1;
  }
  return undefined;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function ignore(): void {}
