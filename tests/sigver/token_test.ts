import { expect } from "expect";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { tokenVerifier } from "../../src/sigver/admission.ts";
import type { SigverEvent } from "../../src/sigver/event_log.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";
import { signToken } from "./support/token.ts";

const SECRET = "a secret of at least 32 characters";

const LATE = 4_000_000_000;

const fail = (error: unknown) => {
  throw error;
};

async function verify(
  token: string,
  key: string,
  verifier = tokenVerifier({ secret: SECRET }),
) {
  const result = await verifier(token, key, fail);
  return "type" in result ? result.status : result;
}

const ROWS: readonly {
  readonly claims: Record<string, unknown>;
  readonly key: string;
  readonly then: 401 | { readonly membersMax: number | undefined };
}[] = [
  {
    claims: { key: "board 7/ä?#" },
    key: "board%207/%C3%A4%3F%23",
    then: { membersMax: undefined },
  },
  { claims: { key: "board", members: 8 }, key: "board", then: { membersMax: 8 } },
  { claims: { key: "board" }, key: "board2", then: 401 },
  { claims: { key: "board" }, key: "Board", then: 401 },
  { claims: { keyPrefix: "board " }, key: "board%207", then: { membersMax: undefined } },
  { claims: { keyPrefix: "" }, key: "any", then: { membersMax: undefined } },
  { claims: { keyPrefix: "board " }, key: "board", then: 401 },
  { claims: { keyPrefix: "a/../" }, key: "any", then: 401 },
  { claims: { keyPrefix: "a/../" }, key: "/any", then: 401 },
  { claims: { keyPrefix: "\ud800" }, key: "any", then: 401 },
  { claims: { key: ["board"] }, key: "board", then: 401 },
  { claims: { key: 7, keyPrefix: "" }, key: "7", then: 401 },
  { claims: { key: "other", keyPrefix: "" }, key: "board", then: 401 },
  { claims: {}, key: "board", then: 401 },
  { claims: { key: "board", exp: 1_000_000_000 }, key: "board", then: 401 },
  { claims: { key: "board", exp: null }, key: "board", then: 401 },
  { claims: { key: "board", nbf: LATE }, key: "board", then: 401 },
  ...[0, -1, 1.5, "8", null, 2 ** 32].map((members) => ({
    claims: { key: "board", members },
    key: "board",
    then: 401 as const,
  })),
];

for (const { claims, key, then } of ROWS) {
  Deno.test(`tokenVerifier(): ${JSON.stringify({ claims, key, then })}`, async () => {
    expect(await verify(await signToken(SECRET, { exp: LATE, ...claims }), key)).toEqual(then);
  });
}

Deno.test("tokenVerifier() rejects a token with one changed character", async () => {
  const token = await signToken(SECRET, { key: "key", exp: LATE });
  // The last character has bits that no byte needs.
  for (let at = 0; at < token.length - 1; at++) {
    const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
    expect([changed, await verify(changed, "key")]).toEqual([changed, 401]);
  }
  for (const none of ["", ".", "..", token.slice(0, -2), `${token}A`, ` ${token}`]) {
    expect(await verify(none, "key")).toBe(401);
  }
});

Deno.test("tokenVerifier() rejects other secrets, other algorithms, and no algorithm", async () => {
  const claims = { key: "key", exp: LATE };
  expect(await verify(await signToken(`${SECRET}x`, claims), "key")).toBe(401);
  const bytes = new TextEncoder().encode(SECRET.repeat(2));
  const strong = await new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).sign(bytes);
  expect(await verify(strong, "key", tokenVerifier({ secret: SECRET.repeat(2) }))).toBe(401);
  expect(await verify(new UnsecuredJWT(claims).encode(), "key")).toBe(401);
});

Deno.test("tokenVerifier() accepts tokens by the public keys at a URL, and is unavailable without them", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...await exportJWK(publicKey), kid: "one", alg: "ES256" };
  let isUp = true;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json(isUp ? { keys: [jwk] } : {}),
  );
  const jwks = `http://127.0.0.1:${server.addr.port}/`;
  const sign = (kid: string) =>
    new SignJWT({ key: "key", exp: LATE }).setProtectedHeader({ alg: "ES256", kid })
      .sign(privateKey);
  const verifier = tokenVerifier({ jwks });
  expect(await verify(await sign("one"), "key", verifier)).toEqual({ membersMax: undefined });
  expect(await verify(await sign("two"), "key", verifier)).toBe(401);
  // A public key is no secret.
  expect(await verify(await signToken(JSON.stringify(jwk), { key: "key" }), "key", verifier)).toBe(
    401,
  );
  isUp = false;
  const errors: unknown[] = [];
  const fails = async () =>
    await tokenVerifier({ jwks })(await sign("one"), "key", (error) => errors.push(error));
  expect(await fails()).toMatchObject({ type: "refuse", status: 503, retryAfterS: 10 });
  await server.shutdown();
  expect(await fails()).toMatchObject({ type: "refuse", status: 503 });
  expect(errors).toHaveLength(2);
});

