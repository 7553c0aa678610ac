import { asMemberId } from "../../src/base/ids.ts";
import { SignalingClient, type SignalingPhase } from "../../src/signaling/client.ts";
import type { Channel, ChannelSink, Dial, DialSink } from "../../src/transport/channel.ts";
import {
  decodeSignaling,
  encodeSignaling,
  type SignalingMessage,
} from "../../src/wire/signaling.ts";

export type Input = (rig: Rig) => void;

export class Rig {
  now = 0;
  /** From 0 to 1. */
  chance = 0.5;
  phase: SignalingPhase = "CLOSED";
  /** Since the last input. */
  outputs: string[] = [];
  /** The signaling messages among the outputs. */
  readonly sent: SignalingMessage[] = [];
  readonly answers: (boolean | undefined)[] = [];
  readonly #urls: string[] = [];
  readonly client = new SignalingClient({
    clock: { now: () => this.now, at: () => () => {} },
    random: { uint32: () => this.chance * (2 ** 32 - 1) },
    servers: {
      urls: this.#urls,
      nameOf: (server) => `ws://server${server}`,
      dial: (server, sink) => this.#dial(server, sink),
    },
    trace: { traces: () => false, note: () => {} },
    post: (turn) => turn(),
  }, {
    phaseChanged: (phase, connected) => {
      this.phase = phase;
      this.answers.push(connected);
      this.outputs.push(phase);
    },
    signalReceived: () => this.outputs.push("signal"),
    iceServersReceived: () => this.outputs.push("ice servers"),
    failed: ({ code, message }) =>
      this.outputs.push(`${code} of ${/server(\d)/.exec(message)?.[1]}`),
  });
  readonly #dials = new Map<number, DialSink>();
  #channel: ChannelSink | undefined;

  /** Handles all inputs; only the outputs of the last one are left. */
  run(inputs: readonly Input[]): this {
    for (const input of inputs) {
      this.outputs = [];
      input(this);
    }
    return this;
  }

  connect(servers: number): void {
    this.#urls.length = servers;
    this.client.connect();
  }

  check(members: readonly number[]): void {
    this.client.check(asMemberId(1), members.map(asMemberId));
  }

  opened(server: number): void {
    const sink = this.#dials.get(server);
    this.#dials.delete(server);
    sink?.opened(this.#open());
  }

  failed(server: number): void {
    const sink = this.#dials.get(server);
    this.#dials.delete(server);
    sink?.failed("refused");
  }

  receiveMessage(message: SignalingMessage): void {
    this.receive(encodeSignaling(message));
  }

  receive(frame: Uint8Array): void {
    this.#channel?.received(frame);
  }

  lost(): void {
    this.#channel?.closed({ code: undefined, clean: false, reason: "gone" });
  }

  tick(now: number): void {
    this.now = now;
    this.client.tick(now);
  }

  #dial(server: number, sink: DialSink): Dial {
    this.outputs.push(`dial ${server}`);
    this.#dials.set(server, sink);
    return {
      cancel: () => {
        if (this.#dials.get(server) !== sink) return;
        this.#dials.delete(server);
        this.outputs.push(`abort ${server}`);
      },
    };
  }

  #open(): Channel {
    let sink: ChannelSink | undefined;
    return {
      kind: "ws",
      bufferedAmount: 0,
      listen: (listener) => {
        sink = listener;
        this.#channel = listener;
      },
      send: (frame) => {
        const message = decodeSignaling(frame);
        this.sent.push(message);
        this.outputs.push(`send ${message.type}`);
      },
      close: () => {
        this.outputs.push(sink === undefined ? "close the new one" : "close");
        if (this.#channel === sink) this.#channel = undefined;
      },
      abort: () => {},
    };
  }
}
