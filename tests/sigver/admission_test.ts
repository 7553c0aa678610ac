import { expect } from "expect";
import { SIGVER_ADMISSION_MS } from "../../src/base/sigver_limits.ts";
import { createHandler } from "../../src/sigver/handler.ts";
import type { SigverEvent } from "../../src/sigver/event_log.ts";
import type { AdmissionRequest, SigverOptions } from "../../src/sigver/options.ts";
import { Sigver } from "../../src/sigver/server.ts";
import { signToken } from "./support/token.ts";
import type { UpgradeRequest } from "../../src/transport/websocket_upgrade.ts";
import { requestUpgrade } from "./support/fakes.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";

const SECRET = "a secret of at least 32 characters";

const ORIGINS: readonly (readonly [origin: string | undefined, status: number | "in"])[] = [
  ["https://app.example.org", "in"],
  ["https://app.example.org:8443", 403],
  ["http://app.example.org", 403],
  ["https://app.example.org.evil.example", 403],
  ["https://evil.example", 403],
  ["null", 403],
  ["", 403],
  [undefined, "in"],
];

for (const [origin, status] of ORIGINS) {
  Deno.test(`Sigver with origins: ${JSON.stringify(origin)} is ${status}`, () => {
    const world = makeWorld(1, { origins: ["https://app.example.org"] });
    const admission = world.sigver.ask({ url: "ws://host/key", origin });
    expect(admission).toMatchObject(status === "in" ? { type: "admit" } : { status });
    const refused = status === "in" ? 0 : 1;
    expect(world.sigver.metrics()).toContain(`sigver_refused_total{reason="origin"} ${refused}\n`);
  });
}

Deno.test("Sigver admits pages of any origin, and clients without an origin, by default", () => {
  const { sigver } = makeWorld();
  for (const origin of ["https://anywhere.example", "null", undefined]) {
    expect(sigver.ask({ url: "ws://host/key", origin })).toMatchObject({ type: "admit" });
  }
});

/** Releases the slot at once. */
async function ask(sigver: Sigver, request: UpgradeRequest): Promise<number | "in"> {
  const admission = await sigver.ask(request);
  admission.onClosed?.();
  return admission.type === "refuse" ? admission.status : "in";
}

Deno.test("Sigver with a secret admits only clients with a token for the group", async () => {
  const world = makeWorld(1, { secret: SECRET });
  const { sigver } = world;
  const token = await signToken(SECRET, { key: "my key" });
  const old = await signToken(SECRET, { key: "my key", exp: 1_000 });
  const at = (path: string) => ask(sigver, { url: `ws://host/${path}` });
  expect(await at(`my%20key?token=${token}`)).toBe("in");
  expect(await at(`my key?favored&token=${token}`)).toBe("in");
  expect(await at(`other?token=${token}`)).toBe(401);
  expect(await at(`my%20key?token=${old}`)).toBe(401);
  expect(await at("my%20key")).toBe(401);
  expect(await at("my%20key?token=")).toBe(401);
  expect(sigver.metrics()).toContain('sigver_refused_total{reason="token"} 4\n');
  expectQuiet(world);
});

Deno.test("Sigver passes the whole request to the admit callback", async () => {
  const asked: AdmissionRequest[] = [];
  const admit = (request: AdmissionRequest) => {
    asked.push(request);
    return request.key === "good";
  };
  const world = makeWorld(1, { admit, trustedProxies: ["127.0.0.1"] });
  const request = { origin: "https://a.example", remote: "127.0.0.1", forwardedFor: "192.0.2.7" };
  expect(await ask(world.sigver, { url: "ws://host/good?x=1", ...request })).toBe("in");
  expect(await ask(world.sigver, { url: "ws://host/bad" })).toBe(403);
  expect(asked).toEqual([
    {
      key: "good",
      url: new URL("ws://host/good?x=1"),
      origin: "https://a.example",
      address: "192.0.2.7",
    },
    { key: "bad", url: new URL("ws://host/bad"), origin: undefined, address: undefined },
  ]);
  expect(world.sigver.metrics()).toContain('sigver_refused_total{reason="admit"} 1\n');
  expectQuiet(world);
});

const ANSWERS: readonly {
  readonly name: string;
  readonly admit: () => unknown;
  readonly status: number;
  readonly reported: number;
  readonly waitMs?: number;
}[] = [
  { name: "false", admit: () => Promise.resolve(false), status: 403, reported: 0 },
  { name: "what is not true", admit: () => "yes", status: 403, reported: 1 },
  { name: "a rejection", admit: () => Promise.reject(new Error("no")), status: 403, reported: 1 },
  { name: "an error", admit: () => JSON.parse("{"), status: 403, reported: 1 },
  {
    name: "no answer",
    admit: () => new Promise(() => {}),
    status: 503,
    reported: 0,
    waitMs: SIGVER_ADMISSION_MS,
  },
];

for (const { name, admit, status, reported, waitMs } of ANSWERS) {
  Deno.test(`Sigver refuses with ${status} when admit returns ${name}`, async () => {
    const world = makeWorld(1, { admit: admit as () => boolean });
    const answer = ask(world.sigver, { url: "ws://host/key" });
    if (waitMs !== undefined) {
      world.clock.pass(waitMs - 1);
      expect(world.sigver.held.sockets).toBe(1);
      world.clock.pass(1);
    }
    expect(await answer).toBe(status);
    expect(world.log.reported.splice(0).length).toBe(reported);
    expectQuiet(world);
  });
}

