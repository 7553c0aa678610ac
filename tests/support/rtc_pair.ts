import type { Random } from "../../src/base/ids.ts";
import type { RtcDial, RtcOptions, RtcSink } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/rtc_signal.ts";
import type { Pair } from "../conformance/channel.ts";
import { shuffled } from "./random.ts";
import { TrackedChannel } from "./tracked_channel.ts";

/** Opens a data channel, as `dialRtc()` does. */
export type DialWith = (
  PeerConnection: typeof RTCPeerConnection,
  options: RtcOptions,
  sink: RtcSink,
) => RtcDial;

/** How the signals of one side are impaired. */
export type Treatment =
  /** In order, without a delay. */
  | "prompt"
  /** The description follows all candidates and the end. */
  | "early"
  /** The candidates follow both descriptions. */
  | "late"
  /** In any order, many of them twice. */
  | "shuffled";

/** By default, without ICE servers. Waits until both sides are open. */
export async function makeRtcPair(
  PeerConnection: typeof RTCPeerConnection,
  dialWith: DialWith,
  treatment: Treatment,
  random: Random,
  iceServers: RTCIceServer[] = [],
): Promise<Pair> {
  const connections: RTCPeerConnection[] = [];
  const Recorded = class extends PeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  const pipe = new SignalPipe(treatment, random);
  const configuration: RTCConfiguration = Object.freeze({ iceServers });
  const dial = (options: RtcOptions, sink: RtcSink) => dialWith(Recorded, options, sink);
  const b = openSide((sink) => dial({ role: "answerer", label: "", configuration }, sink), pipe, 1);
  const a = openSide(
    (sink) => dial({ role: "offerer", label: "pair", configuration }, sink),
    pipe,
    0,
  );
  const [channelA, channelB] = await Promise.all([a, b]);
  return {
    a: channelA,
    b: channelB,
    kill: () => connections[0]?.close(),
    async cleanUp() {
      await channelA.cleanUp();
      await channelB.cleanUp();
    },
  };
}

type Side = 0 | 1;

function openSide(
  dial: (sink: RtcSink) => RtcDial,
  pipe: SignalPipe,
  side: Side,
): Promise<TrackedChannel> {
  return new Promise((resolve, reject) => {
    const attempt = dial({
      signalGenerated: (signal) => pipe.send(side, signal),
      opened: (channel) => resolve(new TrackedChannel(channel)),
      failed: (reason) => reject(new Error(reason)),
    });
    pipe.attach(side, attempt);
  });
}

/** Carries the signals of two sides to each other. */
export class SignalPipe {
  readonly #treatment: Treatment;
  readonly #random: Random;
  readonly #sides: (RtcDial | undefined)[] = [undefined, undefined];
  readonly #held: [RtcSignal[], RtcSignal[]] = [[], []];
  #descriptions = 0;

  constructor(treatment: Treatment, random: Random) {
    this.#treatment = treatment;
    this.#random = random;
  }

  attach(side: Side, dial: RtcDial): void {
    this.#sides[side] = dial;
  }

  send(from: Side, signal: RtcSignal): void {
    const held = this.#held[from];
    const isDescription = signal.type === "offer" || signal.type === "answer";
    if (this.#holdsBack(isDescription)) held.push(signal);
    else this.#deliver(from, [signal]);
    if (signal.type !== "end") return;
    if (this.#treatment === "early") this.#deliver(from, held.splice(0));
    if (this.#treatment === "shuffled") this.#deliver(from, this.#mix(held.splice(0)));
  }

  #holdsBack(isDescription: boolean): boolean {
    switch (this.#treatment) {
      case "prompt":
        return false;
      case "early":
        return isDescription;
      case "late":
        return !isDescription && this.#descriptions < 2;
      case "shuffled":
        return true;
    }
  }

  #mix(signals: readonly RtcSignal[]): RtcSignal[] {
    const twice = signals.filter(() => this.#random.uint32() % 2 === 0);
    return shuffled([...signals, ...twice], this.#random);
  }

  async #deliver(from: Side, signals: readonly RtcSignal[]): Promise<void> {
    for (const signal of signals) {
      // Each in a turn of its own, as from a network.
      await new Promise((resolve) => setTimeout(resolve));
      this.#sides[1 - from]?.receive(signal);
      if (signal.type === "offer" || signal.type === "answer") this.#described();
    }
  }

  #described(): void {
    this.#descriptions++;
    if (this.#treatment !== "late" || this.#descriptions !== 2) return;
    this.#deliver(0, this.#held[0].splice(0));
    this.#deliver(1, this.#held[1].splice(0));
  }
}