Deno.test("Sigver reports once that it cannot load the keys, and logs how many clients it refused until it can", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  let isUp = false;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async () => isUp ? Response.json({ keys: [await exportJWK(publicKey)] }) : new Response("?"),
  );
  const events: SigverEvent[] = [];
  const jwks = `http://127.0.0.1:${server.addr.port}/`;
  const world = makeWorld(1, { jwks, log: (event) => events.push(event) });
  const token = await new SignJWT({ key: "key", exp: LATE }).setProtectedHeader({ alg: "ES256" })
    .sign(privateKey);
  const ask = async () => await world.sigver.ask({ url: `ws://host/key?token=${token}` });
  for (let count = 0; count < 3; count++) {
    expect(await ask()).toMatchObject({ type: "refuse", status: 503 });
  }
  isUp = true;
  for (let count = 0; count < 2; count++) world.accept(await ask()).channel.goAway();
  expect(world.log.reported.splice(0)).toHaveLength(1);
  expect(events.filter(({ event }) => event === "keys_loaded"))
    .toEqual([{ level: "info", event: "keys_loaded", clients: 3 }]);
  expectQuiet(world);
  await server.shutdown();
});

Deno.test("Sigver lets a client join while the group has fewer members than its token allows", async () => {
  const world = makeWorld(1, { secret: SECRET });
  const client = async (members?: number) => {
    const token = await signToken(SECRET, { key: "key", ...(members && { members }) });
    const decision = await world.sigver.ask({ url: `ws://host/key?token=${token}` });
    return world.accept(decision);
  };
  const [first, second, third] = [await client(2), await client(2), await client(2)];
  first.connect(1);
  second.connect(2, [1]);
  third.connect(3, [1]);
  expect([first, second, third].map(({ channel }) => channel.closedWith))
    .toEqual([undefined, undefined, 4747]);
  const unlimited = await client();
  unlimited.connect(4, [1]);
  expect(unlimited.received().at(-1)).toEqual({ type: "connected", connected: true });
  world.sigver.close();
});

Deno.test("Sigver lets an introduced newcomer join, though others with higher limits came first", async () => {
  const world = makeWorld(1, { secret: SECRET });
  const client = async (members?: number) => {
    const token = await signToken(SECRET, { key: "key", ...(members && { members }) });
    return world.accept(await world.sigver.ask({ url: `ws://host/key?token=${token}` }));
  };
  const [first, limited, ...others] = [await client(), await client(2), await client()];
  first.connect(1);
  limited.connect(2);
  for (const [index, other] of others.entries()) {
    other.connect(3 + index);
    other.connect(3 + index, [1]);
  }
  limited.connect(2, [1]);
  expect(limited.channel.closedWith).toBe(undefined);
  expect(limited.received().at(-1)).toEqual({ type: "connected", connected: true });
  const late = await client(3);
  late.connect(9);
  expect(late.channel.closedWith).toBe(4747);
  world.sigver.close();
});

Deno.test("Sigver.authorize() refuses dials to a group that has the members that a token allows", async () => {
  const world = makeWorld(1, { secret: SECRET });
  const token = await signToken(SECRET, { key: "key", members: 2 });
  const statusOf = async (sender: number) => {
    const query = `type=1&wcId=9&senderId=${sender}&key=key&token=${token}`;
    const result = await world.sigver.authorize({ url: `ws://host/key?${query}` });
    return "type" in result ? result.status : "allowed";
  };
  const client = async () =>
    world.accept(await world.sigver.ask({ url: `ws://host/key?token=${token}` }));
  const [first, second] = [await client(), await client()];
  first.connect(1);
  expect(await statusOf(3)).toBe("allowed");
  second.connect(2, [1]);
  expect([await statusOf(3), await statusOf(2)]).toEqual([403, "allowed"]);
  world.sigver.close();
});

Deno.test("docs/SIGVER.md shows how a backend in Node signs a token", async () => {
  const document = await Deno.readTextFile(new URL("../../docs/SIGVER.md", import.meta.url));
  const [, example = ""] = document.match(/^```js\n([^]*?)^```/m) ?? [];
  Deno.env.set("SIGVER_SECRET", SECRET);
  const module = await import(
    `data:text/javascript,${encodeURIComponent(`${example}\nexport { token };`)}`
  );
  Deno.env.delete("SIGVER_SECRET");
  expect(await verify(module.token, "board%207")).toEqual({ membersMax: undefined });
});

for (const kid of ["k0", undefined]) {
  Deno.test(`verify() accepts a token of one of two public keys, with kid ${kid}`, async () => {
    const pairs = await Promise.all(
      [0, 1].map(() => generateKeyPair("ES256", { extractable: true })),
    );
    const keys = await Promise.all(
      pairs.map(async ({ publicKey }, index) => ({
        ...await exportJWK(publicKey),
        kid: `k${index}`,
        alg: "ES256",
      })),
    );
    const http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => Response.json({ keys }),
    );
    const verifier = tokenVerifier({ jwks: `http://127.0.0.1:${http.addr.port}/` });
    const token = (key: CryptoKey) =>
      new SignJWT({ key: "board", exp: LATE })
        .setProtectedHeader({ alg: "ES256", ...(kid && { kid }) })
        .sign(key);
    const stranger = await generateKeyPair("ES256");
    const statuses = [
      await verify(await token(pairs[0]!.privateKey), "board", verifier),
      await verify(await token(stranger.privateKey), "board", verifier),
    ];
    await http.shutdown();
    expect(statuses).toEqual([{ membersMax: undefined }, 401]);
  });
}
