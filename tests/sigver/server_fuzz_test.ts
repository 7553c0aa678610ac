import { expect } from "expect";
import { asPairingId } from "../../src/base/ids.ts";
import { LIMIT_NAMES } from "../../src/sigver/limits.ts";
import type { UpgradeRequest } from "../../src/transport/websocket_upgrade.ts";
import {
  decodeSignaling,
  encodeSignaling,
  type SignalingMessage,
} from "../../src/wire/signaling.ts";
import { fc } from "../support/fast_check.ts";
import { repeatable, SEED } from "../support/seed.ts";
import { FakeClient } from "./support/fakes.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { expectQuiet, makeWorld, type SigverRig } from "./support/world.ts";

/** The close codes in docs/PROTOCOL.md. */
const CODES = [undefined, 1000, 1001, 1008, 4741, 4742, 4743, 4744, 4745, 4746, 4747, 4748];

Deno.test(
  "Sigver survives 100,000 mutated frames with clean closes",
  repeatable(import.meta.url, () => {
    const random = seededRandom(SEED);
    const below = (bound: number) => random.uint32() % bound;
    const world = makeWorld(SEED);
    const clients = new Map<number, FakeClient>();
    const codes = new Set<number | undefined>();
    for (let round = 0; round < 100_000; round++) {
      const place = below(12);
      const known = clients.get(place);
      const client = known?.channel.closedWith === undefined && known
        ? known
        : world.client(`key${place % 3}${below(2) ? "?favored" : ""}`);
      clients.set(place, client);
      client.channel.receive(mutate(encodeSignaling(someMessage(below)), below));
      client.channel.sent.length = 0;
      if (below(200) === 0) client.channel.goAway();
      if (below(50) === 0) world.clock.pass(below(1_000));
      codes.add(client.channel.closedWith);
    }
    for (const code of codes) expect(CODES).toContain(code);
    for (const { channel } of clients.values()) channel.goAway();
    expectQuiet(world);
  }),
);

/** Low limits, so that clients exceed them soon. */
const TIGHT = {
  sockets: 30,
  frameBytes: 130,
  connectionsPerIp: 6,
  connectionsPerIpPerSecond: 5,
  connectionsPerIpBurst: 10,
  groupSockets: 6,
  groupMembers: 4,
  messagesBurst: 90,
  connectsBurst: 30,
  addressMessagesPerSecond: 20,
  addressMessagesBurst: 100,
  memberPairings: 2,
  signalsPerPairing: 6,
  pairingBytes: 300,
  pairingMs: 4_000,
  queueBytes: 5_000,
  handshakeMs: 3_000,
};

Deno.test(
  "Sigver survives arbitrary clients and messages while an honest group continues",
  repeatable(import.meta.url, () => {
    const random = seededRandom(SEED);
    const below = (bound: number) => random.uint32() % bound;
    const world = makeWorld(SEED, {
      limits: TIGHT,
      origins: ["https://good.example"],
      trustedProxies: ["10.0.0.0/8", "::1"],
    });
    const honest = new HonestPair(world);
    let clients: FakeClient[] = [];
    const codes = new Set<number | undefined>();
    const seen = { exceeded: new Set<string>(), statuses: new Set<number>() };
    for (let round = 0; round < 30_000; round++) {
      if (below(4) === 0) {
        const request = someVisit(below);
        const admission = world.sigver.ask(request);
        if (admission instanceof Promise) throw new Error("Nobody has to be asked");
        if (admission.type === "refuse") {
          expect([403, 429, 503]).toContain(admission.status);
          seen.statuses.add(admission.status);
          admission.onClosed?.();
        } else {
          clients.push(new FakeClient(admission));
        }
      }
      const client = clients[below(clients.length)];
      const frame = client && encodeSignaling(aLie(below, client));
      if (frame) client.channel.receive(below(60) === 0 ? mutate(frame, below) : frame);
      if (client && below(300) === 0) client.channel.bufferedAmount = below(10_000);
      if (client && below(100) === 0) client.channel.goAway();
      if (below(20) === 0) world.clock.pass(below(500));
      if (client && frame && below(150) === 0) {
        for (let time = 0; time < 100; time++) client.channel.receive(frame);
      }
      if (client) codes.add(client.channel.closedWith);
      clients = clients.filter(({ channel }) => channel.closedWith === undefined);
      honest.goOn(round);
    }
    for (const code of codes) expect(CODES).toContain(code);
    for (const [, limit] of world.sigver.metrics().matchAll(/limit="(\w+)"} [1-9]/g)) {
      seen.exceeded.add(limit!);
    }
    expect(LIMIT_NAMES.filter((one) => !seen.exceeded.has(one))).toEqual([]);
    expect([...seen.statuses].sort()).toEqual([403, 429, 503]);
    for (const { channel } of [...clients, ...honest.clients]) channel.goAway();
    expectQuiet(world);
  }),
);

