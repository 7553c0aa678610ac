/**
 * The program as a process of its own, with real WebSockets.
 *
 * @module
 */

import { expect } from "expect";

const SIGVER = new URL("../../sigver.ts", import.meta.url).href;

interface Start {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

function command({ args = [], env = {} }: Start): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SIGVER, ...args],
    env: {
      NO_COLOR: "1",
      SIGVER_HOST: "",
      SIGVER_PORT: "",
      SIGVER_KEY: "",
      SIGVER_CERT: "",
      SIGVER_ORIGIN: "",
      SIGVER_SECRET: "",
      SIGVER_TRUSTED_PROXY: "",
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program to its end. */
async function run(start: Start): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command(start).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Starts the program, hands the address that it prints to a body, and stops it with a signal. */
async function withSigver(
  start: Start,
  body: (address: string) => Promise<void>,
  signal: Deno.Signal = "SIGTERM",
): Promise<void> {
  const child = command(start).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stderr = new Response(child.stderr).text();
  try {
    const { value = "" } = await lines.read();
    expect(value).toMatch(/^Sigver listens at wss?:\/\/\S+:[1-9]\d*\n$/);
    await body(value.trim().split(" ").at(-1) ?? "");
  } finally {
    child.kill(signal);
    const { code } = await child.status;
    expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: "" });
    expect((await lines.read()).done).toBe(true);
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(event instanceof ErrorEvent ? event.message : event);
  });
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.onclose = ({ code }) => resolve(code));
}

/** `connect{id: 1}`, and `connected: true`, by hand. */
const CONNECT = Uint8Array.of(0x1a, 2, 8, 1);
const CONNECTED = Uint8Array.of(0x20, 1);

async function checkIn(socket: WebSocket): Promise<void> {
  socket.binaryType = "arraybuffer";
  await opened(socket);
  const answer = new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
  socket.send(CONNECT);
  expect(new Uint8Array((await answer).data)).toEqual(CONNECTED);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`sigver serves, and on ${signal} closes with 1001 and exits with 0`, async () => {
    let end: Promise<number> | undefined;
    await withSigver({ args: ["--host", "127.0.0.1", "--port", "0"] }, async (address) => {
      const socket = new WebSocket(`${address}/key`);
      end = closed(socket);
      await checkIn(socket);
      const page = await fetch(address.replace("ws", "http"));
      expect(await page.text()).toMatch(/^Sigver.*\n$/);
    }, signal);
    expect(await end).toBe(1001);
  });
}

Deno.test("sigver takes its settings from the environment", async () => {
  const env = { SIGVER_HOST: "127.0.0.1", SIGVER_PORT: "0" };
  await withSigver({ env }, (address) => {
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    return Promise.resolve();
  });
});

Deno.test("sigver that cannot have its port says so in one line and exits with 2", async () => {
  await withSigver({ args: ["--host", "127.0.0.1", "--port", "0"] }, async (address) => {
    const { port } = new URL(address);
    const { code, stdout, stderr } = await run({ args: ["--host", "127.0.0.1", "--port", port] });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^sigver: Cannot listen at 127.0.0.1:${port}: .+\\n$`));
  });
});

const MISUSES: readonly (readonly string[])[] = [
  ["--bogus"],
  ["--port"],
  ["--port", "65536"],
  ["--key", "k.pem"],
  ["--origin", "app.example.org"],
  ["--secret", "short"],
  ["--trusted-proxy", "localhost"],
  ["--group-members", "0"],
  ["--port", "0", "--key", "/nonexistent/k.pem", "--cert", "/nonexistent/c.pem"],
];

for (const args of MISUSES) {
  Deno.test(`sigver ${args.join(" ")}: one line, and 2`, async () => {
    const { code, stdout, stderr } = await run({ args });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^sigver: Cannot .+: .+\n$/);
  });
}

Deno.test("sigver --help and --version print and exit with 0", async () => {
  const help = await run({ args: ["--help"] });
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const flag of ["--host", "--port", "--key", "--cert"]) expect(help.stdout).toContain(flag);
  const version = await run({ args: ["--version"] });
  expect(version).toMatchObject({ code: 0, stderr: "" });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

Deno.test("sigver.ts does nothing when it is imported", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `await import(${JSON.stringify(SIGVER)})`],
    env: { NO_COLOR: "1" },
  }).output();
  expect({ code, out: stdout.length, err: stderr.length }).toEqual({ code: 0, out: 0, err: 0 });
});

Deno.test({
  name: "sigver with a key and a certificate serves wss (needs openssl in PATH)",
  ignore: !await openssl("version"),
  async fn() {
    await using pem = await makeCertificate();
    const { key, cert } = pem;
    const args = ["--host", "127.0.0.1", "--port", "0", "--key", key, "--cert", cert];
    await withSigver({ args }, async (address) => {
      expect(address).toMatch(/^wss:/);
      const caCerts = [await Deno.readTextFile(cert)];
      using client = Deno.createHttpClient({ caCerts });
      // The DOM's types do not know Deno's options.
      const socket: WebSocket = Reflect.construct(WebSocket, [`${address}/key`, { client }]);
      const end = closed(socket);
      await checkIn(socket);
      socket.close();
      await end;
    });
  },
});

Deno.test("sigver with files that are no key and certificate exits with 2", async () => {
  const file = await Deno.makeTempFile();
  try {
    const { code, stderr } = await run({ args: ["--port", "0", "--key", file, "--cert", file] });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sigver: Cannot listen at .+\n$/);
  } finally {
    await Deno.remove(file);
  }
});

/** A certificate for 127.0.0.1 that signs itself. */
async function makeCertificate() {
  const directory = await Deno.makeTempDir();
  const [key, cert] = [`${directory}/key.pem`, `${directory}/cert.pem`];
  const made = await openssl(
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-nodes", "-days", "2", "-subj", "/CN=sigver test", "-keyout", key, "-out", cert],
    ...["-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
  expect(made).toBe(true);
  const remove = () => Deno.remove(directory, { recursive: true });
  return { key, cert, [Symbol.asyncDispose]: remove };
}

/** Whether openssl is there and did what it was told. */
function openssl(...args: string[]): Promise<boolean> {
  const program = new Deno.Command("openssl", { args, stdout: "null", stderr: "null" });
  return program.output().then(({ success }) => success, () => false);
}
