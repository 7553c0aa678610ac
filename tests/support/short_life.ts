/**
 * A program that opens a data channel within itself, uses it, closes it, and has nothing left to
 * do.
 *
 * @module
 */

import type { Channel } from "../../src/transport/channel.ts";
import { nativeTransport } from "../../src/transport/native.ts";
import type { RtcDial, RtcOptions } from "../../src/transport/transport.ts";
import type { RtcSignal } from "../../src/wire/data_channel_builder.ts";

const transport = nativeTransport();
const other: { offerer?: RtcDial } = {};
const answerer = dial("answerer", (signal) => other.offerer?.receive(signal), (channel) => {
  let frames = 0;
  channel.listen({
    received: () => frames++,
    drained() {},
    // The program's whole output.
    // deno-lint-ignore no-console
    closed: () => console.log(`the other side: ${frames} frame`),
  });
});
other.offerer = dial("offerer", (signal) => answerer.receive(signal), (channel) => {
  channel.listen({ received() {}, drained() {}, closed() {} });
  channel.send(Uint8Array.of(1));
  channel.close();
});
// Attempts that come to nothing leave nothing behind either.
dial("offerer", () => {}, () => {}).abort();
dial("answerer", () => {}, () => {}).abort();
const third = dial("offerer", () => setTimeout(() => third.abort()), () => {});

function dial(
  role: RtcOptions["role"],
  signal: (signal: RtcSignal) => void,
  opened: (channel: Channel) => void,
): RtcDial {
  return transport.dialRtc({ role, label: "", configuration: {} }, {
    signal,
    opened,
    failed(reason) {
      throw new Error(reason);
    },
  });
}
