import { expect } from "expect";
import { Doc } from "yjs";
import { WebGroup } from "../../mod.ts";
import { GroupServer } from "../../src/server/server.ts";
import { Sigver } from "../../src/sigver/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";

const CASES: Readonly<Record<string, () => unknown>> = {
  onmessage: () => new GroupServer({ onmessage() {} } as object),
  limit: () => new Sigver({ limit: 1 } as object),
  signaling: () => new WebGroupProvider("room", new Doc(), { signaling: [] } as object),
};

for (const [name, make] of Object.entries(CASES)) {
  Deno.test(`the unknown option ${name} is rejected`, () => {
    expect(make).toThrow(new RegExp(`^Cannot use option ${name}: one of .* expected$`));
  });
}

Deno.test("a signal in place of options is rejected: it would have no effect", () => {
  const group = new WebGroup({ signalingServer: "ws://localhost:1" });
  const channel = group.channel("documents");
  // As a program in JavaScript could call them.
  const { signal } = new AbortController() as unknown as { signal: { signal: AbortSignal } };
  for (const call of [() => group.join("key", signal), () => channel.request(1, "a", signal)]) {
    expect(call).toThrow("Cannot use a value of type AbortSignal as options: { signal } expected");
  }
});
