/**
 * Anything that a client may send: the server ends it cleanly or goes on, and keeps nothing of it.
 *
 * @module
 */

import { expect } from "expect";
import fc from "fast-check";
import { encodeSignaling, type SignalingMessage } from "../../src/wire/signaling.ts";
import type { FakeClient } from "./support/fakes.ts";
import { seededRandom } from "./support/random.ts";
import { expectQuiet, makeWorld } from "./support/world.ts";

const seed = Number(Deno.env.get("FUZZ_SEED") ?? Date.now() % 1_000_000);

Deno.test(`Sigver survives 100,000 mutated frames with clean closes (FUZZ_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const below = (bound: number) => random.uint32() % bound;
  const world = makeWorld(seed);
  const clients = new Map<number, FakeClient>();
  const codes = new Set<number | undefined>();
  for (let round = 0; round < 100_000; round++) {
    const place = below(12);
    const known = clients.get(place);
    const client = known?.channel.closedWith === undefined && known
      ? known
      : world.client(`key${place % 3}${below(2) ? "?favored" : ""}`);
    clients.set(place, client);
    client.channel.say(mutate(encodeSignaling(someMessage(below)), below));
    client.channel.sent.length = 0;
    if (below(200) === 0) client.channel.goAway();
    if (below(50) === 0) world.clock.pass(below(1_000));
    codes.add(client.channel.closedWith);
  }
  for (const code of codes) expect([undefined, 1000, 4742, 4743, 4744]).toContain(code);
  for (const { channel } of clients.values()) channel.goAway();
  expectQuiet(world);
});

Deno.test("Sigver is quiet after any bytes in any frames", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (frames) => {
      const world = makeWorld();
      const client = world.client();
      for (const frame of frames) client.channel.say(frame);
      expect([undefined, 4743]).toContain(client.channel.closedWith);
      client.channel.goAway();
      expectQuiet(world);
    }),
    { numRuns: 2_000 },
  );
});

function someMessage(below: (bound: number) => number): SignalingMessage {
  switch (below(4)) {
    case 0:
      return { type: "heartbeat" };
    case 1:
      return { type: "connected", connected: below(2) === 0 };
    case 2: {
      const members = Array.from({ length: below(5) }, () => below(14));
      return { type: "connect", id: below(14), members, version: below(2) || undefined };
    }
    default:
      return {
        type: "content",
        sender: undefined,
        recipient: undefined,
        last: below(8) === 0,
        data: new Uint8Array(below(40)),
      };
  }
}

/** Leaves half of the frames as they are; the others get a few bytes changed, cut or added. */
function mutate(frame: Uint8Array, below: (bound: number) => number): Uint8Array {
  const bytes = [...frame];
  for (let times = below(2) * below(4); times > 0; times--) {
    const at = below(bytes.length + 1);
    bytes.splice(at, below(3), ...Array.from({ length: below(3) }, () => below(256)));
  }
  return Uint8Array.from(bytes);
}
