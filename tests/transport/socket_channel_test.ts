import { expect } from "expect";
import type { Channel, DialSink } from "../../src/transport/channel.ts";
import { acceptSocket } from "../../src/transport/accepted_socket_channel.ts";
import { dialSocket } from "../../src/transport/socket_channel.ts";
import { RecordingSink } from "../support/recording_sink.ts";

const LOW_BYTES = 262_144;

Deno.test("dialSocket() fails, but only after it has returned, when WebSocket throws", async () => {
  const outcome = Promise.withResolvers<string>();
  let returned = false;
  dialSocket(WebSocket, "no url?key=secret", {
    opened: () => outcome.reject(new Error("opened")),
    failed: (reason) => outcome.resolve(`${returned} ${reason}`),
  });
  returned = true;
  expect(await outcome.promise).toBe("true Cannot open a WebSocket: SyntaxError");
});

Deno.test("dialSocket() is silent after cancel()", async () => {
  const outcomes: string[] = [];
  const sink: DialSink = {
    opened: () => outcomes.push("opened"),
    failed: (reason) => outcomes.push(reason),
  };
  const early = dialSocket(WebSocket, "no url", sink);
  early.cancel();
  early.cancel();
  // The port is closed.
  const late = dialSocket(WebSocket, "ws://127.0.0.1:9/", sink);
  late.cancel();
  await turns(5);
  expect(outcomes).toEqual([]);
});

Deno.test("acceptSocket() opens a channel for an open WebSocket, and fails for a closed one", async () => {
  const { channel } = await open();
  expect(channel.kind).toBe("ws");
  const closed = new FalseSocket();
  closed.readyState = 3;
  const outcome = Promise.withResolvers<string>();
  acceptSocket(closed.asSocket(), { opened() {}, failed: outcome.resolve });
  expect(await outcome.promise).toBe("Cannot open a WebSocket: it was closed before it opened");
});

Deno.test("acceptSocket() loses no frame that arrives in the turn in which it returned", async () => {
  const socket = new FalseSocket();
  const opened = Promise.withResolvers<Channel>();
  acceptSocket(socket.asSocket(), { opened: opened.resolve, failed: opened.reject });
  socket.receiveData(Uint8Array.of(1, 2).buffer);
  const channel = await opened.promise;
  socket.receiveData(Uint8Array.of(3).buffer);
  const sink = new RecordingSink();
  channel.listen(sink);
  expect(sink.frames).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
});

Deno.test("a text frame ends the channel with the configured code", async () => {
  for (const [textClose, code] of [[undefined, 1003], [4743, 4743]] as const) {
    const { socket, channel, sink } = await open(textClose === undefined ? {} : { textClose });
    channel.listen(sink);
    socket.receiveData("hello");
    await socket.wasClosed();
    expect(socket.closes).toEqual([[code, "a text frame was received"]]);
    socket.end(code);
    expect(sink.frames).toEqual([]);
    expect(sink.end).toEqual({ code, clean: true, reason: "a text frame was received" });
  }
});

Deno.test("dialSocket() closes with 1009 after a frame above the limit, and accepts one at the limit", async () => {
  const { socket, channel, sink } = await open({ frameBytesMax: 10 });
  channel.listen(sink);
  for (const size of [10, 11, 1]) socket.receive(size);
  await socket.wasClosed();
  expect(socket.closes).toEqual([[1009, "a frame of 11 bytes was received"]]);
  socket.end(1009);
  expect(sink.frames.map((frame) => frame.length)).toEqual([10]);
  expect(sink.end?.code).toBe(1009);
});

Deno.test("a code that programs may not send is replaced by a private one", async () => {
  const { socket, channel, sink } = await open({ frameBytesMax: 10 });
  socket.refusesCodes = true;
  channel.listen(sink);
  socket.receive(11);
  await socket.wasClosed();
  expect(socket.closes).toEqual([[4009, "a frame of 11 bytes was received"]]);
  socket.end(4009);
  expect(sink.end?.code).toBe(1009);
});

Deno.test("a close that is never answered ends the channel after two seconds", async () => {
  const { socket, channel, sink } = await open();
  channel.listen(sink);
  const start = performance.now();
  channel.close(4000, "enough");
  channel.close(4001);
  expect(await sink.ended()).toEqual({
    code: 1006,
    clean: false,
    reason: "the other side did not reply to the close",
  });
  expect(performance.now() - start).toBeGreaterThan(1_900);
  expect(socket.closes).toEqual([[4000, "enough"]]);
  socket.end(4000);
  expect(sink.eventsAfterEnd).toBe(0);
});

Deno.test("close() cuts a reason at 123 bytes, between characters", async () => {
  const { socket, channel } = await open();
  channel.close(1000, "é".repeat(100));
  await socket.wasClosed();
  expect(socket.closes).toEqual([[1000, "é".repeat(61)]]);
  socket.end(1000);
});

Deno.test("bufferedAmountLow() is called once for each fall below the low threshold", async () => {
  const { socket, channel, sink } = await open();
  channel.listen(sink);
  channel.setLowThreshold?.(LOW_BYTES);
  channel.send(new Uint8Array(1));
  for (let fall = 1; fall <= 2; fall++) {
    socket.bufferedAmount = LOW_BYTES + 1;
    channel.send(new Uint8Array(1));
    channel.send(new Uint8Array(1));
    await turns(10);
    expect(sink.drains).toBe(fall - 1);
    socket.bufferedAmount = LOW_BYTES;
    await sink.until(() => sink.drains === fall, () => "the channel is drained");
  }
  // No timer may remain when it ends above the mark, which the sanitizer checks.
  socket.bufferedAmount = LOW_BYTES + 1;
  channel.send(new Uint8Array(1));
  socket.end(1006, false);
  expect(sink.drains).toBe(2);
});

Deno.test("dialSocket() reports the end of a WebSocket with code 0 as 1006", async () => {
  const { socket, channel, sink } = await open();
  socket.end(0, false);
  channel.listen(sink);
  expect(sink.end).toEqual({ code: 1006, clean: false, reason: "" });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve));
}

interface Opened {
  readonly socket: FalseSocket;
  readonly channel: Channel;
  readonly sink: RecordingSink;
}

async function open(options: Parameters<typeof acceptSocket>[2] = {}): Promise<Opened> {
  const socket = new FalseSocket();
  const channel = await new Promise<Channel>((resolve, reject) => {
    acceptSocket(socket.asSocket(), { opened: resolve, failed: reject }, options);
  });
  return { socket, channel, sink: new RecordingSink() };
}

class FalseSocket extends EventTarget {
  readonly closes: (readonly [code: number | undefined, reason: string | undefined])[] = [];
  readonly #closed = Promise.withResolvers<void>();
  readyState = 1;
  bufferedAmount = 0;
  binaryType = "blob";
  refusesCodes = false;

  send(_frame: Uint8Array): void {}

  close(code?: number, reason?: string): void {
    if (this.refusesCodes && code !== undefined && code < 3000) throw new DOMException("no");
    this.readyState = 2;
    this.closes.push([code, reason]);
    this.#closed.resolve();
  }

  wasClosed(): Promise<void> {
    return this.#closed.promise;
  }

  receive(size: number): void {
    this.receiveData(new ArrayBuffer(size));
  }

  receiveData(data: ArrayBuffer | string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  end(code: number, wasClean = true): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code, wasClean }));
  }

  /** It has the part of WebSocket that the channel uses. */
  asSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
}
