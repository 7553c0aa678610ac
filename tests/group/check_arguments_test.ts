import { Buffer } from "node:buffer";
import vm from "node:vm";
import { expect } from "expect";
import { describeValue } from "../../src/base/describe_value.ts";
import { isWellFormed } from "../../src/wire/utf8.ts";
import { SimNetwork } from "../sim/sim_network.ts";

const BYTES = new Uint8Array([9, 1, 2, 3, 4, 9]);

function shared(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(4);
  new Uint8Array(buffer).set([1, 2, 3, 4]);
  return buffer;
}

/** Values of another realm, such as an iframe, fail `instanceof`. */
function foreign(script: string): ArrayBufferView<ArrayBuffer> | ArrayBuffer {
  return vm.runInNewContext(script);
}

Deno.test("join(), request() and openStream() throw synchronously on an invalid signal", () => {
  const { group } = new SimNetwork({ seed: 1 }).add("a");
  for (const came of [5, {}, "abort", null]) {
    const options = { signal: came as unknown as AbortSignal };
    const calls = [
      () => group.join("key", options),
      () => group.channel("docs").request(7, "doc", options),
      () => group.openStream(7, options),
    ];
    const text = `Cannot use ${describeValue(came)} as signal: an AbortSignal expected`;
    for (const call of calls) expect(call).toThrow(new TypeError(text));
  }
  expect(group.state).toBe(2);
});

/** Each one views the bytes 1, 2, 3, 4. */
const SHOWN: Readonly<Record<string, ArrayBufferLike | ArrayBufferView>> = {
  ArrayBuffer: BYTES.slice(1, 5).buffer,
  Uint8Array: BYTES.subarray(1, 5),
  DataView: new DataView(BYTES.buffer, 1, 4),
  Uint16Array: new Uint16Array(BYTES.slice(1, 5).buffer),
  Float32Array: new Float32Array(BYTES.slice(1, 5).buffer),
  Buffer: Buffer.from([1, 2, 3, 4]),
  SharedArrayBuffer: shared(),
  "a view of shared memory": new Uint8Array(shared()),
  "an ArrayBuffer of another realm": foreign("new Uint8Array([1, 2, 3, 4]).buffer"),
  "a Uint8Array of another realm": foreign("new Uint8Array([1, 2, 3, 4])"),
  "a DataView of another realm": foreign("new DataView(new Uint8Array([1, 2, 3, 4]).buffer)"),
};

for (const [name, data] of Object.entries(SHOWN)) {
  Deno.test(`WebGroup.send() and openStream() accept bytes: ${name}`, async () => {
    const network = new SimNetwork({ seed: 1 });
    const [a, b] = network.addMany(2);
    a!.group.join("key");
    b!.group.join("key");
    network.run(3_000);
    const got: unknown[] = [];
    b!.group.onMessage = (_id, data) => got.push(data);
    b!.group.addEventListener("stream", async ({ readable }) => {
      for await (const chunk of readable) got.push(chunk);
    });
    a!.group.send(data);
    a!.group.sendTo(b!.group.myId, data);
    a!.group.openStream(b!.group.myId).getWriter().write(data).catch(() => {});
    for (let step = 0; step < 100; step++) {
      network.run(10);
      for (let turn = 0; turn < 100; turn++) await undefined;
    }
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(got).toEqual([bytes, bytes, bytes]);
    for (const one of got) expect((one as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
  });
}

Deno.test("isWellFormed() finds a lone surrogate, with and without ES2024", () => {
  const { isWellFormed: native } = String.prototype;
  const texts = ["", "a", "\u{1f600}", "\ud83d\ude00", "\ud83d", "a\ude00", "\ude00\ud83d"];
  const found = texts.map(isWellFormed);
  expect(found).toEqual([true, true, true, true, false, false, false]);
  try {
    Object.assign(String.prototype, { isWellFormed: undefined });
    expect(texts.map(isWellFormed)).toEqual(found);
  } finally {
    Object.defineProperty(String.prototype, "isWellFormed", {
      value: native,
      configurable: true,
      writable: true,
    });
  }
});
