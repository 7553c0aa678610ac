import { expect } from "expect";
import { RTCPeerConnection as Polyfill } from "node-datachannel/polyfill";
import { LOOKUP_TIMEOUT_MS } from "../../src/transport/host_addresses.ts";
import {
  nodeDatachannelTransport,
  webrtcUnavailable,
} from "../../src/transport/node_datachannel.ts";
import { dialNodeDatachannel } from "../../src/transport/node_datachannel_dial.ts";
import { dialRtc } from "../../src/transport/rtc_dial.ts";
import type { RtcDial } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { RecordingSink } from "../support/recording_sink.ts";
import { FakeHosts } from "../support/fake_hosts.ts";
import { type DialWith, makeRtcPair } from "../support/rtc_pair.ts";
import { SEED } from "../support/seed.ts";

// Its types repeat the standard's by hand and miss some that no test uses.
const PeerConnection = Polyfill as unknown as typeof RTCPeerConnection;

const CANDIDATE: RtcSignal = {
  type: "candidate",
  candidate: "candidate:1 1 UDP 2114977791 192.0.2.1 9 typ host",
  sdpMid: "0",
  sdpMLineIndex: 0,
};

Deno.test("dialRtc() fails when the offer is malformed", async () => {
  const attempt = dial("answerer");
  attempt.dial.receive(CANDIDATE);
  attempt.dial.receive({ type: "offer", sdp: "v=0\r\ngarbage" });
  expect(await attempt.outcome).toMatch(/^Cannot open a data channel: /);
  attempt.dial.receive({ type: "offer", sdp: "again" });
  attempt.dial.cancel();
});

Deno.test("dialRtc() fails when the answer is malformed", async () => {
  const attempt = dial("offerer");
  await attempt.signal("offer");
  attempt.dial.receive({ type: "answer", sdp: "" });
  expect(await attempt.outcome).toMatch(/^Cannot open a data channel: /);
});

Deno.test("dialRtc() ignores answers without an offer, and bad candidates", async () => {
  const answerer = dial("answerer");
  const offerer = dial("offerer");
  answerer.dial.receive({ type: "answer", sdp: "nonsense" });
  offerer.dial.receive({ type: "answer", sdp: "too early" });
  offerer.dial.receive({ type: "offer", sdp: "crossing" });
  for (const candidate of ["", "nonsense", "candidate:"]) {
    for (const sdpMid of ["", "0", "long mid"]) {
      const signal: RtcSignal = { type: "candidate", candidate, sdpMid, sdpMLineIndex: 7 };
      answerer.dial.receive(signal);
      offerer.dial.receive(signal);
    }
  }
  answerer.dial.receive({ type: "end" });
  offerer.dial.receive({ type: "end" });
  answerer.dial.receive({ type: "offer", sdp: (await offerer.signal("offer")).sdp });
  offerer.dial.receive({ type: "answer", sdp: (await answerer.signal("answer")).sdp });
  for (const [from, to] of [[offerer, answerer], [answerer, offerer]] as const) {
    await from.signal("end");
    for (const signal of from.signals) if (signal.type === "candidate") to.dial.receive(signal);
  }
  expect([await offerer.outcome, await answerer.outcome]).toEqual(["opened", "opened"]);
  // An ended attempt ignores all signals.
  offerer.dial.receive(CANDIDATE);
  offerer.dial.receive({ type: "answer", sdp: "nonsense" });
  offerer.dial.cancel();
  await Promise.all([offerer.close(), answerer.close()]);
});

Deno.test("dialRtc() sends its description first, and the end of candidates last", async () => {
  const attempt = dial("offerer");
  await attempt.signal("end");
  const types = attempt.signals.map(({ type }) => type);
  expect(types[0]).toBe("offer");
  expect(types.indexOf("end")).toBe(types.length - 1);
  expect(types.filter((type) => type === "end").length).toBe(1);
  attempt.dial.cancel();
});

Deno.test("nodeDatachannelTransport() makes an offerer with relays the DTLS client", async () => {
  const turn = { urls: "turn:127.0.0.1:9", username: "name", credential: "password" };
  for (const [iceServers, role] of [[[], "actpass"], [[turn], "active"]] as const) {
    const attempt = dial("offerer", { iceServers: [...iceServers] });
    const { sdp } = await attempt.signal("offer");
    expect(/^a=setup:(.*?)\r?$/m.exec(sdp)?.[1]).toBe(role);
    attempt.dial.cancel();
  }
});

