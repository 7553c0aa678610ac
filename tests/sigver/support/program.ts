import { expect } from "expect";

export const PROGRAM = new URL("../../../sigver.ts", import.meta.url).href;

export interface Start {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** How many files the program may have open. */
  readonly filesMax?: number;
}

export function command({ args = [], env = {}, filesMax }: Start): Deno.Command {
  const limit = filesMax === undefined ? "" : `ulimit -n ${filesMax}; `;
  return new Deno.Command("sh", {
    args: ["-c", `${limit}exec "$0" "$@"`, Deno.execPath(), "run", "-A", PROGRAM, ...args],
    env: {
      NO_COLOR: "1",
      SIGVER_HOST: "",
      SIGVER_PORT: "",
      SIGVER_KEY: "",
      SIGVER_CERT: "",
      SIGVER_ORIGIN: "",
      SIGVER_SECRET: "",
      SIGVER_JWKS: "",
      SIGVER_TRUSTED_PROXY: "",
      // Only the tests of the log need its regular events.
      SIGVER_LOG_LEVEL: "warn",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

export async function run(start: Start): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command(start).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The running program. */
export interface Running {
  logged(): Promise<string>;
  kill(signal: Deno.Signal): void;
}

/**
 * Passes the printed address to a body, then stops the program with a signal.
 * @returns The log lines that the body did not read.
 */
export async function withSigver(
  start: Start,
  body: (address: string, running: Running) => Promise<void>,
  signal: Deno.Signal = "SIGTERM",
): Promise<readonly string[]> {
  const child = command(start).spawn();
  const printed = linesOf(child.stdout);
  const logged = linesOf(child.stderr);
  const rest: string[] = [];
  try {
    const { value = "" } = await printed.next();
    expect(value).toMatch(/^Sigver listens at (all addresses, as )?wss?:\/\/\S+:[1-9]\d*$/);
    await body(value.split(" ").at(-1) ?? "", {
      logged: async () => (await logged.next()).value ?? "",
      kill: (signal) => child.kill(signal),
    });
  } finally {
    child.kill(signal);
    for await (const line of logged) rest.push(line);
    expect(await child.status).toMatchObject({ code: 0 });
    expect((await printed.next()).done).toBe(true);
  }
  return rest;
}

export async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  expect(rest).toBe("");
}

export function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(event instanceof ErrorEvent ? event.message : event);
  });
}

/** Returns the close code. */
export function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
}

/** `connect{id: 1}`, and `connected: true`, encoded by hand. */
const CONNECT = Uint8Array.of(0x1a, 2, 8, 1);
const CONNECTED = Uint8Array.of(0x20, 1);

/** The first byte of a heartbeat. */
const HEARTBEAT = 8;

export async function checkIn(socket: WebSocket): Promise<void> {
  socket.binaryType = "arraybuffer";
  await opened(socket);
  const answer = new Promise<Uint8Array>((resolve) => {
    socket.onmessage = ({ data }) => {
      const frame = new Uint8Array(data);
      // On a busy machine a heartbeat may arrive first.
      if (frame[0] !== HEARTBEAT) resolve(frame);
    };
  });
  socket.send(CONNECT);
  expect(await answer).toEqual(CONNECTED);
}
