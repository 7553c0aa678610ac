import { expect } from "expect";
import { turnCredentials } from "../../src/sigver/ice.ts";
import { decodeIce, type IceServerConfig } from "../../src/wire/ice.ts";
import { decodeSignaling, encodeSignaling } from "../../src/wire/signaling.ts";
import { checkIn, closed, PROGRAM, run, withSigver } from "./support/program.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`sigver serves, and on ${signal} ends with 1012, and exits with 0`, async () => {
    let end: Promise<number> | undefined;
    const args = ["--host", "127.0.0.1", "--port", "0"];
    const logged = await withSigver({ args }, async (address) => {
      const socket = new WebSocket(`${address}/key`);
      end = closed(socket);
      await checkIn(socket);
      const page = await fetch(address.replace("ws", "http"));
      expect(await page.text()).toMatch(/^Sigver.*\n$/);
    }, signal);
    expect(await end).toBe(1012);
    expect(logged).toEqual([]);
  });
}

Deno.test("sigver takes its settings from the environment", async () => {
  const env = { SIGVER_HOST: "127.0.0.1", SIGVER_PORT: "0" };
  await withSigver({ env }, (address) => {
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    return Promise.resolve();
  });
});

Deno.test("sigver sends the ICE servers of its flags, with a secret from a file", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "north\n");
    const turn = ["--turn-url", "turn:a", "--turn-secret-file", file, "--turn-ttl", "60"];
    const args = ["--host", "127.0.0.1", "--port", "0", ...turn, "--stun-url", "stun:b"];
    await withSigver({ args }, async (address) => {
      const { servers, lifetimeS } = await offerAt(`${address}/key`);
      const { username = "" } = servers[1] ?? {};
      const [expiry = "", name = ""] = username.split(":");
      const account = turnCredentials("north", Number(expiry), name);
      expect(lifetimeS).toBe(60);
      expect(servers).toEqual([{ urls: ["stun:b"] }, { urls: ["turn:a"], ...account }]);
    });
  } finally {
    await Deno.remove(file);
  }
});

async function offerAt(url: string): Promise<IceServerConfig> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const ended = closed(socket);
  const offer = await new Promise<IceServerConfig>((resolve) => {
    socket.onopen = () =>
      socket.send(encodeSignaling({ type: "connect", id: 1, members: [], version: 5 }));
    socket.onmessage = ({ data }) => {
      const message = decodeSignaling(new Uint8Array(data));
      if (message.type === "heartbeat" && message.ice) resolve(decodeIce(message.ice));
    };
  });
  socket.close();
  await ended;
  return offer;
}

Deno.test("sigver reports in one line that its port is in use, and exits with 2", async () => {
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
  ["--jwks", "keys.json"],
  ["--jwks", "https://a.example/keys", "--secret", "a secret of at least 32 characters"],
  ["--trusted-proxy", "localhost"],
  ["--group-members", "0"],
  ["--port", "0", "--key", "/nonexistent/k.pem", "--cert", "/nonexistent/c.pem"],
  ["--port", "0", "--turn-url", "turn:a", "--turn-secret-file", "/nonexistent/secret"],
  ["--port", "0", "--turn-url", "turn:a", "--turn-secret-file", "/dev/null"],
  ["--port", "0", ...Array.from({ length: 17 }, () => "--stun-url=stun:a")],
];

for (const args of MISUSES) {
  Deno.test(`sigver ${args.join(" ")} prints one line, and exits with 2`, async () => {
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
    args: ["eval", `await import(${JSON.stringify(PROGRAM)})`],
    env: { NO_COLOR: "1" },
  }).output();
  expect({ code, out: stdout.length, err: stderr.length }).toEqual({ code: 0, out: 0, err: 0 });
});

Deno.test("sigver exits with 2 if the files are not a key and a certificate", async () => {
  const file = await Deno.makeTempFile();
  try {
    const { code, stderr } = await run({ args: ["--port", "0", "--key", file, "--cert", file] });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^sigver: Cannot listen at .+\n$/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("sigver --reuse-port explains which option of Deno it needs", async () => {
  // Without deno.json, which has the unstable flag.
  const imports = new URL("../../deno.json", import.meta.url).href;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    // Without a lock file Deno may download, and reports it unless `-q` is given.
    args: ["run", "-A", "-q", "--no-config", "--import-map", imports, PROGRAM, "--reuse-port"],
    env: { NO_COLOR: "1", SIGVER_HOST: "127.0.0.1", SIGVER_PORT: "0" },
  }).output();
  expect({ code, stderr: new TextDecoder().decode(stderr) }).toEqual({
    code: 2,
    stderr: "sigver: Cannot listen at 127.0.0.1:0: Cannot share a port: Deno needs the option " +
      "--unstable-net\n",
  });
});

Deno.test("sigver --nats serves alone while NATS is unreachable, and logs it", async () => {
  const args = ["--host", "127.0.0.1", "--port", "0", "--nats", "nats://127.0.0.1:1"];
  await withSigver({ args }, async (address, { logged }) => {
    expect(await logged()).toMatch(/^\S+ warn nodes_settled reason="works alone: .+"$/);
    await checkIn(new WebSocket(`${address}/key`));
  });
});

for (
  const url of [
    "http://user:secret@localhost",
    "localhost:4222",
    "nats://user:100%@localhost",
    "nats://",
  ]
) {
  Deno.test(`sigver --nats ${url} fails without quoting the URL`, async () => {
    const { code, stderr } = await run({ args: ["--nats", url] });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^sigver: Cannot use NATS: .+ expected(, (one with \w+:|no URL) given)?\n$/,
    );
  });
}
