import type { Clock, Log } from "../../../src/platform/platform.ts";
import type { Sigver } from "../../../src/sigver/server.ts";
import type { Channel, ChannelEnd, ChannelSink } from "../../../src/transport/channel.ts";
import type { UpgradeDecision } from "../../../src/transport/transport.ts";
import type { UpgradeRequest } from "../../../src/transport/websocket_upgrade.ts";
import {
  decodeSignaling,
  encodeSignaling,
  type SignalingMessage,
} from "../../../src/wire/signaling.ts";

export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #wakes = new Set<{ readonly deadlineMs: number; readonly wake: () => void }>();

  get timers(): number {
    return this.#wakes.size;
  }

  now(): number {
    return this.#nowMs;
  }

  at(deadlineMs: number, wake: () => void): () => void {
    const timer = { deadlineMs, wake };
    this.#wakes.add(timer);
    return () => this.#wakes.delete(timer);
  }

  /** Timers fire in order, each at its time. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (true) {
      const [next] = [...this.#wakes].sort((a, b) => a.deadlineMs - b.deadlineMs);
      if (next === undefined || next.deadlineMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.deadlineMs);
      this.#wakes.delete(next);
      next.wake();
    }
    this.#nowMs = endMs;
  }
}

/** A report to this log makes a test fail. */
export class StrictLog implements Pick<Log, "report"> {
  readonly reported: unknown[] = [];

  note(): void {}

  report(error: unknown): void {
    this.reported.push(error);
  }
}

/** The server's end of a connection in memory; the test plays the client. */
export class FakeChannel implements Channel {
  readonly kind = "ws";
  bufferedAmount = 0;
  /** Frames sent by the server. */
  readonly sent: Uint8Array[] = [];
  /** The close code, if the server closed it. */
  closedWith: number | undefined;
  /** Calls of `close` that had an output. */
  closes = 0;
  /** Called when the connection has ended completely. */
  whenOver = () => {};
  #sink: ChannelSink | undefined;

  listen(sink: ChannelSink): void {
    if (this.#sink) throw new Error("Cannot listen: listened to twice");
    this.#sink = sink;
  }

  send(frame: Uint8Array): void {
    if (this.closedWith === undefined) this.sent.push(frame);
  }

  close(code = 1000, reason = ""): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = code;
    this.closes++;
    this.#closed({ code, clean: true, reason });
  }

  abort(code?: number, reason?: string): void {
    this.close(code, reason);
  }

  /** The client sends bytes, even after a close by the server. */
  receive(frame: Uint8Array): void {
    this.#sink?.received(frame);
  }

  /** The client closes, or the network does. */
  goAway(code = 1000): void {
    this.closedWith ??= code;
    this.#closed({ code, clean: true, reason: "" });
  }

  #closed(end: ChannelEnd): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.closed(end);
    this.whenOver();
  }
}

/**
 * For servers that decide synchronously.
 * @param path The key, with its query.
 * @param request The rest of the upgrade request.
 */
export function requestUpgrade(
  sigver: Sigver,
  path: string,
  request: Omit<UpgradeRequest, "url"> = {},
): UpgradeDecision {
  const admission = sigver.ask({ ...request, url: `ws://sigver.test/${path}` });
  if (admission instanceof Promise) throw new Error("Cannot connect: the program has to decide");
  return admission;
}

export class FakeClient {
  readonly channel = new FakeChannel();

  constructor(admission: UpgradeDecision) {
    if (admission.type !== "admit") throw new Error("Cannot connect: the server refused");
    this.channel.whenOver = () => admission.onClosed?.();
    admission.accept(this.channel);
  }

  send(message: SignalingMessage): void {
    this.channel.receive(encodeSignaling(message));
  }

  /** Checks whether it is in the group. */
  connect(id: number, members: readonly number[] = []): void {
    this.send({ type: "connect", id, members, version: undefined });
  }

  /** Messages since the last call. */
  received(): readonly SignalingMessage[] {
    return this.channel.sent.splice(0).map(decodeSignaling);
  }
}
