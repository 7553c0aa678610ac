import { expect } from "expect";
import { asPairingId, type PairingId } from "../../src/base/ids.ts";
import {
  CHECK_TIMEOUT_MS,
  PROTOCOL_VERSION,
  RECONNECT_TO_CHECK_MS,
  SIGNALING_FAILBACK_JITTER_MS,
  SIGNALING_FAILBACK_MS,
  SIGNALING_HEARTBEAT_MS,
  SIGNALING_KEEPALIVE_S,
  SIGNALING_MISSED_MAX,
  SIGNALING_TIMEOUT_MS,
} from "../../src/base/limits.ts";
import type { SignalingContent, SignalingMessage } from "../../src/wire/signaling.ts";
import { type Input, Rig } from "./rig.ts";

const signal: SignalingContent = {
  type: "content",
  sender: undefined,
  recipient: undefined,
  last: false,
  data: new Uint8Array([1]),
};
const connectTo = (servers: number): Input => (rig) => rig.connect(servers);
const connect = connectTo(1);
const openedAt = (server: number): Input => (rig) => rig.opened(server);
const opened = openedAt(0);
const failedAt = (server: number): Input => (rig) => rig.failed(server);
const failed = failedAt(0);
const checkWith = (...members: number[]): Input => (rig) => rig.check(members);
const check = checkWith(2);
const close: Input = (rig) => rig.client.close();
const lost: Input = (rig) => rig.lost();
const send: Input = (rig) => rig.client.send("member", new Uint8Array([1]), false);
const garbage: Input = (rig) => rig.receive(new Uint8Array([255]));
const nothing: Input = (rig) => rig.receive(new Uint8Array(0));
const received = (message: SignalingMessage): Input => (rig) => rig.receiveMessage(message);
const answer = (connected: boolean) => received({ type: "connected", connected });
const beat = received({ type: "heartbeat" });
const iceBeat = received({ type: "heartbeat", ice: new Uint8Array([1]) });
const peersOnly = received({ type: "connect", id: 1, members: [], version: undefined });
const tick = (now: number): Input => (rig) => rig.tick(now);

const run = (...inputs: readonly Input[]) => new Rig().run(inputs);

const OPEN = [connect, opened];
const CHECKED = [...OPEN, check, answer(true)];

type Row = readonly [name: string, inputs: readonly Input[], outputs: readonly string[]];

