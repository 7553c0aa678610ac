// Sends valid, mutated and truncated requests, headers, handshakes and frames. The server must
// answer or end them, and continue to serve well-behaved clients.

import { expect } from "expect";
import { createHandler, Sigver } from "../../sigver.ts";
import { until } from "../support/until.ts";
import { repeatable, SEED } from "../support/seed.ts";
import { seededRandom } from "../../src/testing/random.ts";

const ATTACKS = 600;
/** Parallel connections. */
const LANES = 12;

Deno.test(
  `createHandler() survives ${ATTACKS} hostile connections`,
  repeatable(import.meta.url, async () => {
    const random = seededRandom(SEED);
    const below = (bound: number) => random.uint32() % bound;
    const sigver = new Sigver({
      origins: ["https://good.example"],
      secret: "a secret of at least 32 characters",
      trustedProxies: ["127.0.0.1"],
      admit: ({ key }) => key.length % 2 === 0,
    });
    const open = new Sigver({ limits: { connectionsPerIpBurst: 10_000 } });
    const handlers = [createHandler(sigver), createHandler(open)];
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    const servers = handlers.map((handler) => Deno.serve(options, handler));

    let left = ATTACKS;
    const statuses = new Set<number>();
    const attack = async () => {
      while (left-- > 0) statuses.add(await speak(servers[below(2)]!.addr.port, below));
    };
    await Promise.all(Array.from({ length: LANES }, attack));
    // Each status and each refusal has to occur; otherwise the test covers nothing.
    expect([101, 200, 400, 405].filter((status) => !statuses.has(status))).toEqual([]);
    for (const reason of ["origin", "token"]) {
      expect(sigver.metrics()).toMatch(new RegExp(`refused_total{reason="${reason}"} [1-9]`));
    }

    const socket = new WebSocket(`ws://127.0.0.1:${servers[1]!.addr.port}/honest`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(Uint8Array.of(0x1a, 2, 8, 1));
    const answer = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    expect([...new Uint8Array(answer.data)]).toEqual([0x20, 1]);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    await until("every socket is given back", () => sigver.held.sockets + open.held.sockets === 0);
    for (const server of [sigver, open]) server.close();
    await Promise.all(servers.map((server) => server.shutdown()));
  }),
);

/**
 * A request, frames if it became a WebSocket, and an abrupt end.
 * @returns The received status, or 0.
 */
async function speak(port: number, below: (bound: number) => number): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const buffer = new Uint8Array(4_096);
  let reading: Promise<number | null> = Promise.resolve(null);
  try {
    await write(connection, mutate(encode(someRequest(below)), below(3) === 0 ? below : undefined));
    reading = connection.read(buffer);
    const count = await orNothing(reading);
    const [line = ""] = new TextDecoder().decode(buffer.subarray(0, count ?? 0)).split("\r\n");
    if (line !== "") expect(line).toMatch(/^HTTP\/1\.[01] (?:[1-4]\d\d|503) /);
    const status = Number(line.split(" ")[1] ?? 0);
    if (status === 101) await write(connection, someFrames(below));
    return status;
  } catch (error) {
    // A refused client sees its connection end.
    if (!/reset|broken|closed/i.test(String(error))) throw error;
    return 0;
  } finally {
    connection.close();
    await reading.catch(() => null);
  }
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** The server waits for the rest of a truncated request, so no response follows. */
async function orNothing(reading: Promise<number | null>): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), 200);
  const count = await Promise.race([reading, promise]);
  clearTimeout(timer);
  return count;
}

function someRequest(below: (bound: number) => number): string {
  const pick = <Thing>(things: readonly Thing[]): Thing => things[below(things.length)]!;
  const paths = [
    "/key",
    "/ab",
    "/",
    "/healthz",
    "/metrics",
    `/${"k".repeat(600)}`,
    "/a%zz?favored",
  ];
  const token = pick([
    "",
    "?token=",
    "?token=1.x",
    `?token=eyJhbGciOiJIUzI1NiJ9.e30.${"A".repeat(43)}`,
  ]);
  const lines = [
    `${pick(["GET", "GET", "GET", "HEAD", "POST", "FOO"])} ${pick(paths)}${token} HTTP/1.1`,
    "Host: 127.0.0.1",
    `Origin: ${pick(["https://good.example", "null", "x", ""])}`,
    `X-Forwarded-For: ${pick(["192.0.2.1", ",,", "::1, x", "[::1]:5", "9".repeat(500)])}`,
  ];
  if (below(4)) {
    lines.push("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13");
    lines.push(`Sec-WebSocket-Key: ${pick(["AAAAAAAAAAAAAAAAAAAAAA==", "AAAA", "?"])}`);
  }
  // Headers of pages may be left out.
  return [...lines.filter((line) => !/^[OX]/.test(line) || below(2)), "", ""].join("\r\n");
}

/** Valid and invalid frames of RFC 6455 section 5.2 under a mask of zeros. */
function someFrames(below: (bound: number) => number): Uint8Array<ArrayBuffer> {
  const frames = Array.from({ length: 1 + below(6) }, () => {
    const payload = below(3)
      ? [0x1a, 2, 8, 1 + below(9)]
      : Array.from({ length: below(100) }, () => below(256));
    const first = below(5) ? 0x82 : below(256);
    const length = below(20) ? payload.length : below(128);
    return [first, 0x80 | length, 0, 0, 0, 0, ...payload];
  });
  return Uint8Array.from(frames.flat());
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Changes a few bytes, and may cut off the end. */
function mutate(
  bytes: Uint8Array<ArrayBuffer>,
  below: ((bound: number) => number) | undefined,
): Uint8Array<ArrayBuffer> {
  if (below === undefined) return bytes;
  for (let times = below(4); times > 0; times--) bytes[below(bytes.length)] = below(256);
  return bytes.slice(0, below(2) ? bytes.length : below(bytes.length));
}
