import { expect } from "expect";
import { listen as listenInDeno } from "../../src/platform/listen.deno.ts";
import { listen as listenInNode } from "../../src/platform/listen.node.ts";
import type { ListenOptions } from "../../src/platform/http_server.ts";

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