Deno.test("Sigver logs a client that it refuses by the same address as its other clients", () => {
  const events: SigverEvent[] = [];
  const origins = ["https://good.example"];
  const options = { origins, log: (event: SigverEvent) => events.push(event) };
  for (const logAddresses of [true, false]) {
    const world = makeWorld(1, { ...options, logAddresses, logLevel: "debug" });
    world.client("key", { remote: "2001:db8::1" }).channel.goAway();
    const refused = { remote: "2001:db8::2", origin: "https://bad.example" };
    requestUpgrade(world.sigver, "key", refused).onClosed?.();
    const [opened, , last] = events.splice(0);
    expect([opened?.event, last?.event]).toEqual(["opened", "refused"]);
    expect(last?.address).toBe(opened?.address);
    expectQuiet(world);
  }
});

Deno.test("Sigver logs only the beginning of an origin that no page has", () => {
  const reasons: (string | undefined)[] = [];
  const origins = ["https://good.example"];
  const world = makeWorld(1, { origins, log: ({ reason }) => reasons.push(reason) });
  const origin = `https://${"x".repeat(100_000)}`;
  const refused = requestUpgrade(world.sigver, "key", { remote: "192.0.2.1", origin });
  expect(refused).toMatchObject({ status: 403, closeCode: 4749 });
  expect(reasons).toEqual([expect.stringMatching(/^Forbidden: .{10,400}$/)]);
  refused.onClosed?.();
  expectQuiet(world);
});

Deno.test("Sigver does not report the text that admit returns, which may be a secret", async () => {
  const rows: readonly (readonly [admit: (request: AdmissionRequest) => unknown, what: string])[] =
    [[({ url }) => url.searchParams.get("pass"), "a text"], [() => undefined, "undefined"]];
  for (const [admit, what] of rows) {
    const world = makeWorld(1, { admit: admit as () => boolean });
    expect(await ask(world.sigver, { url: "ws://host/key?pass=secret" })).toBe(403);
    expect(String(world.log.reported.splice(0)))
      .toBe(`TypeError: Cannot use ${what} as the result of admit: true or false expected`);
    expectQuiet(world);
  }
});

Deno.test("Sigver reserves a place while admit decides, and releases it after a refusal", async () => {
  let decide = (_: boolean) => {};
  const admit = () => new Promise<boolean>((resolve) => decide = resolve);
  const world = makeWorld(1, { admit, limits: { sockets: 1 } });
  const first = ask(world.sigver, { url: "ws://host/key" });
  expect(await ask(world.sigver, { url: "ws://host/key" })).toBe(503);
  decide(false);
  expect(await first).toBe(403);
  const second = ask(world.sigver, { url: "ws://host/key" });
  decide(true);
  expect(await second).toBe("in");
  expectQuiet(world);
});

Deno.test("Sigver warns once about unknown addresses, and once about an untrusted proxy", () => {
  const noted: string[] = [];
  const log = ({ level, event }: SigverEvent) => noted.push(`${level} ${event}`);
  const world = makeWorld(1, { trustedProxies: ["127.0.0.1"], log });
  for (const remote of ["127.0.0.1", "192.0.2.1"]) world.client("key", { remote });
  world.client("key", { remote: "127.0.0.1", forwardedFor: "192.0.2.1" });
  expect(noted).toEqual([]);
  for (const _ of [1, 2]) world.client("key", { remote: "192.0.2.9", forwardedFor: "192.0.2.1" });
  expect(noted.splice(0)).toEqual(["warn proxy_not_trusted"]);
  for (const _ of [1, 2]) world.client("key");
  expect(noted).toEqual(["warn no_addresses"]);
});

const BAD: readonly (readonly [SigverOptions, string])[] = [
  [{ origins: "https://app.example.org" as unknown as string[] }, "a list expected"],
  [{ origins: ["app.example.org"] }, "one such as https://app.example.org expected"],
  [{ origins: ["https://app.example.org/"] }, "one such as https://app.example.org expected"],
  [{ secret: "too short" }, "at least 32 bytes expected"],
  [{ trustedProxies: ["localhost"] }, "an address or a network such as 10.0.0.0/8 expected"],
  [{ limits: { sockets: -1 } }, "at least 1 expected"],
];

for (const [options, told] of BAD) {
  Deno.test(`new Sigver(${JSON.stringify(options)}) names the expected value`, () => {
    expect(() => new Sigver(options)).toThrow(told);
  });
}

Deno.test("createHandler() refuses before the WebSocket opens, with status and Retry-After", async () => {
  const upgrade = { upgrade: "websocket", connection: "upgrade" };
  const request = (headers: HeadersInit = {}, path = "key") =>
    new Request(`http://127.0.0.1/${path}`, { headers: { ...upgrade, ...headers } });
  const full = createHandler(new Sigver({ limits: { connectionsPerIpBurst: 1 } }));
  const info = { remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 1 } };
  // The first request is admitted, and fails as it is no upgrade request.
  expect((await full(request(), info)).status).toBe(400);
  const refused = await full(request(), info);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await refused.text()).toBe("Too many requests: the limit of this address is reached\n");
  // The address is unknown, whatever arguments frameworks pass.
  for (const other of [undefined, null, {}, 7, { remoteAddr: null }, { remoteAddr: {} }]) {
    expect((await full(request(), other)).status).toBe(400);
  }
  const choosy = createHandler(new Sigver({ origins: ["https://a.example"], secret: SECRET }));
  expect((await choosy(request({ origin: "https://b.example" }))).status).toBe(403);
  expect((await choosy(request({ origin: "https://a.example" }))).status).toBe(401);
  const token = await signToken(SECRET, { key: "key" });
  expect((await choosy(request({}, `key?token=${token}`))).status).toBe(400);
});
