/**
 * The ICE servers of a peer, with a transport that only remembers.
 *
 * @module
 */

import { expect } from "expect";
import type { ConnectionError } from "../../src/base/errors.ts";
import { ICE_FRESH_MS, ICE_WAIT_MS } from "../../src/base/limits.ts";
import { checkIceServers } from "../../src/ice/check.ts";
import type { IceSource } from "../../src/ice/state.ts";
import { IceSupply } from "../../src/ice/supply.ts";
import type { RtcSink } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/data_channel_builder.ts";
import { encodeIce } from "../../src/wire/ice.ts";

const DEFAULT = [{ urls: "stun:default" }];
const TURN = [{ urls: ["turn:a"], username: "u", credential: "c" }];
const OFFER: RtcSignal = { type: "offer", sdp: "sdp" };
const SINK: RtcSink = { opened() {}, failed() {}, signal() {} };

class Rig {
  now = 0;
  readonly dials: { servers: unknown; policy: unknown; received: RtcSignal[]; aborted: boolean }[] =
    [];
  readonly errors: ConnectionError[] = [];
  readonly supply: IceSupply;

  constructor(from: IceSource["from"]) {
    this.supply = new IceSupply({ from, servers: DEFAULT }, {
      clock: { now: () => this.now, at: () => () => {} },
      transport: {
        dialRtc: ({ configuration: { iceServers, iceTransportPolicy } }) => {
          const dial = {
            servers: iceServers,
            policy: iceTransportPolicy,
            received: [],
            aborted: false,
          };
          this.dials.push(dial);
          return {
            receive: (signal: RtcSignal) => void (dial.received as RtcSignal[]).push(signal),
            abort: () => void (dial.aborted = true),
          };
        },
      },
      post: (turn) => turn(),
      failed: (error) => this.errors.push(error),
    });
  }

  dial() {
    const configuration: RTCConfiguration = { iceTransportPolicy: "relay" };
    return this.supply.dialRtc({ role: "answerer", label: "", configuration }, SINK);
  }

  get used(): unknown[] {
    return this.dials.map(({ servers }) => servers);
  }
}

/** What promises bring has come: none of them waits for anything. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

Deno.test("IceSupply dials at once with the program's servers, whatever the server offers", () => {
  const rig = new Rig("program");
  rig.supply.offered(encodeIce({ servers: TURN, lifetimeS: 60 }));
  rig.dial().receive(OFFER);
  expect(rig.dials).toEqual([
    { servers: DEFAULT, policy: "relay", received: [OFFER], aborted: false },
  ]);
});

Deno.test("IceSupply uses what the signaling server offers, and the default before", () => {
  const rig = new Rig("signaling");
  rig.dial();
  rig.supply.offered(encodeIce({ servers: TURN, lifetimeS: 60 }));
  rig.dial();
  expect(rig.used).toEqual([DEFAULT, TURN]);
  expect(rig.supply.deadline).toBeUndefined();
});

Deno.test("IceSupply tells of an offer that is none, and goes on with what it had", () => {
  const rig = new Rig("signaling");
  const bad = [{ servers: [{ urls: ["http://a"] }], lifetimeS: 1 }, {
    servers: [{ urls: ["turn:a"] }],
    lifetimeS: 1,
  }];
  for (const offer of bad) rig.supply.offered(encodeIce(offer));
  rig.supply.offered(Uint8Array.of(0x0a, 0x05, 0x01));
  rig.dial();
  expect(rig.used).toEqual([DEFAULT]);
  expect(rig.errors.map(({ code }) => code)).toEqual(Array(3).fill("ICE_SERVERS"));
  expect(rig.errors[0]?.message).toBe(
    'Cannot get ICE servers from the signaling server: Cannot use "http://a" as iceServers: ' +
      "stun:, stuns:, turn: or turns: URLs expected",
  );
});

Deno.test("IceSupply asks the program's function once for all that wait, and keeps their signals", async () => {
  let calls = 0;
  const rig = new Rig(() => {
    calls++;
    return Promise.resolve(TURN);
  });
  rig.supply.prepare();
  const [one, other, aborted] = [rig.dial(), rig.dial(), rig.dial()];
  one.receive(OFFER);
  aborted.abort();
  expect(rig.dials).toEqual([]);
  await settle();
  expect(calls).toBe(1);
  expect(rig.used).toEqual([TURN, TURN]);
  expect(rig.dials.map(({ received }) => received)).toEqual([[OFFER], []]);
  other.abort();
  expect(rig.dials.map(({ aborted }) => aborted)).toEqual([false, true]);
  rig.now = ICE_FRESH_MS - 1;
  rig.dial();
  expect([calls, rig.dials.length]).toEqual([1, 3]);
  rig.now = ICE_FRESH_MS;
  rig.dial();
  await settle();
  expect([calls, rig.dials.length]).toEqual([2, 4]);
});

const FAILING: readonly (readonly [name: string, ask: () => unknown, message: string])[] = [
  ["throws", () => {
    throw new Error("no");
  }, "no"],
  ["rejects", () => Promise.reject(new Error("never")), "never"],
  ["gives no list", () => ({}), "Cannot use [object Object] as iceServers: an array expected"],
  [
    "gives nothing",
    () => Promise.resolve(),
    "Cannot use undefined as iceServers: an array expected",
  ],
];

for (const [name, ask, message] of FAILING) {
  Deno.test(`IceSupply tells when the function ${name}, and dials with what it has`, async () => {
    const rig = new Rig(ask);
    rig.dial();
    await settle();
    expect(rig.used).toEqual([DEFAULT]);
    expect(rig.errors.map((error) => error.message)).toEqual([
      `Cannot get ICE servers from the program: ${message}`,
    ]);
    expect(rig.errors[0]?.cause).toBeInstanceOf(Error);
  });
}

Deno.test("IceSupply does not wait for ever for the program's function", () => {
  const rig = new Rig(() => new Promise(() => {}));
  rig.dial();
  expect(rig.supply.deadline).toBe(ICE_WAIT_MS);
  rig.now = ICE_WAIT_MS;
  rig.supply.tick(rig.now);
  expect(rig.used).toEqual([DEFAULT]);
  expect(rig.errors).toHaveLength(1);
  expect(rig.supply.deadline).toBeUndefined();
});

const MISFITS: readonly (readonly [value: unknown, message: RegExp])[] = [
  ["stun:a", /"stun:a" as iceServers: an array expected/],
  [[undefined], /undefined as iceServers: servers with urls expected/],
  [[{ urls: [] }], /as iceServers: servers with urls expected/],
  [[{ urls: "stun:" }], /"stun:" as iceServers: stun:, stuns:/],
  [[{ urls: ["stun:a", 7] }], /7 as iceServers: stun:, stuns:/],
  [[{ urls: "turn:a", username: "u" }], /"turn:a" as iceServers: a username and a credential/],
];

for (const [value, message] of MISFITS) {
  Deno.test(`checkIceServers() refuses ${Deno.inspect(value)}`, () => {
    expect(() => checkIceServers(value)).toThrow(message);
  });
}

Deno.test("checkIceServers() takes what WebRTC takes", () => {
  const servers = [{ urls: "STUN:a" }, { urls: ["stuns:a:5349", "stun:[::1]"] }, ...TURN];
  expect(checkIceServers(servers)).toBe(servers);
  expect(checkIceServers([])).toEqual([]);
});
