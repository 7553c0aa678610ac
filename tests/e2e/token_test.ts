import { expect } from "expect";
import { WebGroup } from "../../mod.ts";
import { createHandler, Sigver } from "../../sigver.ts";
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
