import { expect } from "expect";
import type { ConnectionError } from "../../src/base/errors.ts";
import { ICE_RETRY_MS, ICE_TIMEOUT_MS, ICE_TTL_MS } from "../../src/base/limits.ts";
import { IceServerProvider } from "../../src/ice/ice_server_provider.ts";
import { checkIceServers, type IceSource } from "../../src/ice/ice_source.ts";
import type { RtcSink } from "../../src/transport/transport.ts";
import { encodeIce } from "../../src/wire/ice.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";

const DEFAULT = [{ urls: "stun:default" }];
const TURN = [{ urls: ["turn:a"], username: "u", credential: "c" }];
const OFFER: RtcSignal = { type: "offer", sdp: "sdp" };
const SINK: RtcSink = { opened() {}, failed() {}, signalGenerated() {} };

interface PlayedDial {
  readonly servers: unknown;
  readonly policy: unknown;
  readonly received: RtcSignal[];
  aborted: boolean;
}

class Rig {
  now = 0;
  /** Since the last input. */
  outputs: string[] = [];
  readonly dials: PlayedDial[] = [];
  readonly errors: ConnectionError[] = [];
  /** The calls of the program's function that have not returned. */
  readonly calls: { return(servers: unknown): void; throw(error: Error): void }[] = [];
  readonly provider: IceServerProvider;

  /** @param from By default, a function whose calls the test answers. */
  constructor(from: IceSource["from"] = () => this.#call()) {
    this.provider = new IceServerProvider({ from, servers: DEFAULT }, {
      clock: { now: () => this.now, at: () => () => {} },
      transport: {
        dialRtc: ({ configuration: { iceServers: servers, iceTransportPolicy: policy } }) => {
          const dial: PlayedDial = { servers, policy, received: [], aborted: false };
          this.dials.push(dial);
          this.outputs.push("dial");
          return {
            receive: (signal) => void dial.received.push(signal),
            cancel: () => void (dial.aborted = true),
          };
        },
      },
      post: (turn) => turn(),
    }, {
      failed: (error) => {
        this.errors.push(error);
        this.outputs.push(/: (.*)/.exec(error.message)?.[1] ?? "");
      },
    });
  }

  dial() {
    const configuration: RTCConfiguration = { iceTransportPolicy: "relay" };
    return this.provider.dialRtc({ role: "answerer", label: "", configuration }, SINK);
  }

  get used(): unknown[] {
    return this.dials.map(({ servers }) => servers);
  }

  /** The servers of dials now, or once dials no longer wait. */
  get servers(): unknown {
    this.dial();
    this.provider.tick(Infinity);
    return this.used.at(-1);
  }

  #call(): Promise<unknown> {
    this.outputs.push("call");
    const { promise, reject, resolve } = Promise.withResolvers<unknown>();
    this.calls.push({ return: resolve, throw: reject });
    return promise;
  }
}

