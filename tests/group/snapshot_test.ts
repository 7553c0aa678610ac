import { inspect } from "node:util";
import { expect } from "expect";
import { WebGroup } from "../../src/group/web_group.ts";
import { SimNetwork } from "../sim/sim_network.ts";

/** JavaScript programs declare fields that TypeScript rejects. */
const FIELDS = [
  "id",
  "myId",
  "key",
  "members",
  "neighbors",
  "topology",
  "state",
  "signalingState",
  "signalingServer",
  "autoRejoin",
  "bufferedAmount",
  "onMessage",
];

for (const name of FIELDS) {
  Deno.test(`WebGroup: a subclass can have a field ${name}`, () => {
    const make = new Function("Group", `return class extends Group { ${name} = "mine"; }`);
    const group = new (make(WebGroup))();
    expect(group[name]).toBe("mine");
    expect({ ...group }[name]).toBe("mine");
  });
}

Deno.test("console.log(group) prints the same as { ...group }, in Deno and in Node", () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("a");
  group.join("a key");
  network.run(1_000);
  const { id, myId, signalingServer } = group;
  const shown = { ...group };
  for (const text of [Deno.inspect(group), inspect(group)]) {
    expect(text).toMatch(/^WebGroup \{\n/);
    expect(text).not.toContain("Symbol");
    for (const [name, value] of Object.entries(shown)) {
      expect(text.replaceAll("'", '"')).toContain(`${name}: ${Deno.inspect(value)}`);
    }
  }
  expect(shown).toMatchObject({ id, myId, key: "a key", members: [myId], state: 1 });
  expect(shown).toMatchObject({ signalingServer });
  expect(Deno.inspect({ group })).toMatch(/^\{\n? *group: WebGroup \{/);
});

Deno.test("console.log(group) names a subclass, and follows the options of the inspection", () => {
  class Room extends WebGroup {}
  expect(Deno.inspect(new Room(), { compact: true })).toMatch(/^Room \{/);
  expect(inspect(new Room(), { breakLength: Infinity })).toMatch(/^Room \{ ?\n?\s*id: 0,/);
});