const LEGAL: readonly Row[] = [
  ["CLOSED ▸ connect ▸ CONNECTING", [connect], ["CONNECTING", "dial 0"]],
  ["CONNECTING ▸ opened ▸ OPEN", OPEN, ["OPEN"]],
  ["CONNECTING ▸ failed ▸ CLOSED", [connect, failed], ["UNREACHABLE of 0", "CLOSED"]],
  ["CONNECTING ▸ too long ▸ CLOSED", [connect, tick(SIGNALING_TIMEOUT_MS)], [
    "abort 0",
    "TIMEOUT of 0",
    "CLOSED",
  ]],
  ["OPEN ▸ check ▸ CHECKING", [...OPEN, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ yes ▸ CHECKED", CHECKED, ["CHECKED"]],
  ["CHECKING ▸ no ▸ CHECKED", [...OPEN, check, answer(false)], ["CHECKED"]],
  ["CHECKED ▸ check ▸ CHECKING", [...CHECKED, check], ["CHECKING", "send connect"]],
  ["CHECKING ▸ no answer ▸ CLOSED", [...OPEN, check, tick(CHECK_TIMEOUT_MS)], [
    "send heartbeat",
    "close",
    "NOT_SIGVER of 0",
    "CLOSED",
  ]],
  ["CHECKED ▸ lost ▸ CLOSED", [...CHECKED, lost], ["close", "CLOSED of 0", "CLOSED"]],
  ["CHECKED ▸ close ▸ CLOSED", [...CHECKED, close], ["close", "CLOSED"]],
  ["CONNECTING ▸ close ▸ CLOSED", [connect, close], ["abort 0", "CLOSED"]],
  ["CHECKED ▸ garbage ▸ CLOSED", [...CHECKED, garbage], ["close", "NOT_SIGVER of 0", "CLOSED"]],
  ["CHECKED ▸ an empty frame", [...CHECKED, nothing], []],
  ["OPEN ▸ a signal of ours", [...OPEN, send], ["send content"]],
  ["OPEN ▸ a signal for us", [...OPEN, received(signal)], ["signal"]],
  ["OPEN ▸ ICE servers for us", [...OPEN, iceBeat], ["ice servers"]],
  ["CHECKING ▸ ICE servers for us", [...OPEN, check, iceBeat], ["ice servers"]],
  ["OPEN ▸ heartbeat due", [...OPEN, tick(SIGNALING_HEARTBEAT_MS)], ["send heartbeat"]],
  ["OPEN ▸ connect, which only peers send ▸ CLOSED", [...OPEN, peersOnly], [
    "close",
    "NOT_SIGVER of 0",
    "CLOSED",
  ]],
];

/** The client uses the second of three servers. */
const SECOND = [connectTo(3), failed, openedAt(1), check, answer(true)];
/** It uses the third server, and retries the two before it. */
const THIRD = [connectTo(3), failed, failedAt(1), openedAt(2), check, answer(true)];
const RETURNING = [...THIRD, tick(SIGNALING_FAILBACK_MS)];

const SEVERAL: readonly Row[] = [
  ["CONNECTING ▸ failed ▸ CONNECTING to the next", [connectTo(3), failed], [
    "UNREACHABLE of 0",
    "dial 1",
  ]],
  ["CONNECTING ▸ too long ▸ CONNECTING to the next", [connectTo(3), tick(SIGNALING_TIMEOUT_MS)], [
    "abort 0",
    "TIMEOUT of 0",
    "dial 1",
  ]],
  ["the next has a time limit of its own", [
    connectTo(3),
    tick(SIGNALING_TIMEOUT_MS),
    tick(2 * SIGNALING_TIMEOUT_MS - 1),
    tick(2 * SIGNALING_TIMEOUT_MS),
  ], ["abort 1", "TIMEOUT of 1", "dial 2"]],
  ["CONNECTING to the last ▸ failed ▸ CLOSED", [
    connectTo(3),
    failed,
    failedAt(1),
    failedAt(2),
  ], ["UNREACHABLE of 2", "CLOSED"]],
  ["CLOSED ▸ connect ▸ from the first on", [connectTo(2), failed, failedAt(1), connectTo(2)], [
    "CONNECTING",
    "dial 0",
  ]],
  ["OPEN, nothing answered ▸ lost ▸ CONNECTING to the next", [connectTo(2), opened, lost], [
    "close",
    "CLOSED of 0",
    "CONNECTING",
    "dial 1",
  ]],
  ["CHECKING, nothing answered ▸ garbage ▸ CONNECTING to the next", [
    connectTo(2),
    opened,
    check,
    garbage,
  ], ["close", "NOT_SIGVER of 0", "CONNECTING", "dial 1"]],
  ["CHECKING ▸ no answer ▸ CONNECTING to the next", [
    connectTo(2),
    opened,
    check,
    tick(CHECK_TIMEOUT_MS),
  ], ["send heartbeat", "close", "NOT_SIGVER of 0", "CONNECTING", "dial 1"]],
  ["CHECKING again, after an answer ▸ lost ▸ CLOSED", [
    connectTo(2),
    opened,
    check,
    answer(true),
    check,
    lost,
  ], ["close", "CLOSED of 0", "CLOSED"]],
  ["the second ▸ lost ▸ CLOSED", [...SECOND, lost], ["close", "CLOSED of 1", "CLOSED"]],
  ["CONNECTING to the next ▸ close ▸ CLOSED", [connectTo(3), failed, close], ["abort 1", "CLOSED"]],
  ["the second ▸ a minute later ▸ the first is tried besides", [
    ...SECOND,
    tick(SIGNALING_FAILBACK_MS),
  ], ["send heartbeat", "dial 0"]],
  ["the first failed ▸ not those behind the one in use", [
    ...SECOND,
    tick(SIGNALING_FAILBACK_MS),
    failed,
  ], []],
  ["the third ▸ a minute later ▸ the first failed ▸ the second is tried", [...RETURNING, failed], [
    "dial 1",
  ]],
  ["the third ▸ a minute later ▸ the first takes too long ▸ the second is tried", [
    ...RETURNING,
    beat,
    tick(SIGNALING_FAILBACK_MS + SIGNALING_TIMEOUT_MS),
  ], ["send heartbeat", "abort 0", "dial 1"]],
  ["CHECKED ▸ one before it opened ▸ OPEN", [...RETURNING, opened], ["close", "OPEN"]],
  ["CHECKED ▸ the second before it opened ▸ OPEN", [...RETURNING, failed, openedAt(1)], [
    "close",
    "OPEN",
  ]],
  ["CHECKING ▸ one before it opened ▸ OPEN", [...RETURNING, check, opened], ["close", "OPEN"]],
  ["OPEN ▸ one before it opened ▸ OPEN, not told again", [
    connectTo(2),
    failed,
    openedAt(1),
    tick(SIGNALING_FAILBACK_MS),
    opened,
  ], ["close"]],
  ["returned ▸ check ▸ CHECKING", [...RETURNING, opened, check], ["CHECKING", "send connect"]],
  ["returned ▸ lost before it answered ▸ CONNECTING to the next", [...RETURNING, opened, lost], [
    "close",
    "CLOSED of 0",
    "CONNECTING",
    "dial 1",
  ]],
  ["trying to return ▸ lost ▸ CLOSED", [...RETURNING, lost], [
    "abort 0",
    "close",
    "CLOSED of 2",
    "CLOSED",
  ]],
  ["trying to return ▸ close ▸ CLOSED", [...RETURNING, close], ["abort 0", "close", "CLOSED"]],
  ["trying to return ▸ a signal for us", [...RETURNING, received(signal)], ["signal"]],
];

/** Later checks need a new connection once this one is old. */
const ASKED_ANEW = [
  connect,
  opened,
  check,
  received({ type: "connected", connected: true, anew: true }),
];
const PAIRED_ANEW = [
  connect,
  opened,
  check,
  received({ type: "connected", connected: false, anew: true }),
];
const later = (input: Input): Input => (rig) => {
  rig.now = RECONNECT_TO_CHECK_MS + 1;
  input(rig);
};
const DIALED_ANEW = [...ASKED_ANEW, later(check)];

const PAIRING = asPairingId(7);
const heardFrom = (sender: PairingId, last = false) => received({ ...signal, sender, last });

const ANEW: readonly Row[] = [
  ["CHECKED, young ▸ check ▸ CHECKING", [...ASKED_ANEW, check], ["CHECKING", "send connect"]],
  ["CHECKED, old ▸ check ▸ dialed besides", [...ASKED_ANEW, later(check)], ["dial 0"]],
  ["dialed besides ▸ opened ▸ OPEN", [...DIALED_ANEW, later(opened)], ["close", "OPEN"]],
  ["dialed besides ▸ failed ▸ OPEN, as it was", [...DIALED_ANEW, later(failed)], ["OPEN"]],
  ["dialed besides ▸ failed ▸ check ▸ CHECKING", [...DIALED_ANEW, later(failed), later(check)], [
    "CHECKING",
    "send connect",
  ]],
  ["dialed besides ▸ failed ▸ answered ▸ check ▸ dialed besides", [
    ...DIALED_ANEW,
    later(failed),
    later(check),
    later(received({ type: "connected", connected: true, anew: true })),
    later(check),
  ], ["dial 0"]],
  ["dialed besides ▸ it takes too long ▸ OPEN, as it was", [
    ...DIALED_ANEW,
    later(beat),
    tick(RECONNECT_TO_CHECK_MS + 1 + SIGNALING_TIMEOUT_MS),
  ], ["send heartbeat", "abort 0", "OPEN"]],
  ["dialed besides ▸ a newcomer writes ▸ opened ▸ OPEN, as it was", [
    ...DIALED_ANEW,
    later(heardFrom(PAIRING)),
    later(opened),
  ], ["close the new one", "OPEN"]],
  ["dialed besides ▸ check ▸ CHECKING", [...DIALED_ANEW, later(check)], [
    "CHECKING",
    "send connect",
  ]],
  ["dialed besides ▸ check ▸ failed", [...DIALED_ANEW, later(check), later(failed)], []],
  ["dialed besides ▸ lost ▸ CLOSED", [...DIALED_ANEW, later(lost)], [
    "abort 0",
    "close",
    "CLOSED of 0",
    "CLOSED",
  ]],
  ["the second, dialed besides ▸ a minute later ▸ nothing more is dialed", [
    connectTo(2),
    failed,
    openedAt(1),
    check,
    received({ type: "connected", connected: true, anew: true }),
    (rig) => {
      rig.now = SIGNALING_FAILBACK_MS - 1;
      check(rig);
    },
    tick(SIGNALING_FAILBACK_MS),
  ], ["send heartbeat"]],
  ["CHECKED, old, not told so ▸ check ▸ CHECKING", [
    connect,
    opened,
    check,
    answer(true),
    later(check),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a newcomer told so with a pairing ▸ check ▸ CHECKING", [
    ...PAIRED_ANEW,
    later(checkWith()),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a newcomer that three pairings did not help ▸ check ▸ dialed besides", [
    ...PAIRED_ANEW,
    later(checkWith()),
    later(received({ type: "connected", connected: false, anew: true })),
    later(checkWith()),
    later(received({ type: "connected", connected: false, anew: true })),
    later(checkWith()),
  ], ["dial 0"]],
  ["CHECKED, old, a member told so with a pairing ▸ check ▸ dialed besides", [
    ...PAIRED_ANEW,
    later(check),
  ], ["dial 0"]],
  ["CHECKED, old, a newcomer wrote just now ▸ check ▸ CHECKING", [
    ...ASKED_ANEW,
    later(heardFrom(PAIRING)),
    later(check),
  ], ["CHECKING", "send connect"]],
  ["CHECKED, old, a newcomer wrote for the last time ▸ check ▸ dialed besides", [
    ...ASKED_ANEW,
    later(heardFrom(PAIRING)),
    later(heardFrom(PAIRING, true)),
    later(check),
  ], ["dial 0"]],
  ["CHECKED, old, the member that we are paired with wrote ▸ check ▸ dialed besides", [
    ...ASKED_ANEW,
    later(received({ ...signal, recipient: PAIRING })),
    later(check),
  ], ["dial 0"]],
  ["told so once, then no more ▸ check ▸ CHECKING", [
    ...ASKED_ANEW,
    check,
    answer(true),
    later(check),
  ], ["CHECKING", "send connect"]],
];

const ILLEGAL: readonly Row[] = [
  ["CLOSED ▸ opened", [opened], []],
  ["CLOSED ▸ failed", [failed], []],
  ["CLOSED ▸ check", [check], []],
  ["CLOSED ▸ signal", [send], []],
  ["CLOSED ▸ heard", [beat], []],
  ["CLOSED ▸ ICE servers", [iceBeat], []],
  ["CLOSED ▸ lost", [lost], []],
  ["CLOSED ▸ close", [close], []],
  ["CLOSED ▸ garbage", [garbage], []],
  ["CLOSED ▸ tick", [tick(1e9)], []],
  ["CONNECTING ▸ connect", [connect, connect], []],
  ["CONNECTING ▸ check", [connect, check], []],
  ["CONNECTING ▸ signal", [connect, send], []],
  ["CONNECTING ▸ answer", [connect, answer(true)], []],
  ["CONNECTING ▸ lost, which is told of what opened", [connect, lost], []],
  ["CONNECTING to the second ▸ the first opened", [connectTo(2), failed, opened], []],
  ["CONNECTING to the second ▸ the first failed", [connectTo(2), failed, failed], []],
  ["OPEN ▸ opened", [...OPEN, opened], []],
  ["OPEN ▸ failed", [...OPEN, failed], []],
  ["OPEN ▸ an answer that nobody asked for", [...OPEN, answer(true)], []],
  ["CHECKING ▸ check", [...OPEN, check, check], []],
  ["CHECKED ▸ a second answer", [...CHECKED, answer(false)], []],
  ["CHECKED ▸ connect", [...CHECKED, connect], []],
  ["CHECKED ▸ heartbeat of the server", [...CHECKED, beat], []],
  ["CHECKED ▸ close ▸ close", [...CHECKED, close, close], []],
  ["CHECKED ▸ a server opened that was not tried", [...SECOND, opened], []],
  ["CHECKED ▸ a server failed that was not tried", [...SECOND, failed], []],
  ["trying the first ▸ the second opened", [...RETURNING, openedAt(1)], []],
  ["trying the second ▸ the first opened too late", [...RETURNING, failed, opened], []],
];

const TABLES = { legal: LEGAL, several: SEVERAL, "one of many": ANEW, illegal: ILLEGAL };

for (const [title, rows] of Object.entries(TABLES)) {
  for (const [name, inputs, outputs] of rows) {
    Deno.test(`SignalingClient ${title}: ${name}`, () => {
      expect(run(...inputs).outputs).toEqual(outputs);
    });
  }
}

Deno.test("SignalingClient sends a check with the protocol version, and reports the answer", () => {
  const asked = { type: "connect", id: 1, members: [2], version: PROTOCOL_VERSION };
  expect(run(...OPEN, check).sent).toEqual([{ ...asked, calmS: SIGNALING_KEEPALIVE_S }]);
  for (const connected of [true, false]) {
    const { answers, phase } = run(...OPEN, check, answer(connected));
    expect({ phase, connected: answers.at(-1) }).toEqual({ phase: "CHECKED", connected });
  }
});

Deno.test("SignalingClient sends heartbeats while it waits for the answer to a check", () => {
  const { outputs, phase } = run(...OPEN, check, tick(SIGNALING_HEARTBEAT_MS));
  expect({ outputs, phase }).toEqual({ outputs: ["send heartbeat"], phase: "CHECKING" });
});

Deno.test(`SignalingClient closes after ${SIGNALING_MISSED_MAX} unanswered heartbeats`, () => {
  const inputs: Input[] = [...CHECKED];
  for (let beats = 1; beats <= SIGNALING_MISSED_MAX; beats++) {
    inputs.push(tick(beats * SIGNALING_HEARTBEAT_MS));
    expect(run(...inputs).outputs).toEqual(["send heartbeat"]);
  }
  const last = tick((SIGNALING_MISSED_MAX + 1) * SIGNALING_HEARTBEAT_MS);
  expect(run(...inputs, last).outputs).toEqual(["close", "TIMEOUT of 0", "CLOSED"]);
  expect(run(...inputs, beat, last).outputs).toEqual(["send heartbeat"]);
});

const keepalive = (calmS: number) => received({ type: "connected", connected: true, calmS });

Deno.test("SignalingClient with a keepalive answers heartbeats, and sends none on its own", () => {
  const { outputs, sent } = run(...OPEN, check, keepalive(25), beat);
  expect(outputs).toEqual(["send heartbeat"]);
  expect(sent.map(({ type }) => type)).toEqual(["connect", "heartbeat"]);
  for (const now of [SIGNALING_HEARTBEAT_MS, 24_999]) {
    expect(run(...OPEN, check, keepalive(25), tick(now)).outputs).toEqual([]);
  }
  expect(run(...OPEN, beat).outputs).toEqual([]);
});

Deno.test("SignalingClient with a keepalive closes when the server is silent for too long", () => {
  const quiet = [25_000, 50_000, 75_000].map((now) => tick(now));
  const inputs = [...OPEN, check, keepalive(25), ...quiet];
  expect(run(...inputs).outputs).toEqual([]);
  expect(run(...inputs, tick(100_000)).outputs).toEqual(["close", "TIMEOUT of 0", "CLOSED"]);
  expect(run(...inputs, beat, tick(100_000)).outputs).toEqual([]);
});

for (const [said, seconds] of [[0, 5], [1, 5], [10, 10], [25, 25], [4_294_967_295, 25]] as const) {
  Deno.test(`SignalingClient with a keepalive of ${said} s checks every ${seconds} s`, () => {
    expect(run(...OPEN, check, keepalive(said)).client.deadline).toBe(1000 * seconds);
  });
}

Deno.test("SignalingClient has a deadline in every phase except CLOSED", () => {
  for (const inputs of [[connect], OPEN, [...OPEN, check], CHECKED, SECOND, THIRD, RETURNING]) {
    expect(run(...inputs).client.deadline).toBeDefined();
    expect(run(...inputs, close).client.deadline).toBeUndefined();
  }
  for (const inputs of [CHECKED, SECOND, THIRD, RETURNING]) {
    expect(run(...inputs, lost).client.deadline).toBeUndefined();
  }
});

Deno.test("SignalingClient dials preferred servers about once a minute", () => {
  for (const [chance, jitter] of [[0, -1], [0.5, 0], [1, 1]] as const) {
    const due = SIGNALING_FAILBACK_MS + jitter * SIGNALING_FAILBACK_JITTER_MS;
    const rig = new Rig();
    rig.chance = chance;
    rig.run([connectTo(2), failed, openedAt(1), check, keepalive(25)]);
    // Frames of the server keep the connection alive.
    rig.run([tick(20_000), beat, tick(40_000), beat, tick(due - 1)]);
    expect(rig.outputs).not.toContain("dial 0");
    rig.run([tick(due + 1)]);
    expect(rig.outputs).toContain("dial 0");
    rig.run([failed, beat, tick(due + 25_000), beat, tick(2 * due)]);
    expect(rig.outputs).not.toContain("dial 0");
    rig.run([beat, tick(2 * due + 2)]);
    expect(rig.outputs).toContain("dial 0");
  }
});
