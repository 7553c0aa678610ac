import { expect } from "expect";
import { listen as listenInDeno } from "../../src/platform/listen.deno.ts";
import { listen as listenInNode } from "../../src/platform/listen.node.ts";
import { type ListenOptions, nodeSharesPorts } from "../../src/platform/http_server.ts";

Deno.test("listen() rejects invalid options, in Deno and in Node", async () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [3_000, "Cannot use 3000 as options: an object expected"],
    [
      { prot: 3_000 },
      "Cannot use option prot: one of hostname, port, reusePort, cert, key expected",
    ],
  ];
  for (const [options, message] of cases) {
    for (const listen of [listenInDeno, listenInNode]) {
      await expect(listen(options as ListenOptions, () => new Response())).rejects.toThrow(message);
    }
  }
});

Deno.test("listen() rejects a handler that is not a function, in Deno and in Node", async () => {
  for (const handler of [undefined, {}, new Response()]) {
    for (const listen of [listenInDeno, listenInNode]) {
      await expect(listen({}, handler as () => Response)).rejects.toThrow(
        /^Cannot use .+ as handler: a function expected$/,
      );
    }
  }
});

Deno.test("nodeSharesPorts() is true from Node 22.12 on", () => {
  const versions = ["20.20.2", "22.11.0", "22.12.0", "24.0.0"];
  expect(versions.map(nodeSharesPorts)).toEqual([false, false, true, true]);
});