/** None of the promises waits for I/O, so a task settles all. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

type Input = (rig: Rig) => void;

const at = (now: number, input: Input): Input => (rig) => {
  rig.now = now;
  input(rig);
};
const dial = (now: number) => at(now, (rig) => void rig.dial());
const returned = (now: number) => at(now, ({ calls }) => calls.shift()?.return(TURN));
const thrown = (now: number) => at(now, ({ calls }) => calls.shift()?.throw(new Error("why")));
const tick = (now: number) => at(now, ({ provider }) => provider.tick(now));
const offered = at(0, ({ provider }) => {
  provider.serversReceived(encodeIce({ servers: TURN, lifetimeS: 60 }));
});
const LATE = `the callback did not settle within ${ICE_TIMEOUT_MS / 1000} s`;

type Row = readonly [
  name: string,
  from: "program" | "signaling" | "function",
  inputs: readonly Input[],
  outputs: readonly string[],
  servers: unknown,
];

// deno-fmt-ignore -- a table
const ROWS: readonly Row[] = [
  ["known for good ▸ dial", "program", [dial(1e12)], ["dial"], DEFAULT],
  ["stale ▸ dial", "function", [dial(0)], ["call"], DEFAULT],
  ["calling ▸ dial", "function", [dial(0), dial(1)], [], DEFAULT],
  ["calling ▸ returned", "function", [dial(0), dial(0), returned(1)], ["dial", "dial"], TURN],
  ["returned ▸ dial", "function", [dial(0), returned(1), dial(ICE_TTL_MS)], ["dial"], TURN],
  ["returned long ago ▸ dial", "function", [dial(0), returned(1), dial(ICE_TTL_MS + 1)],
    ["call"], TURN],
  ["calling ▸ thrown", "function", [dial(0), thrown(1)], ["why", "dial"], DEFAULT],
  ["thrown ▸ dial", "function", [dial(0), thrown(1), dial(ICE_RETRY_MS)], ["dial"], DEFAULT],
  ["thrown ▸ dial later", "function", [dial(0), thrown(1), dial(ICE_RETRY_MS + 1)], ["call"],
    DEFAULT],
  ["calling ▸ not yet", "function", [dial(0), tick(ICE_TIMEOUT_MS - 1)], [], DEFAULT],
  ["calling ▸ too late", "function", [dial(0), tick(ICE_TIMEOUT_MS)], [LATE, "dial"], DEFAULT],
  ["too late ▸ returned all the same", "function",
    [dial(0), tick(ICE_TIMEOUT_MS), returned(ICE_TIMEOUT_MS + 1)], [], TURN],
  ["too late ▸ dial ▸ returned all the same", "function",
    [dial(0), tick(ICE_TIMEOUT_MS), dial(ICE_TIMEOUT_MS + ICE_RETRY_MS), returned(1e6)], ["dial"], TURN],
  ["too late ▸ thrown, which was reported", "function",
    [dial(0), tick(ICE_TIMEOUT_MS), thrown(ICE_TIMEOUT_MS + 1)], [], DEFAULT],
  ["known ▸ tick", "program", [tick(1e12)], [], DEFAULT],
  ["known ▸ offered", "signaling", [offered], [], TURN],
  ["offered ▸ dial", "signaling", [offered, dial(1e12)], ["dial"], TURN],
];

for (const [name, from, inputs, outputs, servers] of ROWS) {
  Deno.test(`IceServerProvider: ${name}`, async () => {
    const rig = new Rig(from === "function" ? undefined : from);
    for (const input of inputs) {
      rig.outputs = [];
      input(rig);
      await settle();
    }
    expect(rig.outputs).toEqual(outputs);
    expect(rig.servers).toEqual(servers);
  });
}

Deno.test("IceServerProvider uses the program's servers, and ignores those of the signaling server", () => {
  const rig = new Rig("program");
  rig.provider.serversReceived(encodeIce({ servers: TURN, lifetimeS: 60 }));
  rig.dial().receive(OFFER);
  expect(rig.dials).toEqual([
    { servers: DEFAULT, policy: "relay", received: [OFFER], aborted: false },
  ]);
});

Deno.test("IceServerProvider uses the servers of the signaling server, and before that the default", () => {
  const rig = new Rig("signaling");
  rig.dial();
  rig.provider.serversReceived(encodeIce({ servers: TURN, lifetimeS: 60 }));
  rig.dial();
  expect(rig.used).toEqual([DEFAULT, TURN]);
  expect(rig.provider.deadline).toBeUndefined();
});

Deno.test("IceServerProvider reports malformed servers, and keeps its own", () => {
  const rig = new Rig("signaling");
  const bad = [{ servers: [{ urls: ["http://a"] }], lifetimeS: 1 }, {
    servers: [{ urls: ["turn:a"] }],
    lifetimeS: 1,
  }];
  for (const offer of bad) rig.provider.serversReceived(encodeIce(offer));
  rig.provider.serversReceived(Uint8Array.of(0x0a, 0x05, 0x01));
  rig.dial();
  expect(rig.used).toEqual([DEFAULT]);
  expect(rig.errors.map(({ code }) => code)).toEqual(Array(3).fill("ICE_SERVERS"));
  expect(rig.errors[0]?.message).toBe(
    'Cannot get ICE servers from the signaling server: Cannot use "http://a" as iceServers: ' +
      "stun:, stuns:, turn: or turns: URLs expected",
  );
});

Deno.test("IceServerProvider calls the callback once for all waiting dials, and buffers their signals", async () => {
  let calls = 0;
  const rig = new Rig(() => {
    calls++;
    return Promise.resolve(TURN);
  });
  rig.provider.prepare();
  const [one, other, aborted] = [rig.dial(), rig.dial(), rig.dial()];
  one.receive(OFFER);
  aborted.cancel();
  expect(rig.dials).toEqual([]);
  await settle();
  expect(calls).toBe(1);
  expect(rig.used).toEqual([TURN, TURN]);
  expect(rig.dials.map(({ received }) => received)).toEqual([[OFFER], []]);
  other.cancel();
  expect(rig.dials.map(({ aborted }) => aborted)).toEqual([false, true]);
  rig.now = ICE_TTL_MS - 1;
  rig.dial();
  expect([calls, rig.dials.length]).toEqual([1, 3]);
  rig.now = ICE_TTL_MS;
  rig.dial();
  await settle();
  expect([calls, rig.dials.length]).toEqual([2, 4]);
});

const FAILING: readonly (readonly [name: string, ask: () => unknown, message: string])[] = [
  ["throws", () => {
    throw new Error("no");
  }, "no"],
  ["rejects", () => Promise.reject(new Error("never")), "never"],
  [
    "gives no list",
    () => ({}),
    "Cannot use a value of type Object as iceServers: an array expected",
  ],
  [
    "gives nothing",
    () => Promise.resolve(),
    "Cannot use undefined as iceServers: an array expected",
  ],
];

for (const [name, ask, message] of FAILING) {
  Deno.test(`IceServerProvider reports a callback that ${name}, and dials anyway`, async () => {
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

Deno.test("IceServerProvider dials without the callback after its time limit", () => {
  const rig = new Rig(() => new Promise(() => {}));
  rig.dial();
  expect(rig.provider.deadline).toBe(ICE_TIMEOUT_MS);
  rig.now = ICE_TIMEOUT_MS;
  rig.provider.tick(rig.now);
  expect(rig.used).toEqual([DEFAULT]);
  expect(rig.errors).toHaveLength(1);
  expect(rig.provider.deadline).toBeUndefined();
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
  Deno.test(`checkIceServers() rejects ${Deno.inspect(value)}`, () => {
    expect(() => checkIceServers(value)).toThrow(message);
  });
}

Deno.test("checkIceServers() accepts the same values as WebRTC", () => {
  const servers = [{ urls: "STUN:a" }, { urls: ["stuns:a:5349", "stun:[::1]"] }, ...TURN];
  expect(checkIceServers(servers)).toBe(servers);
  expect(checkIceServers([])).toEqual([]);
});

Deno.test("IceServerProvider ignores the late failure of an earlier call", async () => {
  const rig = new Rig();
  rig.dial();
  rig.provider.tick(rig.now += ICE_TIMEOUT_MS);
  rig.now += ICE_RETRY_MS;
  rig.dials.length = rig.errors.length = 0;
  rig.dial();
  const [earlier, current] = rig.calls;
  earlier!.throw(new Error("too late"));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  current!.return(TURN);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect([rig.dials.map(({ servers }) => servers), rig.errors]).toEqual([[TURN], []]);
});