Deno.test("Sigver with a secret admits no client with an arbitrary text as token", async () => {
  const { sigver } = makeWorld(1, { secret: "a secret of at least 32 characters" });
  const json = fc.oneof(fc.json(), fc.constant('{"alg":"HS256"}'), fc.constant('{"key":"key"}'));
  const part = json.map((text) =>
    btoa(String.fromCharCode(...new TextEncoder().encode(text)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
  );
  const token = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[A-Za-z0-9_-]{1,9}[.][A-Za-z0-9_-]{1,9}[.][A-Za-z0-9_-]{43}$/),
    fc.tuple(part, part, fc.stringMatching(/^[A-Za-z0-9_-]{43}$/)).map((parts) => parts.join(".")),
  );
  await fc.assert(
    fc.asyncProperty(token, fc.webPath(), async (text, path) => {
      const url = `ws://host/key${path}?token=${encodeURIComponent(text.toWellFormed())}`;
      expect(await sigver.ask({ url })).toMatchObject({ type: "refuse", status: 401 });
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("Sigver leaves nothing behind after arbitrary frames", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (frames) => {
      const world = makeWorld();
      const client = world.client();
      for (const frame of frames) client.channel.receive(frame);
      expect([undefined, 4743]).toContain(client.channel.closedWith);
      client.channel.goAway();
      expectQuiet(world);
    }),
    { numRuns: 2_000 },
  );
});

/** Two members of a group of their own that exchange signals through the server all the time. */
class HonestPair {
  readonly clients: readonly FakeClient[];
  readonly #world: SigverRig;
  #talked = 0;

  constructor(world: SigverRig) {
    this.#world = world;
    this.clients = [1, 2].map(() => world.client("honest", { remote: "192.0.2.200" }));
    for (const [index, client] of this.clients.entries()) client.connect(index + 1, [1, 2]);
  }

  /** Once a second of virtual time both send, and receive the answer. */
  goOn(round: number): void {
    const now = this.#world.clock.now();
    if (now - this.#talked < 1_000) return;
    this.#talked = now;
    for (const [index, client] of this.clients.entries()) {
      client.send({ type: "heartbeat" });
      client.received();
      if (Math.floor(now / 1_000) % 10 === 0) {
        client.connect(index + 1, [1, 2]);
        expect([round, client.received()]).toEqual([round, [{
          type: "connected",
          connected: true,
        }]]);
      }
      expect([round, client.channel.closedWith]).toEqual([round, undefined]);
    }
  }
}

function someVisit(below: (bound: number) => number): UpgradeRequest {
  const pick = <Thing>(things: readonly Thing[]): Thing => things[below(things.length)]!;
  const text = () => String.fromCharCode(...Array.from({ length: below(9) }, () => below(400)));
  const address = () => pick(["192.0.2.", "10.0.0.", "2001:db8::", "::ffff:192.0.2."]) + below(9);
  const key = pick(["a", "b", "c/d", "%zz", "", "k".repeat(513), text()]);
  const query = pick(["", "?favored", "?favored=1&token=x", "?", `?${text()}`]);
  return {
    url: pick([`ws://host/${key}${query}`, `ws://host/${key}${query}`, text(), "ws://", "/key"]),
    origin: below(9) ? pick([undefined, "https://good.example"]) : pick(["null", text()]),
    remote: below(9) ? address() : pick([text(), undefined]),
    forwardedFor: pick([undefined, address(), `${text()}, ${address()}`, ",,,", text()]),
  };
}

/** A false view or id, or a signal to the pairing of other clients. */
function aLie(below: (bound: number) => number, { channel }: FakeClient): SignalingMessage {
  if (below(12) === 0) return { type: "heartbeat" };
  if (below(400) === 0) return { type: "connected", connected: true };
  if (below(3) === 0) {
    const members = Array.from({ length: below(4) }, () => below(14));
    return { type: "connect", id: 1 + below(14), members, version: below(2) || undefined };
  }
  const heard = channel.sent.splice(0).map(decodeSignaling)
    .flatMap((it) => it.type === "content" ? [it.sender ?? it.recipient] : []);
  const recipient = below(3) ? heard.at(-1) : asPairingId(below(2 ** 31));
  const last = below(40) === 0;
  const data = new Uint8Array(below(120));
  const sender = asPairingId(below(9));
  return { type: "content", sender, recipient: below(2) ? recipient : undefined, last, data };
}

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
