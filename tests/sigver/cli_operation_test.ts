import { expect } from "expect";
import { WebGroup } from "../../mod.ts";
import { makeCertificate } from "../support/certificate.ts";
import type { Certificate } from "../../src/platform/http_server.ts";
import { until } from "../support/until.ts";
import { checkIn, closed, command, linesOf, opened, withSigver } from "./support/program.ts";

const HERE = ["--host", "127.0.0.1", "--port", "0"];

const JSON_LOG = { SIGVER_LOG_FORMAT: "json", SIGVER_LOG_LEVEL: "info" };

/** Certificate files, which can be replaced. */
class Files {
  readonly directory: string = Deno.makeTempDirSync();
  readonly key: string = `${this.directory}/key.pem`;
  readonly cert: string = `${this.directory}/cert.pem`;

  write({ key, cert }: Certificate): void {
    Deno.writeTextFileSync(this.key, key);
    Deno.writeTextFileSync(this.cert, cert);
  }

  get args(): readonly string[] {
    return [...HERE, "--key", this.key, "--cert", this.cert];
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** Trusts only this certificate. */
function trusting({ cert }: Certificate): Deno.HttpClient {
  return Deno.createHttpClient({ caCerts: [cert], poolMaxIdlePerHost: 0 });
}

function connect(address: string, client: Deno.HttpClient): WebSocket {
  // The DOM's types lack Deno's options.
  return Reflect.construct(WebSocket, [address, { client }]);
}

/** Whether a client that trusts the certificate is served. */
async function serves(address: string, certificate: Certificate): Promise<boolean> {
  using client = trusting(certificate);
  try {
    const options: RequestInit & { readonly client: Deno.HttpClient } = { client };
    const response = await fetch(`${address.replace("ws", "http")}/healthz`, options);
    return await response.text() === "ok\n";
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function echoes(socket: WebSocket): Promise<boolean> {
  const answer = new Promise((resolve) => socket.onmessage = resolve);
  socket.send(Uint8Array.of(0x1a, 2, 8, 1));
  await answer;
  return socket.readyState === WebSocket.OPEN;
}

Deno.test({
  name: "sigver uses a new certificate after SIGHUP, and keeps its WebSockets",
  ignore: Deno.build.os === "windows",
  async fn() {
    using files = new Files();
    const [old, next] = [await makeCertificate("old"), await makeCertificate("next")];
    files.write(old);
    const start = { args: files.args, env: JSON_LOG };
    const rest = await withSigver(start, async (address, sigver) => {
      const event = async () => JSON.parse(await sigver.logged()).event;
      expect(address).toMatch(/^wss:/);
      expect(await event()).toBe("listening");
      using client = trusting(old);
      const socket = connect(`${address}/key`, client);
      const end = closed(socket);
      await checkIn(socket);
      expect([await serves(address, old), await serves(address, next)]).toEqual([true, false]);

      files.write(next);
      sigver.kill("SIGHUP");
      expect(await event()).toBe("certificate_renewed");
      expect([await serves(address, old), await serves(address, next)]).toEqual([false, true]);
      expect(await echoes(socket)).toBe(true);

      for (const broken of [{ ...next, key: old.key }, { ...next, cert: "no certificate" }]) {
        files.write(broken);
        sigver.kill("SIGHUP");
        expect(JSON.parse(await sigver.logged())).toMatchObject({
          level: "error",
          event: "certificate_rejected",
          reason: expect.stringMatching(/./),
        });
        expect(await serves(address, next)).toBe(true);
      }
      expect(await echoes(socket)).toBe(true);
      socket.close();
      await end;
    });
    expect(rest.map((line) => JSON.parse(line).event)).toEqual(["draining", "stopped"]);
  },
});

Deno.test({
  name: "sigver without TLS ignores SIGHUP",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withSigver({ args: HERE, env: JSON_LOG }, async (address, sigver) => {
      await sigver.logged();
      sigver.kill("SIGHUP");
      expect(JSON.parse(await sigver.logged()).event).toBe("nothing_to_renew");
      expect(await (await fetch(`${address.replace("ws", "http")}/healthz`)).text()).toBe("ok\n");
    });
  },
});

Deno.test("sigver logs lines of text by default, without keys of groups", async () => {
  const env = { SIGVER_LOG_LEVEL: "debug" };
  const logged = await withSigver({ args: HERE, env }, async (address) => {
    const socket = new WebSocket(`${address}/secret-key`);
    const end = closed(socket);
    await checkIn(socket);
    socket.send(Uint8Array.of(7, 7, 7));
    expect(await end).toBe(4743);
  });
  const at = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
  const expected = [
    `^${at} info listening address=ws://127.0.0.1:\\d+$`,
    `^${at} debug opened client=1 group=[0-9a-f]{8} address=[0-9a-f]{8}$`,
    `^${at} info closed client=1 group=[0-9a-f]{8} address=[0-9a-f]{8} code=4743 reason="[^"]+"$`,
    `^${at} info draining clients=0 seconds=3$`,
    `^${at} info stopped$`,
  ];
  for (const [index, line] of expected.entries()) {
    expect(logged[index]).toMatch(new RegExp(line));
  }
  expect(logged).toHaveLength(expected.length);
  expect(logged.join()).not.toContain("secret");
  expect(logged.slice(1).join()).not.toContain("127.0.0.1");
});

Deno.test("sigver continues if nobody reads the address that it prints", async () => {
  const child = command({ args: HERE, env: JSON_LOG }).spawn();
  await child.stdout.cancel();
  const logged = linesOf(child.stderr);
  const event = async () => JSON.parse((await logged.next()).value ?? "{}");
  const { address } = await event();
  await checkIn(new WebSocket(`${address}/key`));
  child.kill("SIGTERM");
  expect([(await event()).event, (await event()).event]).toEqual(["draining", "stopped"]);
  expect((await child.status).code).toBe(0);
  await logged.next();
});

Deno.test("sigver is not ready while it drains, and refuses new clients", async () => {
  const start = { args: [...HERE, "--drain", "60"], env: JSON_LOG };
  let ends: readonly Promise<number>[] = [];
  await withSigver(start, async (address, sigver) => {
    const http = address.replace("ws", "http");
    const sockets = [1, 2].map(() => new WebSocket(`${address}/key`));
    ends = sockets.map(closed);
    await Promise.all(sockets.map(opened));
    expect(await (await fetch(`${http}/readyz`)).text()).toBe("ready\n");
    await sigver.logged();
    sigver.kill("SIGTERM");
    expect(JSON.parse(await sigver.logged())).toMatchObject({ event: "draining", clients: 2 });
    const ready = await fetch(`${http}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, "the server stops\n"]);
    await expect(opened(new WebSocket(`${address}/key`))).rejects.toBeDefined();
    expect(await ends[0]).toBe(1012);
    // A second signal, as withSigver() sends it, does not wait for the other client.
  });
  expect(await ends[1]).not.toBe(1012);
});

Deno.test("sigver --relay always is a member of each group, and leaves it when it is stopped", async () => {
  const left = Promise.withResolvers<number>();
  const start = { args: [...HERE, "--relay", "always", "--drain", "0"], env: JSON_LOG };
  await withSigver(start, async (signalingServer, sigver) => {
    const group = new WebGroup({ signalingServer, rtcConfiguration: { iceServers: [] } });
    group.addEventListener("memberleave", ({ member }) => left.resolve(member));
    await group.join("key");
    const server = group.members.find((id) => id !== group.myId);
    expect((await group.getStats()).get(server ?? 0)?.channel).toBe("ws");
    sigver.kill("SIGTERM");
    expect(await left.promise).toBe(server);
    await group.leave();
  });
});

Deno.test({
  name: "sigver continues after it ran out of file descriptors",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withSigver({ args: HERE, filesMax: 60 }, async (address) => {
      const member = new WebSocket(`${address}/key`);
      member.binaryType = "arraybuffer";
      await opened(member);
      const { hostname, port } = new URL(address);
      const others: Deno.Conn[] = [];
      // From some moment on, it does not listen.
      for (let count = 0; count < 80; count++) {
        const other = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
        if (other !== undefined) others.push(other);
      }
      expect(await echoes(member)).toBe(true);
      for (const other of others) other.close();
      const isHealthy = () =>
        fetch(`http://${hostname}:${port}/healthz`).then(async (it) => await it.text() === "ok\n")
          .catch(() => false);
      await until("the server listens again", isHealthy);
      expect(await echoes(member)).toBe(true);
      member.close();
      await closed(member);
    });
  },
});