Deno.test("dialNodeDatachannel() opens data channels without resolved hosts, and node-datachannel resolves none", async () => {
  const hosts = new FakeHosts();
  const urls: string[] = [];
  const Recorded = class extends PeerConnection {
    constructor(configuration: RTCConfiguration = {}) {
      super(configuration);
      urls.push(...(configuration.iceServers ?? []).flatMap((server) => server.urls));
    }
  };
  const dialHere: DialWith = (Connection, options, sink) =>
    dialNodeDatachannel(Connection, hosts.addresses, options, sink);
  const iceServers = [{ urls: ["stun:stun.example.org", "stun:127.0.0.1:9"] }];
  // Each ends during a lookup, if node-datachannel does the lookups.
  for (let opened = 0; opened < 3; opened++) {
    const pair = makeRtcPair(Recorded, dialHere, "prompt", seededRandom(SEED), iceServers);
    if (opened === 0) hosts.clock.pass(LOOKUP_TIMEOUT_MS);
    await (await pair).cleanUp();
  }
  expect({ urls: [...new Set(urls)], lookups: hosts.lookups }).toEqual({
    urls: ["stun:127.0.0.1:9"],
    lookups: ["stun.example.org"],
  });
});

Deno.test("dialRtc() is silent after cancel(), called before or after it settled", async () => {
  const [early, late] = [dial("offerer"), dial("offerer")];
  early.dial.cancel();
  early.dial.cancel();
  await late.signal("offer");
  const sentCount = late.signals.length;
  late.dial.cancel();
  late.dial.receive({ type: "answer", sdp: "" });
  await new Promise((resolve) => setTimeout(resolve));
  expect([early.signals.length, late.signals.length]).toEqual([0, sentCount]);
});

Deno.test("dialRtc() fails, but only after it has returned, when no connection is possible", async () => {
  const reason = await new Promise<string>((resolve) => {
    let returned = false;
    dialRtc(
      PeerConnection,
      { role: "offerer", label: "", configuration: { iceServers: [{ urls: "http://x" }] } },
      { opened() {}, signalGenerated() {}, failed: (text) => resolve(`${returned} ${text}`) },
    );
    returned = true;
  });
  expect(reason).toMatch(/^true Cannot open a data channel: /);
});

Deno.test("nodeDatachannelTransport() opens sockets and data channels", () => {
  expect(webrtcUnavailable).toBe(undefined);
  expect(nodeDatachannelTransport().capabilities).toEqual({ socket: true, rtc: true });
});

Deno.test("a process ends after it has closed its channels", async () => {
  const script = new URL("../support/short_lived_program.ts", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script.href],
    // Kills the process, and so fails the test.
    signal: AbortSignal.timeout(20_000),
  }).output();
  const decoder = new TextDecoder();
  expect(decoder.decode(stderr).replace(/^.*Check.*\n/gm, "")).toBe("");
  expect([success, decoder.decode(stdout)]).toEqual([true, "the other side: 1 frame\n"]);
});

interface Attempt {
  readonly dial: RtcDial;
  readonly signals: readonly RtcSignal[];
  /** "opened", or why it failed. */
  readonly outcome: Promise<string>;
  signal<Type extends RtcSignal["type"]>(type: Type): Promise<Extract<RtcSignal, { type: Type }>>;
  /** Waits for the end of the opened channel. */
  close(): Promise<void>;
}

function dial(role: "offerer" | "answerer", configuration: RTCConfiguration = {}): Attempt {
  const signals: RtcSignal[] = [];
  const waiting = new Set<() => void>();
  const outcome = Promise.withResolvers<string>();
  const sink = new RecordingSink();
  let close = () => {};
  const attempt = nodeDatachannelTransport().dialRtc({ role, label: "test", configuration }, {
    signalGenerated(signal) {
      signals.push(signal);
      for (const look of waiting) look();
    },
    opened(channel) {
      channel.listen(sink);
      close = () => channel.close();
      outcome.resolve("opened");
    },
    failed: outcome.resolve,
  });
  return {
    dial: attempt,
    signals,
    outcome: outcome.promise,
    signal: (type) =>
      new Promise((resolve) => {
        const look = () => {
          const found = signals.find((signal) => signal.type === type);
          if (found) resolve(found as Parameters<typeof resolve>[0]);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      close();
      await sink.ended();
    },
  };
}
