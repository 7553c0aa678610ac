import { expect } from "expect";
import { SignalingState, WebGroup } from "../../bot.ts";
import { createHandler, Sigver, type SigverEvent } from "../../sigver.ts";
import { signToken } from "../sigver/support/token.ts";

const SECRET = "a secret of at least 32 characters";

Deno.test("WebGroup joins with a token in the server's URL, and not without", async () => {
  const sigver = new Sigver({ secret: SECRET });
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, createHandler(sigver));
  const address = `ws://127.0.0.1:${server.addr.port}`;
  const token = await signToken(SECRET, { key: "a key/of ours" });

  const errors: string[] = [];
  const stranger = new WebGroup({ signalingServer: address });
  stranger.addEventListener("error", ({ error }) => errors.push(String(error)));
  const joining = stranger.join("a key/of ours");
  const { promise: refused, resolve } = Promise.withResolvers<void>();
  stranger.addEventListener("error", () => resolve());

  const group = new WebGroup({ signalingServer: `${address}/?token=${token}` });
  await group.join("a key/of ours");
  await refused;
  expect(sigver.load.sessions).toBe(1);
  expect(errors.join()).toContain(`Cannot use the signaling server ${address}: `);
  expect(errors.join()).not.toContain("ours");

  await Promise.all([group.leave(), stranger.leave()]);
  await joining.catch(() => {});
  sigver.close();
  await server.shutdown();
});

Deno.test("WebGroup gets a new token before each connection, so that none has expired", async () => {
  const sigver = new Sigver({ secret: SECRET });
  const options = { hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve({ ...options, port: 0 }, createHandler(sigver));
  const { port } = server.addr;
  const keys: string[] = [];
  let exp = Math.floor(Date.now() / 1_000) - 60;
  await using group = new WebGroup({
    signalingServer: `ws://127.0.0.1:${port}`,
    token: (key) => {
      keys.push(key);
      return signToken(SECRET, { key, exp });
    },
  });
  const errors: string[] = [];
  group.onError = ({ code }) => {
    errors.push(code);
    // The first token had expired.
    exp += 120;
  };
  await group.join("board");
  expect([errors, keys]).toEqual([["REFUSED"], ["board", "board"]]);

  const checked = Promise.withResolvers<void>();
  group.onSignalingStateChange = (state) => {
    if (state === SignalingState.CHECKED) checked.resolve();
  };
  sigver.close();
  await server.shutdown();
  const restarted = new Sigver({ secret: SECRET });
  const again = Deno.serve({ ...options, port }, createHandler(restarted));
  await checked.promise;
  expect(keys.length).toBeGreaterThan(2);
  await group.leave();
  restarted.close();
  await again.shutdown();
});

Deno.test("WebGroup reports why the signaling server refuses it", async () => {
  const events: SigverEvent[] = [];
  const sigver = new Sigver({
    secret: SECRET,
    admit: ({ url }) => !url.searchParams.has("banned"),
    log: (event) => events.push(event),
  });
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, createHandler(sigver));
  const address = `ws://127.0.0.1:${server.addr.port}`;
  const good = { key: "board" };
  const rows: readonly (readonly [query: string, claims: object | undefined, reason: string])[] = [
    ["", undefined, "Unauthorized: a token expected"],
    ["", { ...good, exp: 1_000_000_000 }, "Unauthorized: the token has expired"],
    ["", { key: "another" }, "Unauthorized: the token is not for this group"],
    [
      "",
      { ...good, exp: undefined },
      'Unauthorized: the token is not valid: missing required "exp" claim',
    ],
    [
      "",
      { ...good, members: "2" },
      "Unauthorized: the token is not valid: members has to be an integer of at least 1",
    ],
    ["?token=x.y.z", undefined, "Unauthorized: the token is not valid"],
    ["?banned", good, "Forbidden: admit() of the server refuses this client"],
  ];
  for (const [query, claims, reason] of rows) {
    const token = claims && await signToken(SECRET, { ...claims });
    const signalingServer = `${address}/${query}`;
    const group = new WebGroup({ signalingServer, token, autoRejoin: false });
    group.onError = () => {};
    await expect(group.join("board")).rejects.toMatchObject({
      code: "REFUSED",
      message: `Cannot use the signaling server ${address}: ` +
        `the connection was closed (4749, ${reason})`,
    });
    expect(events.pop()).toMatchObject({ level: "info", event: "refused", reason });
  }
  expect(sigver.load.sessions).toBe(0);
  sigver.close();
  await server.shutdown();
});

Deno.test("WebGroup is not admitted beyond the number of members of its token", async () => {
  const sigver = new Sigver({ secret: SECRET });
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, createHandler(sigver));
  const signalingServer = `ws://127.0.0.1:${server.addr.port}`;
  const token = (key: string) => signToken(SECRET, { key, members: 2 });
  const rtcConfiguration = { iceServers: [] };
  const groups = [1, 2, 3].map(() =>
    new WebGroup({ signalingServer, token, autoRejoin: false, rtcConfiguration })
  );
  const [one, other, third] = groups;
  await one!.join("for two");
  await other!.join("for two");
  await expect(third!.join("for two")).rejects.toMatchObject({
    code: "CLOSED",
    message: expect.stringContaining("the group is full"),
  });
  expect([one!.members.length, other!.members.length]).toEqual([2, 2]);
  await other!.leave();
  await third!.join("for two");
  expect(new Set(one!.members)).toEqual(new Set([one!.myId, third!.myId]));
  await Promise.all(groups.map((group) => group.leave()));
  sigver.close();
  await server.shutdown();
});
