import { expect } from "expect";
import { Doc } from "yjs";
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
